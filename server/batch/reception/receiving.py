"""From a request to a file of rows on the disk and the options that came with it."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import ClientDisconnect, Request

from renderer import canonical_json
from server.batch.intake import Kind, kind_of
from server.batch.intake.reading import MEDIA_TYPES
from server.batch.options import BatchOptions
from server.batch.reception.envelope import read_members
from server.batch.reception.errors import UploadAborted, UploadTooLarge
from server.batch.reception.forms import Form
from server.batch.reception.option_texts import Members, check_names, members_of, merged, pairs_of_query
from server.batch.reception.part_files import PartFile
from server.batch.reception.unpacking import Capped, Sink, decoded
from server.documents import check_model
from server.errors import UnsupportedMediaType

MAX_OPTION_BYTES: Final = 1_000_000

_FORM: Final = "multipart/form-data"
_JSON: Final = "application/json"
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_UNSPECIFIC: Final = ("", "application/octet-stream", "text/plain", "application/zip", "application/x-zip-compressed")
_NAMED: Final = ("text/csv", "application/x-ndjson", _XLSX, "application/json", _FORM)
_BLOCK: Final = 1 << 18
_FORM_FRAME: Final = 1 << 18  # bytes of boundaries and headers of a form


@dataclass(frozen=True, slots=True)
class Upload:
    """A request for a batch: its options and its rows, which lie in a file that is ours from now on.

    `name` is the file's name where it came from, if that was said. `bytes` is its size, unpacked. `digest` is
    the SHA-256 (hex) of the rows' bytes, their format and the options: the same for the same request.
    """

    options: BatchOptions
    path: Path
    kind: Kind
    name: str
    bytes: int
    digest: str


async def receive(
    request: Request, folder: Path, *, max_bytes: int, max_option_bytes: int = MAX_OPTION_BYTES
) -> Upload:
    """Read a request with rows into a new file of `folder`, which is made if it does not exist.

    The rows are the body itself (CSV, NDJSON, XLSX, a JSON list), the one file of a form, or the member `rows` of a
    JSON object. Options are parameters of the query, fields of the form, and members of the JSON object beside `rows`,
    each said once. When this returns, the file is on the disk to stay; when it raises, there is none.

    Args:
        max_bytes: of the file, unpacked.
        max_option_bytes: of all options together.

    Raises:
        UnsupportedMediaType, MalformedUrl, MalformedBody: the request is none of the above.
        InvalidValues: options or members that are wrong, all at once.
        UnreadableRows: there are no rows.
        UploadTooLarge: before the body is read if its Content-Length tells, else as soon as it shows.
        StorageFull, UploadAborted, OSError.
    """
    reception = _Reception(request, folder, max_bytes, max_option_bytes)
    try:
        await reception.take()
        return await asyncio.to_thread(reception.finish)
    except BaseException:
        # Shielded: whoever cancels the request must not leave the file behind.
        await asyncio.shield(asyncio.to_thread(reception.discard))
        raise


class _Reception:
    """One request being read."""

    def __init__(self, request: Request, folder: Path, max_bytes: int, max_option_bytes: int) -> None:
        self._request = request
        self._content_type = request.headers.get("content-type", "")
        self._media_type = self._content_type.partition(";")[0].strip().lower()
        self._file = PartFile(folder, max_bytes)
        self._max_bytes = max_bytes
        self._max_option_bytes = max_option_bytes
        self._form: Form | None = None
        self._said: list[Members] = []

    async def take(self) -> None:
        """Read the body into the file."""
        sink = self._sink()
        self._check_head()
        await asyncio.to_thread(self._file.open)
        block = bytearray()
        try:
            async for chunk in self._request.stream():
                block += chunk
                if len(block) >= _BLOCK:
                    await asyncio.to_thread(sink.write, bytes(block))
                    block.clear()
        except ClientDisconnect:
            raise UploadAborted("The connection ended before the upload did.") from None
        await asyncio.to_thread(_end, sink, bytes(block))

    def finish(self) -> Upload:
        """Make an upload of what was read. Blocks."""
        media_type, name = self._media_type, ""
        if self._form is not None:
            self._said.append(members_of(self._form.fields))
            if self._form.file is not None:
                media_type, name = self._form.file.media_type, self._form.file.name
        kind = kind_of(self._file.path, media_type, name)
        if kind == "json":
            self._said.append(read_members(self._file.path, self._max_option_bytes))
        options = _options(self._said)
        canonical = canonical_json(options.model_dump(by_alias=True))
        digest = hashlib.sha256(self._file.digest + f"{kind} {canonical}".encode()).hexdigest()
        return Upload(options, self._file.keep(kind), kind, name, self._file.size, digest)

    def discard(self) -> None:
        """Take the file away, if there is one."""
        self._file.discard()

    def _sink(self) -> Sink:
        sink: Sink = self._file
        if self._media_type == _FORM:
            self._form = Form(self._content_type, sink, self._max_option_bytes)
            sink = Capped(self._form, self._most_body_bytes(), self._max_bytes)
        return decoded(sink, self._request.headers.get("content-encoding", ""))

    def _most_body_bytes(self) -> int:
        return self._max_bytes + (self._max_option_bytes + _FORM_FRAME if self._media_type == _FORM else 0)

    def _check_head(self) -> None:
        """Refuse what needs no reading."""
        announced = self._request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self._most_body_bytes():
            raise UploadTooLarge(self._max_bytes)
        if self._media_type not in (_FORM, *MEDIA_TYPES, *_UNSPECIFIC):
            raise UnsupportedMediaType(
                f"Rows are not read from {self._media_type[:80]}. Say what the body is in its Content-Type: "
                f"{', '.join(_NAMED)}."
            )
        query: bytes = self._request.scope["query_string"]
        self._said.append(members_of(pairs_of_query(query.decode("utf-8", "surrogateescape"))))
        if self._media_type in MEDIA_TYPES and self._media_type != _JSON:
            _options(self._said)  # there can be no more of them


def _options(said: list[Members]) -> BatchOptions:
    document = merged(said)
    check_names(document)
    return check_model(document, BatchOptions)


def _end(sink: Sink, rest: bytes) -> None:
    if rest:
        sink.write(rest)
    sink.end()
