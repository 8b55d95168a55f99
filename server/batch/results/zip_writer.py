"""Archives that are written from front to back, without compression: pictures have theirs.

After PKWARE's APPNOTE 6.3.10 (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT), with Zip64 where an archive
is too large or has too many files for the old fields. The standard library's zipfile would do, but for an object in
memory for each file; here the directory, some hundred bytes a file, is on the disk when it is large.
"""

from __future__ import annotations

import struct
import tempfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import IO, Final, Self

_LOCAL: Final = struct.Struct("<IHHHHHIIIHH")
_CENTRAL: Final = struct.Struct("<IHHHHHHIIIHHHHHII")
_END: Final = struct.Struct("<IHHHHIIH")
_END_64: Final = struct.Struct("<IQHHIIQQQQ")
_LOCATOR_64: Final = struct.Struct("<IIQI")
_EXTRA_64: Final = struct.Struct("<HHQ")

_UTF_8: Final = 0x0800
_STORED: Final = 0
_VERSION: Final = 20
_VERSION_64: Final = 45
_MADE_BY: Final = (3 << 8) | _VERSION_64  # Unix, which gives the attributes their meaning
_ATTRIBUTES: Final = 0o100644 << 16
_MOST_16: Final = 0xFFFF
_MOST_32: Final = 0xFFFFFFFF
_IN_MEMORY: Final = 1_000_000
_BLOCK: Final = 64_000


class ZipWriter:
    """Gives the bytes of an archive piece by piece. Closed by `with`."""

    def __init__(self, modified: float) -> None:
        """All files have the same time of change, in seconds since the epoch."""
        self._time, self._date = _dos_moment(modified)
        self._at = 0
        self._files = 0
        self._directory: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by `with`

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._directory.close()

    def file(self, name: str, body: bytes) -> bytes:
        """What stands in the archive for a file, whose name has slashes between folders."""
        return self._header(name, zlib.crc32(body), len(body)) + body

    def file_from(self, name: str, source: IO[bytes]) -> Iterator[bytes]:
        """The same for a file on the disk, which is read twice."""
        source.seek(0)
        size = checksum = 0
        while block := source.read(_BLOCK):
            size += len(block)
            checksum = zlib.crc32(block, checksum)
        yield self._header(name, checksum, size)
        source.seek(0)
        while block := source.read(_BLOCK):
            yield block

    def end(self) -> Iterator[bytes]:
        """The directory."""
        begin, size = self._at, self._directory.tell()
        self._directory.seek(0)
        while block := self._directory.read(_BLOCK):
            yield block
        files = self._files
        if files >= _MOST_16 or size >= _MOST_32 or begin >= _MOST_32:
            # The size of this record counts without its first two fields.
            yield _END_64.pack(*(0x06064B50, _END_64.size - 12, _MADE_BY, _VERSION_64, 0, 0, files, files, size, begin))
            yield _LOCATOR_64.pack(0x07064B50, 0, begin + size, 1)
        count = min(files, _MOST_16)
        yield _END.pack(0x06054B50, 0, 0, count, count, min(size, _MOST_32), min(begin, _MOST_32), 0)

    def _header(self, name: str, checksum: int, size: int) -> bytes:
        if size >= _MOST_32:
            raise ValueError("a file of 4 GB and more has no place here")
        encoded = name.encode()
        common = (_UTF_8, _STORED, self._time, self._date, checksum, size, size, len(encoded))
        large = self._at >= _MOST_32
        extra = _EXTRA_64.pack(1, 8, self._at) if large else b""
        version = _VERSION_64 if large else _VERSION
        offset = min(self._at, _MOST_32)
        self._directory.write(
            _CENTRAL.pack(0x02014B50, _MADE_BY, version, *common, len(extra), 0, 0, 0, _ATTRIBUTES, offset)
            + encoded
            + extra
        )
        self._files += 1
        self._at += _LOCAL.size + len(encoded) + size
        return _LOCAL.pack(0x04034B50, _VERSION, *common, 0) + encoded


def _dos_moment(time: float) -> tuple[int, int]:
    """A time in two seconds and a date from 1980 to 2107, both in UTC."""
    moment = datetime.fromtimestamp(time, UTC)
    if moment.year < 1980:
        return 0, (1 << 5) | 1
    return (
        moment.hour << 11 | moment.minute << 5 | moment.second // 2,
        min(moment.year - 1980, 127) << 9 | moment.month << 5 | moment.day,
    )
