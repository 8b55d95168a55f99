"""Entries as files: how they are written, read back, checked and removed. Everything here blocks.

    ab/cd/abcd….png    the body and nothing else, so that a web server can serve it directly
    ab/cd/abcd….json   its sidecar: media type, length and digest of the body, tags, meta
    .partial/          files that are being written, in the same file system

Both files are written completely in `.partial/` and then renamed, the sidecar first; the body's name is what makes
the entry exist. Any number of processes may do so at once: equal keys hold equal bytes, and whatever two writers or
a writer and a remover leave behind is checked on the way out.

Nothing is synced to the disk. A power cut may lose entries or leave files that are short or empty, and a cache may
lose entries; but length and SHA-256 are verified on every read, so a damaged file is a miss and is removed, never
half a picture.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from server.store.entries import EXTENSIONS, Json, StoredRender

_BLOCK_BYTES = 4096
_STALE_SECONDS = 60.0  # a partial file or lone sidecar of this age was left by a writer that was killed
_RENAME_ATTEMPTS = 5
_SIDECAR = "json"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_FOLDER = re.compile(r"[0-9a-f]{2}")


class CorruptEntry(Exception):  # noqa: N818 - a finding, handled inside this package
    """The files of an entry do not agree with each other."""


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry seen by a scan: what it occupies in bytes and when it was last used (seconds since the epoch)."""

    key: str
    bytes: int
    used_at: float


def occupied(body_length: int) -> int:
    """Bytes that an entry takes from the disk: its body in whole blocks, one for its sidecar, one for its folder."""
    return -(-body_length // _BLOCK_BYTES) * _BLOCK_BYTES + 2 * _BLOCK_BYTES


class EntryFiles:
    """The files under one root directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._partial = root / ".partial"
        self._folders_at = str(root)

    def prepare(self) -> None:
        """Create the directories. Raises OSError."""
        self._partial.mkdir(parents=True, exist_ok=True)

    def write(self, key: str, render: StoredRender) -> None:
        """Store an entry. Raises OSError, and then leaves nothing behind."""
        unique = f"{self._partial}/{key}.{os.getpid()}.{secrets.token_hex(4)}"
        partial_sidecar, partial_body = f"{unique}.s", f"{unique}.b"
        try:
            self._write_new(partial_sidecar, _sidecar_text(render))
            self._write_new(partial_body, render.body)
            self._rename(partial_sidecar, self._path(key, _SIDECAR))
            self._rename(partial_body, self._path(key, EXTENSIONS[render.media_type]))
        except OSError:
            for path in (partial_sidecar, partial_body):
                with contextlib.suppress(OSError):
                    os.unlink(path)
            self._remove_lone_sidecar(key)
            raise

    def read(self, key: str) -> StoredRender | None:
        """The entry, verified; None if there is none. Raises CorruptEntry, or OSError."""
        try:
            text = _content(self._path(key, _SIDECAR))
        except FileNotFoundError:
            return None
        try:
            described = _Sidecar.parse(text)
            body = _content(self._path(key, EXTENSIONS[described.media_type]))
        except FileNotFoundError:
            return None  # being written or removed at this moment
        except (ValueError, KeyError, TypeError) as error:
            raise CorruptEntry(f"{key}: unreadable sidecar") from error
        if len(body) != described.length or hashlib.sha256(body).hexdigest() != described.digest:
            raise CorruptEntry(f"{key}: the body is not the one that was written")
        return StoredRender(body, described.media_type, described.meta, described.tags)

    def remove(self, key: str) -> bool:
        """Remove an entry, body first; whether it was there. Raises OSError."""
        found = False
        for extension in (*EXTENSIONS.values(), _SIDECAR):
            try:
                os.unlink(self._path(key, extension))
            except FileNotFoundError:
                continue
            found = found or extension != _SIDECAR
        folder = self._folder(key)
        with contextlib.suppress(OSError):  # other entries live there, or another process was quicker
            os.rmdir(folder)
            os.rmdir(os.path.dirname(folder))
        return found

    def touch(self, key: str, media_type: str) -> None:
        """Note on disk that the entry was used now, for the next start and for other processes."""
        with contextlib.suppress(OSError):
            os.utime(self._path(key, EXTENSIONS[media_type]))

    def used_at(self, key: str) -> float | None:
        """When the entry was last written or touched by any process; None if it is gone."""
        for extension in EXTENSIONS.values():
            with contextlib.suppress(OSError):
                return os.stat(self._path(key, extension)).st_mtime
        return None

    def scan(self) -> Iterator[FoundEntry]:
        """Every entry, in no order. Sidecars whose body never came are removed when they are old."""
        for folder in self._folders():
            with contextlib.suppress(OSError):
                sidecars, bodies = [], set()
                for file in _listing(folder):
                    key, _, extension = file.name.partition(".")
                    if extension == _SIDECAR:
                        sidecars.append(file)
                        continue
                    bodies.add(key)
                    with contextlib.suppress(OSError):
                        status = file.stat()
                        yield FoundEntry(key, occupied(status.st_size), status.st_mtime)
                for file in sidecars:
                    key = file.name.partition(".")[0]
                    if key not in bodies and file.stat().st_mtime < time.time() - _STALE_SECONDS:
                        self._remove_lone_sidecar(key)

    def tagged(self, tags: frozenset[str]) -> Iterator[str]:
        """Keys of the entries that have one of the tags, from the sidecars: true for all processes' entries."""
        for folder in self._folders():
            with contextlib.suppress(OSError):
                for file in _listing(folder):
                    key, _, extension = file.name.partition(".")
                    if extension == _SIDECAR and not tags.isdisjoint(self._tags(Path(file.path))):
                        yield key

    def remove_stale_partials(self) -> None:
        """Remove what writers left that were killed; files of writers that may still be alive stay."""
        with contextlib.suppress(OSError):
            for file in _listing(self._partial):
                with contextlib.suppress(OSError):
                    if file.stat().st_mtime < time.time() - _STALE_SECONDS:
                        Path(file.path).unlink()

    def _folder(self, key: str) -> str:
        return f"{self._folders_at}/{key[:2]}/{key[2:4]}"

    def _path(self, key: str, extension: str) -> str:
        return f"{self._folder(key)}/{key}.{extension}"

    def _folders(self) -> Iterator[Path]:
        with contextlib.suppress(OSError):
            for outer in _listing(self.root):
                if _FOLDER.fullmatch(outer.name):
                    with contextlib.suppress(OSError):
                        yield from (Path(i.path) for i in _listing(Path(outer.path)) if _FOLDER.fullmatch(i.name))

    def _tags(self, sidecar: Path) -> tuple[str, ...]:
        try:
            return _Sidecar.parse(sidecar.read_bytes()).tags
        except (OSError, ValueError, KeyError, TypeError):  # being removed or damaged: a read deals with it
            return ()

    def _write_new(self, path: str, content: bytes) -> None:
        try:
            descriptor = os.open(path, _NEW, 0o666)
        except FileNotFoundError:  # somebody has emptied the cache by removing its directory
            self.prepare()
            descriptor = os.open(path, _NEW, 0o666)
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(descriptor, view) :]
        finally:
            os.close(descriptor)

    def _rename(self, source: str, target: str) -> None:
        for attempt in range(_RENAME_ATTEMPTS):
            try:
                if attempt:
                    os.makedirs(os.path.dirname(target), exist_ok=True)
                os.replace(source, target)
            except (FileNotFoundError, FileExistsError):
                # There is no folder yet, or another process removed its last entry, and the folder, just now.
                if attempt == _RENAME_ATTEMPTS - 1 or not os.path.exists(source):
                    raise
            else:
                return

    def _remove_lone_sidecar(self, key: str) -> None:
        if self.used_at(key) is None:
            with contextlib.suppress(OSError):
                self.remove(key)


@dataclass(frozen=True, slots=True)
class _Sidecar:
    media_type: str
    length: int
    digest: str
    tags: tuple[str, ...]
    meta: dict[str, Json]

    @classmethod
    def parse(cls, text: bytes) -> _Sidecar:
        fields = json.loads(text)
        return cls(fields["media_type"], fields["length"], fields["sha256"], tuple(fields["tags"]), fields["meta"])


def _listing(folder: Path) -> list[os.DirEntry[str]]:
    """A folder's entries all at once, so that they may be removed on the way. Raises OSError."""
    with os.scandir(folder) as entries:  # keeps file types and, on some systems, times: no call for each file
        return list(entries)


def _sidecar_text(render: StoredRender) -> bytes:
    fields = {
        "media_type": render.media_type,
        "length": len(render.body),
        "sha256": hashlib.sha256(render.body).hexdigest(),
        "tags": render.tags,
        "meta": render.meta,
    }
    return json.dumps(fields, separators=(",", ":")).encode()


def _content(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.read()
