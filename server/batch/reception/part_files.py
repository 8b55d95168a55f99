"""Files that grow while an upload arrives: whole and on the disk under their own name, or not there at all."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from server.batch.reception.errors import StorageFull, UploadTooLarge

SUFFIX: Final = ".part"

_BUFFER: Final = 1 << 18
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)


class PartFile:
    """A new file of a folder with at most `limit` bytes, called `*.part` until it is whole.

    Its methods block. One may be called while another still runs in a thread that nobody waits for any more.

    Raises (all methods but `discard`):
        UploadTooLarge, StorageFull, OSError.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.path = folder / (secrets.token_hex(16) + SUFFIX)
        self.size = 0
        self._limit = limit
        self._hash = hashlib.sha256()
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._discarded = False

    @property
    def digest(self) -> bytes:
        """The SHA-256 of what was written."""
        return self._hash.digest()

    def open(self) -> None:
        """Make the file, and its folder if there is none."""
        with self._lock, _explained():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self._discarded:
                self._file = self.path.open("xb", buffering=_BUFFER)

    def write(self, data: bytes | memoryview) -> None:
        """Append bytes."""
        self.size += len(data)
        if self.size > self._limit:
            raise UploadTooLarge(self._limit)
        with self._lock, _explained():
            if self._file is not None:
                self._hash.update(data)
                self._file.write(data)

    def end(self) -> None:
        """Put all bytes on the disk itself."""
        with self._lock, _explained():
            if self._file is not None:
                self._file.flush()
                os.fsync(self._file.fileno())
                self._file.close()

    def keep(self, extension: str) -> Path:
        """Give the file its lasting name, one that a loss of power doesn't undo; its path."""
        with self._lock, _explained():
            self.path = self.path.rename(self.path.with_suffix(f".{extension}"))
            sync_folder(self.path.parent)
        return self.path

    def discard(self) -> None:
        """Take the file away, whatever became of it."""
        with self._lock:
            self._discarded = True
            if self._file is not None:
                with suppress(OSError):  # what is buffered may find no room any more
                    self._file.close()
                self._file = None
                self.path.unlink(missing_ok=True)


def remove_stale(folder: Path, older_than: float) -> int:
    """Remove partial files to which nothing was written for so many seconds; how many there were.

    They belong to processes that were killed. A caller may send slowly, so the time should be an hour or more.
    """
    removed = 0
    for path in folder.glob(f"*{SUFFIX}"):
        with suppress(FileNotFoundError):  # another process tidies up as well, or the upload has just ended
            if time.time() - path.stat().st_mtime > older_than:
                path.unlink()
                removed += 1
    return removed


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull(f"no room for an upload: {error}") from error
        raise


def sync_folder(folder: Path) -> None:
    """Put what files are called in a folder on the disk itself: a rename is not safe before. Blocks."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
