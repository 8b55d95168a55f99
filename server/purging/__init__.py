"""Forgetting pictures before their time."""

from server.purging.purger import Purger

__all__ = ["Purger"]
