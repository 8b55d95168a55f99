"""What is refused while an upload arrives.

SignetError
├── UploadAborted               400  the caller went away before the end
├── UploadTooLarge              413  more bytes than an upload may have
├── UnsupportedEncoding         415  a content coding other than gzip
└── StorageFull                 507  the disk has no room for it

What is wrong with the rows and options is told by MalformedBody, UnsupportedMediaType, InvalidValues, UnreadableRows.
"""

# ruff: noqa: N818 - the names say what is wrong, as the other errors of the server do

from __future__ import annotations

from server.errors import BodyTooLarge, SignetError, UnsupportedMediaType


class _Closing(SignetError):
    """The rest of the body is not wanted, so the connection ends with the answer."""

    def headers(self) -> dict[str, str]:
        """Without the end of the connection the rest would be read and dropped (RFC 9110 section 15.5.14)."""
        return super().headers() | {"Connection": "close"}


class UploadAborted(_Closing):
    """The connection ended before the body did; nobody reads this answer."""

    status, code, title = 400, "upload-aborted", "Upload aborted"


class UploadTooLarge(_Closing, BodyTooLarge):
    """The upload has more bytes than the server takes."""

    def __init__(self, limit: int, what: str = "") -> None:
        """`what` is that part of the upload which is too large, unless it is all of it."""
        advice = "." if what else "; send it in several batches."
        super().__init__(f"{what or 'The upload'} may have at most {limit:,} bytes{advice}")


class UnsupportedEncoding(UnsupportedMediaType):
    """The body is packed in a way that is not unpacked here."""

    def headers(self) -> dict[str, str]:
        """Which content coding would do (RFC 9110 section 15.5.16)."""
        return super().headers() | {"Accept-Encoding": "gzip"}


class StorageFull(_Closing):
    """There is no room on the disk for the upload."""

    status, code, title = 507, "storage-full", "Storage full"

    def __init__(self, log_message: str) -> None:
        super().__init__(
            "The server's disk is full, so the upload cannot be kept; nothing of it was. Try again later.",
            log_message=log_message,
            retry_after=60,
        )
