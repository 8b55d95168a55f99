"""Forms with one file (multipart/form-data, RFC 7578): its bytes go straight into a sink, the fields are kept."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from typing import TYPE_CHECKING, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from server.batch.reception.errors import UploadTooLarge
from server.batch.reception.option_texts import ALL, Pair
from server.errors import MalformedBody

if TYPE_CHECKING:
    from server.batch.reception.unpacking import Sink

MOST_FIELDS: Final = 100

_PLAIN_ENCODINGS: Final = frozenset({"", "7bit", "8bit", "binary"})


@dataclass(frozen=True, slots=True)
class FormFile:
    """What a form says about its file: the base name that it had, and its media type."""

    name: str
    media_type: str


class Form:
    """A sink of a form's bytes. After `end`, `file` and `fields` are what was in it."""

    def __init__(self, content_type: str, sink: Sink, limit: int) -> None:
        """`limit` is for the texts of all fields together, in bytes. Raises MalformedBody."""
        _, parameters = parse_options_header(content_type)
        if not parameters.get(b"boundary"):
            raise MalformedBody("The Content-Type of the form names no boundary; let your HTTP library write it.")
        self.file: FormFile | None = None
        self.fields: list[Pair] = []
        self._sink = sink
        self._limit = limit
        self._left = limit
        self._parts = 0
        self._ended = False
        self._part = _Part()
        self._header = (bytearray(), bytearray())
        try:
            self._parser = MultipartParser(
                parameters[b"boundary"],
                {
                    "on_part_begin": self._on_part_begin,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": self._on_part_data,
                    "on_part_end": self._on_part_end,
                    "on_end": self._on_end,
                },
            )
        except FormParserError as error:
            raise _unreadable(error) from None

    def write(self, data: bytes | memoryview) -> None:
        """Take the next piece. Raises MalformedBody, UploadTooLarge."""
        if self._ended:
            return  # an epilogue, which RFC 2046 section 5.1.1 has ignored
        try:
            self._parser.write(bytes(data))
        except FormParserError as error:
            raise _unreadable(error) from None

    def end(self) -> None:
        """There are no more pieces. Raises MalformedBody if the form is not whole, or has no file."""
        if not self._ended:
            raise MalformedBody("The form is cut short: its last boundary is missing.")
        if self.file is None:
            raise MalformedBody('The form has no file; send the rows as a file field, such as "file".')
        self._sink.end()

    def _on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_FIELDS:
            raise MalformedBody(f"The form may have at most {MOST_FIELDS} fields.")
        self._part = _Part()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0].extend(data[start:end])

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1].extend(data[start:end])

    def _on_header_end(self) -> None:
        name, value = self._header
        self._part.headers[bytes(name).lower()] = bytes(value)
        self._header = (bytearray(), bytearray())

    def _on_headers_finished(self) -> None:
        part = self._part
        part.understand()
        if part.file and part.file.name and self.file:
            raise _second(part.name)

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if part.file is None:
            self._left -= end - start
            if self._left < 0:
                raise UploadTooLarge(self._limit, "All fields of the form beside the file together")
            part.text += data[start:end]
            return
        if self.file is not None and self.file is not part.file:
            raise _second(part.name)
        self.file = part.file
        self._sink.write(memoryview(data)[start:end])

    def _on_part_end(self) -> None:
        part = self._part
        if part.file is None:
            self.fields.append((part.name, _decoded(bytes(part.text), part.name)))
        elif part.file.name:
            self.file = part.file
        # A file without name and bytes is what browsers send of a file input that was left empty.

    def _on_end(self) -> None:
        self._ended = True


class _Part:
    """The part of the form that is being read."""

    def __init__(self) -> None:
        self.headers: dict[bytes, bytes] = {}
        self.text = bytearray()
        self.name = ""
        self.file: FormFile | None = None

    def understand(self) -> None:
        """Take name and kind of the part from its headers. Raises MalformedBody."""
        disposition = self.headers.get(b"content-disposition", b"")
        _, parameters = parse_options_header(disposition)
        if b"name" not in parameters:
            raise MalformedBody("A part of the form has no name in its Content-Disposition.")
        self.name = _decoded(parameters[b"name"], "name")
        if self._header(b"content-transfer-encoding").lower() not in _PLAIN_ENCODINGS:
            raise MalformedBody(f"The field {self.name[:80]} has a Content-Transfer-Encoding; send it without one.")
        file_name = _file_name(disposition, parameters.get(b"filename"))
        if file_name is not None and self.name != ALL:
            self.file = FormFile(file_name, self._header(b"content-type"))

    def _header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1").strip()


def _file_name(disposition: bytes, plain: bytes | None) -> str | None:
    """The base name of a file, or None if the part is no file."""
    if plain is not None:
        name = plain.decode("utf-8", "replace")
    elif b"filename*" in disposition:
        # RFC 7578 section 4.2 forbids this spelling of RFC 5987; some clients write it all the same.
        message = Message()
        message["Content-Disposition"] = disposition.decode("latin-1")
        name = message.get_filename("")
    else:
        return None
    base = name.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in base if character.isprintable())[:200]


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise MalformedBody(f"The field {name[:80]} of the form is not UTF-8.") from None


def _second(name: str) -> MalformedBody:
    return MalformedBody(f"The form has a second file, in the field {name[:80]!r}; send one file for each batch.")


def _unreadable(error: FormParserError) -> MalformedBody:
    return MalformedBody(f"The form cannot be read: {error}.")
