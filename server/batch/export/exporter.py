"""Objects in a bucket, written by obstore: Rust with threads of its own, so that the event loop only waits."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Final

from server.batch.export.errors import ExportFailed

if TYPE_CHECKING:
    from obstore.store import S3Store

log = logging.getLogger(__name__)

_PART_BYTES: Final = 5 * 1024 * 1024  # S3 takes no smaller parts, but the last
_PARTS_AT_ONCE: Final = 2
_STATUS: Final = re.compile(r"status(?: code)?:? (\d{3})\b")
_CODE: Final = re.compile(r"<Code>(\w{1,80})</Code>")
_PASSING_CODES: Final = frozenset({408, 409, 425, 429})
_FINAL_ERRORS: Final = (
    *("AlreadyExistsError", "InvalidPathError", "NotSupportedError", "PreconditionError"),
    "UnknownConfigurationKeyError",
)


class Exporter:
    """Writes objects whose keys begin with a prefix. Writing one again replaces it."""

    def __init__(self, store: S3Store, bucket: str, prefix: str, seconds: float) -> None:
        """`seconds` is what one object may take, all attempts together."""
        self._store = store
        self._seconds = seconds
        self.bucket = bucket
        self.prefix = prefix

    def key(self, name: str) -> str:
        """The key of an object."""
        return self.prefix + name

    async def put(
        self,
        name: str,
        body: bytes,
        media_type: str,
        *,
        cache_control: str = "",
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Write an object; its key. `metadata` is ASCII and goes along as `x-amz-meta-…`.

        Raises:
            ExportFailed: the storage refuses it, or has failed at all attempts.
        """
        import obstore

        key = self.key(name)
        attributes = _attributes(media_type, cache_control) | dict(metadata or {})
        try:
            async with asyncio.timeout(self._seconds):
                await obstore.put_async(self._store, key, body, attributes=attributes, use_multipart=False)
        except _errors() as error:
            raise self._failed(error) from None  # whose text has all of the storage's answer
        return key

    async def write_manifest(self, lines: AsyncIterator[bytes], name: str = "manifest.ndjson") -> str:
        """Write an object of any size as its parts come; its key. There is none before all of it is written.

        Raises:
            ExportFailed: as `put`; what `lines` raises.
        """
        import obstore

        key = self.key(name)
        try:
            await obstore.put_async(
                self._store,
                key,
                lines,
                attributes=_attributes("application/x-ndjson", "no-cache"),
                chunk_size=_PART_BYTES,
                max_concurrency=_PARTS_AT_ONCE,
            )
        except _errors() as error:
            raise self._failed(error) from None
        return key

    def _failed(self, error: Exception) -> ExportFailed:
        """What the storage said in words for the caller; the log has its code, and never its whole answer."""
        text = str(error)
        status, code = _STATUS.search(text), _CODE.search(text)
        said = f"{type(error).__name__}, status {status[1] if status else 'none'}, code {code[1] if code else 'none'}"
        message, retryable = self._reason(error, int(status[1]) if status else 0, code[1] if code else "")
        return ExportFailed(message, retryable=retryable, log_message=f"export to {self.bucket}: {message} ({said})")

    def _reason(self, error: Exception, status: int, code: str) -> tuple[str, bool]:
        if isinstance(error, FileNotFoundError) and code != "NoSuchUpload":  # which comes of a restarted storage
            return f"The bucket {self.bucket} does not exist.", False
        if type(error).__name__ in ("PermissionDeniedError", "UnauthenticatedError"):
            return f"The storage does not let this server write to the bucket {self.bucket}.", False
        if isinstance(error, TimeoutError):
            return "The storage takes too long.", True
        refused = 300 <= status < 500 and status not in _PASSING_CODES
        if refused or type(error).__name__ in _FINAL_ERRORS or "redirect" in str(error):
            return f"The storage refuses what is written to the bucket {self.bucket}; is its region right?", False
        return "The storage cannot be reached, or it fails.", True


def _errors() -> tuple[type[Exception], ...]:
    from obstore.exceptions import BaseError

    return (BaseError, FileNotFoundError, TimeoutError)


def _attributes(media_type: str, cache_control: str) -> dict[str, str]:
    return {"Content-Type": media_type} | ({"Cache-Control": cache_control} if cache_control else {})
