"""`signet batch`: many pictures at once, from the command line of any machine."""

from server.commands.batch.group import batch

__all__ = ["batch"]
