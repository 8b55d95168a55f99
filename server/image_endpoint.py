"""`/i/…` and `/t/…` over ASGI: as thin as can be, since every miss of every cache comes through here."""

from __future__ import annotations

from typing import Final

from starlette.types import Receive, Scope, Send

from server.errors import MethodNotAllowed, SignetError
from server.http.ranges import ByteRange, requested_range
from server.images import ImageAnswer, ImageService

_METHODS: Final = ("GET", "HEAD")
_Headers = list[tuple[bytes, bytes]]

# A picture is the same for everybody who has its URL, so pages elsewhere may use it in a canvas, in CSS or by fetch().
_EVERYBODY: Final[_Headers] = [(b"access-control-allow-origin", b"*")]
_WHAT_WORKS: Final[_Headers] = [(b"allow", b"GET, HEAD, OPTIONS"), *_EVERYBODY]
_PREFLIGHT: Final[_Headers] = [
    *_WHAT_WORKS,
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-max-age", b"86400"),
]


class ImageEndpoint:
    """GET and HEAD of signed images. The target is taken as it came: what was signed is bytes, not a parsed query."""

    def __init__(self, images: ImageService) -> None:
        self.images = images

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; errors are left to the middleware."""
        if scope["method"] == "OPTIONS":
            # Says nothing of any picture, so nothing is verified; browsers ask this before some kinds of fetch().
            preflight = _field(scope, b"access-control-request-method") is not None
            await _send(send, 204, _PREFLIGHT if preflight else _WHAT_WORKS, b"")
            return
        self.images.metrics.image_requests += 1
        try:
            if scope["method"] not in _METHODS:
                raise MethodNotAllowed(_METHODS)
            answer = await self.images.answer(_target(scope), _field(scope, b"if-none-match"))
            part = _part(scope, answer)
        except SignetError:
            self.images.metrics.refused += 1
            raise
        headers = {name.lower().encode("ascii"): value.encode("latin-1") for name, value in answer.headers.items()}
        headers.update(_EVERYBODY)
        status, body = answer.status, answer.body
        if status == 200:
            headers[b"accept-ranges"] = b"bytes"
        if part is not None:
            status, body = 206, part.of(body)
            headers |= {b"content-range": part.content_range.encode(), b"content-length": b"%d" % len(body)}
        await _send(send, status, list(headers.items()), b"" if scope["method"] == "HEAD" else body)


async def _send(send: Send, status: int, headers: _Headers, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _part(scope: Scope, answer: ImageAnswer) -> ByteRange | None:
    """The part that was asked for; HEAD and conditions that hold have none. Raises RangeNotSatisfiable."""
    if scope["method"] != "GET" or answer.status != 200:
        return None
    asked = _field(scope, b"range")
    if asked is None:
        return None
    return requested_range(asked, _field(scope, b"if-range"), answer.headers["ETag"], len(answer.body))


def _target(scope: Scope) -> bytes:
    path: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    return path + b"?" + query if query else path


def _field(scope: Scope, wanted: bytes) -> str | None:
    """All fields of a name as one list (RFC 9110 section 5.3)."""
    fields = [value.decode("latin-1") for name, value in scope["headers"] if name == wanted]
    return ", ".join(fields) if fields else None
