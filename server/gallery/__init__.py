"""The gallery page at `/`: templates to try out, and signed URLs to copy. Static files; all data comes from the API."""

from server.gallery.routes import gallery_routes

__all__ = ["gallery_routes"]
