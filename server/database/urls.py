"""What may stand in SIGNET_DATABASE_URL."""

from __future__ import annotations

from typing import Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from server.errors import ConfigurationError

_SHORT: Final = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
_KNOWN: Final = ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")


def checked_url(text: str | URL) -> URL:
    """A URL that a database of ours can have. Raises ConfigurationError, which never repeats a password."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # ValueError is what becomes of a port that is no number
        raise _unusable("is no URL such as postgresql+psycopg://user@host/name") from None
    url = url.set(drivername=_SHORT.get(url.drivername, url.drivername))
    if url.drivername not in _KNOWN:
        raise _unusable(f"{url.drivername} is not known; use sqlite or postgresql+psycopg")
    if url.get_backend_name() == "sqlite":
        if url.database in (None, "", ":memory:"):
            raise _unusable("what is pushed must not be lost: name a file, as in sqlite:////path/signet.db")
        if url.query:
            raise _unusable("SQLite takes no parameters after ?")
    return url


def _unusable(reason: str) -> ConfigurationError:
    return ConfigurationError(f"SIGNET_DATABASE_URL: {reason}.")
