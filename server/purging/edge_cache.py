"""The cache folder of an nginx on this machine: which files hold which pictures, and removing them.

nginx keeps each answer in a file that is named by the MD5 of its cache key. The file starts with a binary header of a
few hundred bytes; then come a line `KEY: ` with the key in full, the answer's headers as they arrived, and its body.
So the first kilobytes say by which URL and with which tags an answer was stored, and no index is needed that could
disagree with the folder. (nginx 1.22, ngx_http_cache.h: ngx_http_file_cache_header_t.)

A file that is gone is a miss to nginx, although its shared memory still knows the key: it then asks the origin, under
the cache's lock, and stores the answer. Files that nginx is still writing have a longer name and are left alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.errors import SignetError
from server.purging.wanted import Wanted, identity
from server.urls import TokenUrl, read_format, split

FAILURES_SUFFIX: Final = "-failures"
"""The inner server keeps failures, and live pictures for a second, in a folder beside that of the cache."""

_FILE: Final = re.compile(r"[0-9a-f]{32}")
_KEY: Final = re.compile(rb"\nKEY: [^\n]*?(/[it]/[^\n]*)\n")  # whatever a key has in front: scheme, host, method
_CACHE_TAG: Final = re.compile(rb"\r\ncache-tag:[ \t]*([^\r]*)", re.IGNORECASE)
_TOKEN: Final = re.compile(r"/t/(\.?[A-Za-z0-9_-]+?)(?:\.[A-Za-z0-9_-]{43})?\.([A-Za-z0-9]+)")
_TEMPLATE: Final = re.compile(r"/i/([a-z0-9][a-z0-9-]*)\.")
_FIRST_READ: Final = 4096
_LARGEST_HEAD: Final = 65_536  # nginx refuses a longer one: body_start has 16 bits
_LONGEST_URL: Final = 65_536


@dataclass(frozen=True, slots=True)
class EdgeFile:
    """What an answer in the cache is about: its URL as nginx's key has it, and its tags."""

    url: str
    tags: frozenset[str]

    @classmethod
    def parse(cls, head: bytes) -> EdgeFile | None:
        """From the first bytes of a file; None if this is no stored picture."""
        key = _KEY.search(head)
        if key is None:
            return None
        listed = _CACHE_TAG.search(head, key.end() - 1, max(head.find(b"\r\n\r\n", key.end()), key.end()))
        tags = listed[1].decode("ascii", "replace").split(",") if listed else ()
        return cls(key[1].decode("utf-8", "surrogateescape"), frozenset(tag.strip() for tag in tags))

    def is_wanted(self, tags: frozenset[str], identities: frozenset[str]) -> bool:
        """Whether it is one of the tagged or of the named. Errors have no tags: they are their template's."""
        if not tags.isdisjoint(self.tags):
            return True
        if not tags and not identities:
            return False
        template, own = self._described()
        return (not self.tags and f"template:{template}" in tags) or own in identities

    def _described(self) -> tuple[str | None, str | None]:
        """Template, and identity if the URL can be read."""
        path = _TEMPLATE.match(self.url)
        try:
            token = _TOKEN.match(self.url)
            parts = split(self.url, _LONGEST_URL) if token is None else TokenUrl(token[1], "", _format(token[2]))
            request = parts.request()
            return request.template, identity(request)
        except SignetError:
            return path[1] if path else None, None


class EdgeCache:
    """The folders of one nginx. Everything here blocks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._folders = (folder, folder.with_name(folder.name + FAILURES_SUFFIX))

    def exists(self) -> bool:
        """Whether nginx keeps anything here."""
        return self.folder.is_dir()

    def remove(self, wanted: Wanted) -> int:
        """Remove the files of what is wanted; how many there were.

        Raises:
            OSError: a folder or file may not be read or removed; what could be removed before is gone.
        """
        identities = frozenset(picture.identity for picture in wanted.pictures)
        needles = _needles(wanted)
        removed = 0
        for path in (path for folder in self._folders for path in _files(folder)):
            head = _head(path)
            if not (wanted.everything or any(needle in head for needle in needles)):
                continue  # most files, and finding bytes is twenty times quicker than reading what they say
            file = EdgeFile.parse(head)
            if file is not None and (wanted.everything or file.is_wanted(wanted.tags, identities)):
                removed += _unlinked(path)
        return removed


def _needles(wanted: Wanted) -> Sequence[bytes]:
    """Bytes of which a wanted file has at least one: a tag, the start of a path, or of any token."""
    names = wanted.templates() | {picture.request.template for picture in wanted.pictures}
    tokens = [b"/t/"] if names else []
    return [*(tag.encode() for tag in wanted.tags), *(f"/i/{name}.".encode() for name in names), *tokens]


def _format(extension: str) -> str:
    return read_format(extension) or extension


def _files(folder: Path) -> Iterator[str]:
    """Paths of complete cache files, whatever `levels` nginx was told."""
    try:
        found = os.scandir(folder)
    except FileNotFoundError:
        return
    with found:
        for entry in found:
            if _FILE.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                yield entry.path
            elif len(entry.name) <= 2 and entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path))


def _head(path: str) -> bytes:
    """The file up to the end of the answer's headers, and some of its body; nothing if it is gone by now."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return b""
    try:
        head = os.read(descriptor, _FIRST_READ)
        while b"\r\n\r\n" not in head and len(head) < _LARGEST_HEAD:
            more = os.read(descriptor, _FIRST_READ)
            if not more:
                break
            head += more
        return head
    finally:
        os.close(descriptor)


def _unlinked(path: str) -> bool:
    try:
        os.unlink(path)  # noqa: PTH108 - paths are texts here, one object less for each of fifty thousand
    except FileNotFoundError:
        return False
    return True
