"""The gallery's files over HTTP. They hold no secret: whoever has no key sees a prompt and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import PurePath
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from server.validators import etag, if_none_match

_MEDIA_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}

# `blob:` is the preview, fetched as everybody fetches it; nothing else comes from anywhere but this server.
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# Browsers ask for it beside whatever they show, also a picture alone.
_ICON_HEADERS: Final = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file of the page."""

    body: bytes
    media_type: str
    tag: str


def static_files() -> Mapping[str, StaticFile]:
    """All files of the page by name."""
    found = {}
    for entry in (files("server.gallery") / "static").iterdir():
        media_type = _MEDIA_TYPES.get(PurePath(entry.name).suffix)
        if media_type is not None:
            body = entry.read_bytes()
            found[entry.name] = StaticFile(body, media_type, etag(hashlib.sha256(body).hexdigest()[:32]))
    return found


def gallery_routes() -> list[BaseRoute]:
    """The page at `/` and `/batches`, its files at `/gallery/…`, and the icon where browsers look for one."""
    found = dict(static_files())
    page, icon = found.pop("index.html"), found.pop("favicon.ico")
    return [
        Route("/", partial(_send, page, _HEADERS)),
        Route("/batches", partial(_send, page, _HEADERS)),
        Route("/favicon.ico", partial(_send, icon, _ICON_HEADERS)),
        *(Route(f"/gallery/{name}", partial(_send, file, _HEADERS)) for name, file in sorted(found.items())),
    ]


async def _send(file: StaticFile, shared: Mapping[str, str], request: Request) -> Response:
    headers = {**shared, "ETag": file.tag}
    if if_none_match(request.headers.get("if-none-match"), file.tag):
        return Response(status_code=304, headers=headers)
    return Response(file.body, headers=headers | {"Content-Type": file.media_type})
