"""A desk that takes uploads: a small application around `receive`, asked without a network."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server.batch.reception import Upload, receive
from server.requests import RequestMiddleware

MOST_BYTES = 3_000_000
MOST_OPTION_BYTES = 100_000

CSV = b"title,sku\nHello,00501\nWorld,7\n"


class Desk:
    """Takes uploads into a folder; `uploads` are those that it took."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "incoming"
        self.uploads: list[Upload] = []
        self.app = Starlette(
            routes=[Route("/", self._take, methods=["POST"])], middleware=[Middleware(RequestMiddleware)]
        )

    async def _take(self, request: Request) -> Response:
        upload = await receive(request, self.folder, max_bytes=MOST_BYTES, max_option_bytes=MOST_OPTION_BYTES)
        self.uploads.append(upload)
        return JSONResponse({}, 202)

    @property
    def files(self) -> list[str]:
        """Names of all files in the folder."""
        return sorted(path.name for path in self.folder.glob("*"))

    async def post(
        self,
        content: bytes | AsyncIterator[bytes] = b"",
        media_type: str | None = None,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        **form: object,
    ) -> httpx.Response:
        """One request; `form` is what httpx takes as `data` and `files`."""
        sent = {"Content-Type": media_type} if media_type is not None else {}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://desk") as client:
            return await client.post(
                f"/?{query}", content=None if form else content, headers={**sent, **(headers or {})}, **form
            )

    async def taken(self, *arguments: object, **named: object) -> Upload:
        """What became of a request that is taken."""
        answer = await self.post(*arguments, **named)  # type: ignore[arg-type]
        assert answer.status_code == 202, answer.text
        upload = self.uploads[-1]
        assert upload.path.stat().st_size == upload.bytes
        assert upload.path.parent == self.folder
        return upload

    async def refused(self, status: int, code: str, *arguments: object, **named: object) -> str:
        """Why a request is refused; nothing of it is left."""
        answer = await self.post(*arguments, **named)  # type: ignore[arg-type]
        assert answer.status_code == status, answer.text
        assert answer.json()["code"] == code
        assert self.files == []
        return str(answer.json()["detail"])


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def workbook() -> bytes:
    """The beginning of an XLSX file, as far as its kind goes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    return file.getvalue()


def form_of(boundary: str, *parts: tuple[str, bytes]) -> bytes:
    """A form by hand: header lines and content of each part."""
    body = b""
    for head, content in parts:
        body += f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()
