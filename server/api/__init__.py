"""The HTTP API under /v1: who may call, what bodies look like, and the document that describes it."""

from server.api.routes import api_routes

__all__ = ["api_routes"]
