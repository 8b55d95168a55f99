"""The database fails.

SignetError
└── DatabaseUnavailable  503  no connection, a lock that nobody gives up, a full disk; worth another try
"""

from __future__ import annotations

from server.errors import Unavailable


class DatabaseUnavailable(Unavailable):
    """The database can't be asked at this moment."""

    code = "database-unavailable"
    title = "Database unavailable"

    def __init__(self, log_message: str) -> None:
        super().__init__("The database is not available at this moment.", log_message=log_message, retry_after=2)
