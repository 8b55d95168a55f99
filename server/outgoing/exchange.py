"""One request and its answer, without redirects: what may be sent, how much is read, what it tells of the server."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

import httpcore
import httpx

from server.outgoing.breaker import Attempt
from server.outgoing.connections import PROGRESS, Progress
from server.outgoing.encodings import decoded
from server.outgoing.errors import OutgoingError, Refused, RefusedHeader, TooLarge

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

_SMALL: Final = 4096  # bytes of a redirect's page that are read to keep the connection
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.1
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")  # RFC 9110 section 5.5


@dataclass(frozen=True, slots=True)
class Caps:
    """Bounds of one request: bytes of the answer's body (as sent, and decoded), seconds for everything, redirects.

    With `max_bytes` 0 only the head of the answer is of interest; its body is not read, however long it is.
    """

    max_bytes: int
    seconds: float
    redirects: int = 3


@dataclass(frozen=True, slots=True)
class Fetched:
    """A complete answer. `url` is where it came from after redirects; `headers` are read without regard to case."""

    status: int
    headers: httpx.Headers
    body: bytes
    url: str


def sent_headers(headers: Mapping[str, str]) -> httpx.Headers:
    """Request headers as they go out.

    Raises:
        RefusedHeader: one that would break the message, or could be read as two.
    """
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise RefusedHeader(
                "a header of the request has characters that no header can carry", f"request header {name!r}"
            )
    trimmed = {name: value.strip(" \t") for name, value in headers.items()}  # HTTP/2 takes no spaces around
    return httpx.Headers(trimmed, encoding="latin-1")  # or it would take ASCII only


async def exchange(
    client: httpx.AsyncClient,
    method: str,
    url: httpx.URL,
    headers: httpx.Headers,
    content: bytes | None,
    max_bytes: int,
    progress: Progress,
) -> Fetched:
    """Send a request and read the answer as it comes; of a redirect, or with `max_bytes` 0, only its head.

    Raises:
        OutgoingError, httpcore's and httpx's errors.
    """
    extensions = {PROGRESS: progress}
    async with client.stream(method, url, headers=headers, content=content, extensions=extensions) as answer:
        if max_bytes and answer.status_code not in REDIRECTS:
            return Fetched(answer.status_code, answer.headers, await _body(answer, max_bytes), str(url))
        if 0 <= _announced(answer) <= _SMALL:
            await _body(answer, _SMALL)
        return Fetched(answer.status_code, answer.headers, b"", str(url))


async def unpacked(answer: Fetched, max_bytes: int) -> Fetched:
    """The answer without a content encoding.

    Raises:
        TooLarge, BrokenAnswer: see `encodings.decoded`.
    """
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    if not answer.body or encoding in ("", "identity"):
        return answer
    body = await asyncio.to_thread(decoded, answer.body, encoding, max_bytes)
    return Fetched(answer.status, answer.headers, body, answer.url)


@contextmanager
def judged(attempt: Attempt, progress: Progress, limit: asyncio.Timeout, seconds: float) -> Iterator[None]:
    """Tell the attempt what the exchange inside says about its server's health.

    A deadline counts as the server's failure only if it had at least half of the time: the rest may have been lost in
    queues of our own, or at another server that redirected here.
    """
    try:
        yield
    except asyncio.CancelledError:
        if limit.expired() and progress.began is not None and time.monotonic() - progress.began >= seconds / 2:
            attempt.healthy = False
        raise
    except (Refused, httpcore.LocalProtocolError):
        raise
    except (TooLarge, httpx.RemoteProtocolError, httpx.InvalidURL):
        # The last two are about the address of a redirect, which httpx reads whatever is wanted.
        attempt.healthy = progress.status is None or progress.status < 500
        raise
    except (OutgoingError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
        attempt.healthy = False
        raise
    attempt.healthy = progress.status is not None and progress.status < 500


def asked_pause(answer: Fetched) -> float:
    """Seconds for which the server asks everybody to leave it alone (RFC 6585 section 4); mostly 0."""
    return retry_after(answer) if answer.status == 429 else 0.0


def retry_after(answer: Fetched) -> float:
    """Seconds after which the same may be asked again (RFC 9110 section 10.2.3); 0 if that is not said."""
    said = answer.headers.get("retry-after", "")
    if said.isascii() and said.isdecimal():
        return float(said[:9])
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0


async def _body(answer: httpx.Response, max_bytes: int) -> bytes:
    if _announced(answer) > max_bytes:
        raise TooLarge(max_bytes)
    parts: list[bytes] = []
    size = 0
    async for part in answer.aiter_raw():
        size += len(part)
        if size > max_bytes:
            raise TooLarge(max_bytes)
        parts.append(part)
    return b"".join(parts)


def _announced(answer: httpx.Response) -> int:
    """Bytes that are to come; -1 if that is not said."""
    if answer.request.method == "HEAD" or answer.status_code in (204, 304):
        return 0  # what they announce is the length of another answer
    announced = answer.headers.get("content-length", "")
    return int(announced[:18]) if announced.isascii() and announced.isdecimal() else -1
