"""Where pictures may be exported to: buckets that the operator names, at the operator's storage with his credentials.

A caller chooses among these buckets, and never an address: whoever could would reach into the operator's network.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from renderer.errors import ValueProblem
from server.batch.export.exporter import Exporter
from server.batch.options import ExportBody
from server.errors import ConfigurationError, InvalidValues
from server.settings import Settings

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Store

_MOST_PREFIX_BYTES: Final = 500  # of the 1024 bytes of a key in S3


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the storage may take, in seconds; pauses double from the first to the longest."""

    connect: float = 5.0
    request: float = 30.0
    picture: float = 90.0
    retries: int = 4
    first_pause: float = 0.2
    longest_pause: float = 5.0


class Exports:
    """Makes exporters. One per server or worker."""

    def __init__(self, settings: Settings, patience: Patience = Patience()) -> None:
        """Raises ConfigurationError if there are buckets to export to, but no library to do it."""
        self._settings = settings
        self._patience = patience
        self._stores: dict[str, S3Store] = {}
        if settings.export_buckets and find_spec("obstore") is None:
            raise ConfigurationError(
                "SIGNET_EXPORT_BUCKETS needs the library obstore: pip install 'signet-images[export]'."
            )

    def check(self, wanted: ExportBody) -> None:
        """Whether a job may be exported there.

        Raises:
            InvalidValues: exports are not set up, or not to this bucket, or the prefix makes no names.
        """
        buckets = self._settings.export_buckets
        if not buckets:
            raise _refused("export", "is not set up on this server: SIGNET_EXPORT_BUCKETS names no bucket.")
        if wanted.bucket not in buckets:
            close = get_close_matches(wanted.bucket, buckets, n=1, cutoff=0.5)
            hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(buckets)}."
            raise _refused("export.bucket", f"{wanted.bucket} is none that this server exports to. {hint}")
        _check_prefix(wanted.prefix)

    def exporter(self, wanted: ExportBody) -> Exporter:
        """Writes to the bucket. Raises InvalidValues as `check` does: settings may have changed since."""
        self.check(wanted)
        store = self._stores.get(wanted.bucket)
        if store is None:
            store = self._stores[wanted.bucket] = self._store(wanted.bucket)
        return Exporter(store, wanted.bucket, wanted.prefix, self._patience.picture)

    def _store(self, bucket: str) -> S3Store:
        # Imported where it is used: it is an extra, and no process that imported it may fork.
        from obstore.store import S3Store

        settings, patience = self._settings, self._patience
        config: S3Config = {}
        if settings.export_endpoint:
            config["endpoint"] = settings.export_endpoint
        if settings.export_region:
            config["region"] = settings.export_region
        return S3Store(
            bucket,
            config=config,
            client_options={
                "allow_http": settings.export_endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=patience.connect),
                "timeout": timedelta(seconds=patience.request),
            },
            retry_config={
                "max_retries": patience.retries,
                "retry_timeout": timedelta(seconds=patience.picture),
                "backoff": {
                    "init_backoff": timedelta(seconds=patience.first_pause),
                    "max_backoff": timedelta(seconds=patience.longest_pause),
                    "base": 2,
                },
            },
        )


def _check_prefix(prefix: str) -> None:
    if len(prefix.encode(errors="replace")) > _MOST_PREFIX_BYTES:
        raise _refused("export.prefix", f"is longer than {_MOST_PREFIX_BYTES} bytes.")
    if not prefix.isprintable() or "\\" in prefix:
        raise _refused("export.prefix", "has a backslash or a control character; folders are written with /.")
    *folders, start = prefix.split("/")
    if any(folder in ("", ".", "..") for folder in folders) or start in (".", ".."):
        raise _refused("export.prefix", "begins with a slash, or has an empty folder, or one called . or ..")


def _refused(name: str, message: str) -> InvalidValues:
    return InvalidValues([ValueProblem(name, message)])
