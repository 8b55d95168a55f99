"""Assets as files, which any number of processes may share. Everything here blocks.

    index.json      what is known of all assets; replaced as a whole, so that readers need no lock
    contents/ab/…   their bytes by digest: equal contents are kept once
    .lock           held by whoever changes something

Contents come before the index that names them and go after it. Both are synced to the disk: unlike renders, assets
cannot be made again.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from server.assets.records import AssetRecord, records_as_json, records_from_json

Records = dict[str, AssetRecord]


class AssetFiles:
    """The files below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = folder / "index.json"
        self._known: tuple[tuple[int, int, int], Records] | None = None

    def records(self) -> Mapping[str, AssetRecord]:
        """All assets by name; read again only if the index has changed. Raises OSError, ValueError."""
        try:
            status = self._index.stat()
        except FileNotFoundError:
            return {}
        mark = (status.st_mtime_ns, status.st_ino, status.st_size)
        if self._known is None or self._known[0] != mark:
            self._known = (mark, records_from_json(self._index.read_bytes()))
        return self._known[1]

    def content(self, digest: str) -> bytes | None:
        """The bytes with this digest. Raises OSError."""
        with contextlib.suppress(FileNotFoundError):
            return self._content(digest).read_bytes()
        return None

    def change(self, edit: Callable[[Records], None], content: tuple[str, bytes] | None = None) -> None:
        """Change the records, alone among all processes; `content` (digest, bytes) is what they may name anew.

        Contents that no record names any more are removed. What `edit` raises leaves everything as it was.
        Raises OSError, ValueError.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            before = dict(self.records())
            after = dict(before)
            edit(after)
            if after == before:
                return
            named = {record.digest for record in after.values()}
            if content is not None and content[0] in named and not self._content(content[0]).exists():
                self._replace(self._content(content[0]), content[1])
            self._replace(self._index, records_as_json(after))
            for digest in {record.digest for record in before.values()} - named:
                self._content(digest).unlink(missing_ok=True)

    def _content(self, digest: str) -> Path:
        return self._folder / "contents" / digest[:2] / digest

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _replace(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            with partial.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
            _sync_folder(path.parent)
        finally:
            partial.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
