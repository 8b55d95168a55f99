"""What the engine `celery` needs to be there, checked before anything starts."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final
from urllib.parse import urlsplit

from server.database.urls import checked_url
from server.errors import ConfigurationError
from server.settings import Settings

_SCHEMES: Final = ("redis", "rediss")


def checked_broker(settings: Settings) -> str:
    """The URL of the broker.

    Raises:
        ConfigurationError: the engine is another, its libraries are not installed, the database is one that other
            machines can't share, or there is no Redis. A password is never repeated.
    """
    if settings.batch_engine != "celery":
        raise ConfigurationError(
            "Batches are rendered by the server itself: SIGNET_BATCH_ENGINE is embedded. Workers need "
            "SIGNET_BATCH_ENGINE=celery, SIGNET_DATABASE_URL and SIGNET_CELERY_BROKER, the same here and at the server."
        )
    missing = [name for name in ("celery", "redis", "psycopg") if find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"SIGNET_BATCH_ENGINE=celery needs {' and '.join(missing)}: pip install 'signet-images[distributed]'."
        )
    database = settings.database_url.get_secret_value()
    if not database or checked_url(database).get_backend_name() != "postgresql":
        raise ConfigurationError(
            "SIGNET_BATCH_ENGINE=celery needs a database that several machines can share, and SQLite is none: set "
            "SIGNET_DATABASE_URL to postgresql+psycopg://user@host/name."
        )
    return _checked_url(settings.celery_broker.get_secret_value())


def without_password(broker: str) -> str:
    """The broker's URL for logs."""
    parts = urlsplit(broker)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()


def _checked_url(broker: str) -> str:
    example = "such as redis://127.0.0.1:6379/0"
    if not broker:
        raise ConfigurationError(f"SIGNET_BATCH_ENGINE=celery needs Redis: set SIGNET_CELERY_BROKER, {example}.")
    try:
        parts = urlsplit(broker)
        usable = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:  # what becomes of a port that is no number
        usable = False
    if not usable:
        raise ConfigurationError(f"SIGNET_CELERY_BROKER: must be redis:// or rediss:// with a host, {example}.")
    if not parts.path.removeprefix("/").isdecimal() and parts.path not in ("", "/"):
        raise ConfigurationError(f"SIGNET_CELERY_BROKER: what follows the host is the database's number, {example}.")
    return broker
