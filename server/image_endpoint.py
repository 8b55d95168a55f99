"""`/i/…` and `/t/…` over ASGI: as thin as can be, since every miss of every cache comes through here."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

from server.errors import MethodNotAllowed, SignetError
from server.images import ImageService


class ImageEndpoint:
    """GET and HEAD of signed images. The target is taken as it came: what was signed is bytes, not a parsed query."""

    def __init__(self, images: ImageService) -> None:
        self.images = images

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; errors are left to the middleware."""
        self.images.metrics.image_requests += 1
        try:
            if scope["method"] not in ("GET", "HEAD"):
                raise MethodNotAllowed(("GET", "HEAD"))
            answer = await self.images.answer(_target(scope), _if_none_match(scope))
        except SignetError:
            self.images.metrics.refused += 1
            raise
        headers = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in answer.headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})


def _target(scope: Scope) -> bytes:
    path: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    return path + b"?" + query if query else path


def _if_none_match(scope: Scope) -> str | None:
    """All If-None-Match fields as one list (RFC 9110 section 5.3)."""
    fields = [value.decode("latin-1") for name, value in scope["headers"] if name == b"if-none-match"]
    return ", ".join(fields) if fields else None
