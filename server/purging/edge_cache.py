"""The cache folder of an nginx on this machine: which files hold which pictures, and removing them.

nginx keeps each answer in a file that is named by the MD5 of its cache key. The file starts with a binary header of a
few hundred bytes; then come a line `KEY: ` with the key in full, the answer's headers as they arrived, and its body.
So the first kilobytes say by which URL and with which tags an answer was stored, and no list is needed that could
disagree with the folder. (nginx 1.22, ngx_http_cache.h: ngx_http_file_cache_header_t.)

A file that is gone is a miss to nginx, although its shared memory still knows the key: it then asks the origin, under
the cache's lock, and stores the answer. Files that nginx is still writing have a longer name and are left alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.errors import SignetError
from server.purging.edge_index import EdgeIndex, Listing
from server.purging.wanted import Wanted, identity
from server.urls import ImageRequest, TokenUrl, read_format, split

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

    def all_tags(self) -> frozenset[str]:
        """Its tags. An error has none; it is its template's all the same."""
        if self.tags:
            return self.tags
        path = _TEMPLATE.match(self.url)
        request = None if path else self._request()
        template = path[1] if path else request.template if request else ""
        return frozenset({f"template:{template}"} if template else ())

    def identity(self) -> str | None:
        """What all URLs of its picture have in common; None for a URL that can't be read."""
        request = self._request()
        return None if request is None else identity(request)

    def _request(self) -> ImageRequest | None:
        token = _TOKEN.match(self.url)
        try:
            parts = split(self.url, _LONGEST_URL) if token is None else TokenUrl(token[1], "", _format(token[2]))
            return parts.request()
        except SignetError:
            return None


class EdgeCache:
    """The folders of one nginx. Everything here blocks, and is for one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._folders = (str(folder), str(folder.with_name(folder.name + FAILURES_SUFFIX)))
        self._shared: dict[frozenset[str], frozenset[str]] = {}
        self._index = EdgeIndex(self._list)

    def exists(self) -> bool:
        """Whether nginx keeps anything here."""
        return self.folder.is_dir()

    def remove(self, wanted: Wanted) -> int:
        """Remove the files of what is wanted; how many there were.

        Raises:
            OSError: a folder or file may not be read or removed; what could be removed before is gone.
        """
        removed = 0
        for folder in self._folders:
            if wanted.everything or wanted.pictures:
                removed += sum(_unlinked(path) for path in _search(folder, wanted))
            if wanted.tags and not wanted.everything:
                removed += sum(_unlinked(path) for path in self._index.tagged(folder, wanted.tags))
        return removed

    def _list(self, folder: str) -> Listing:
        listing = Listing()
        for entry in _entries(folder):
            if _FILE.fullmatch(entry.name) is None:
                listing.folders.append(entry.name)
            elif (file := EdgeFile.parse(_head(entry.path))) is not None:
                tags = file.all_tags()
                listing.files[entry.name] = self._shared.setdefault(tags, tags)  # few sets, many files
        return listing


def _search(folder: str, wanted: Wanted) -> Iterator[str]:
    """Paths of the files of the wanted pictures, or of all."""
    identities = {picture.identity for picture in wanted.pictures}
    names = {picture.request.template for picture in wanted.pictures}
    # Most files have none of these, and finding bytes is twenty times quicker than reading what they say.
    needles = [b"/t/", *(f"/i/{name}.".encode() for name in names)]
    for entry in _entries(folder):
        if _FILE.fullmatch(entry.name) is None:
            yield from _search(entry.path, wanted)
            continue
        head = _head(entry.path)
        if wanted.everything or any(needle in head for needle in needles):
            file = EdgeFile.parse(head)
            if file is not None and (wanted.everything or file.identity() in identities):
                yield entry.path


def _format(extension: str) -> str:
    return read_format(extension) or extension


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    """Complete cache files and the folders that they are spread over, whatever `levels` nginx was told."""
    try:
        found = os.scandir(folder)
    except FileNotFoundError:
        return
    with found:
        for entry in found:
            if _FILE.fullmatch(entry.name):
                if entry.is_file(follow_symlinks=False):
                    yield entry
            elif len(entry.name) <= 2 and entry.is_dir(follow_symlinks=False):
                yield entry


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
