"""The names of a job's pictures in archives and exports: the same wherever and in whatever order they are made.

A name comes of its row alone, unless another picture of the job would have it too, in any mixture of upper and lower
case: then each of them carries the index of its row. Who is affected is found by one pass over all rows, of which a
digest of eight bytes a picture is kept: a megabyte for 100,000 pictures.

A pattern with `{etag}` needs no pass: pictures with equal names have equal bytes then, and are one file.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from server.batch.records import Job, RowRecord
from server.batch.results.patterns import read_pattern
from server.batch.results.safe_names import EMPTY, safe_name
from server.batch.wishes import named
from server.coalescing import Coalescer
from server.errors import InvalidValues
from server.links import query_text

Rows = AsyncIterator[RowRecord]
Picture = tuple[str, str | None]
"""Format and variant: what tells the pictures of a row apart."""

_DEFAULT: Final = "{_id}_{variant}.{ext}"
_MOST_BYTES: Final = 480  # of a whole name; S3 has keys of 1024, of which a prefix has its share
_MOST_BYTES_OF_A_PART: Final = 180  # most file systems have 255, and a suffix may follow
_EXTENSION: Final = re.compile(r"\.(png|jpe?g|webp|avif)$", re.IGNORECASE)
_JOBS_AT_ONCE: Final = 8


class JobNames:
    """Names of one job's pictures."""

    def __init__(self, job: Job, digests: NDArray[np.uint64] | None = None) -> None:
        """`digests` are of the names of all pictures, sorted; without them, no name is taken to be there twice."""
        self._pattern = read_pattern(job.options.names or _DEFAULT)
        self._options = job.options
        self._width = len(str(max(0, job.counts.total - 1)))
        self._digests = np.empty(0, np.uint64) if digests is None else digests

    @property
    def by_content(self) -> bool:
        """Whether pictures with equal names are the same picture."""
        return "etag" in self._pattern.placeholders

    def of(self, row: RowRecord) -> list[str]:
        """The name of each of the row's pictures, in their order."""
        names = self.alone(row)
        return [self._told_apart(names[output.format, output.variant], row.number) for output in row.outputs]

    def alone(self, row: RowRecord) -> dict[Picture, str]:
        """The names of all pictures that the row asks for, without regard to other rows.

        Where its own would be equal, they carry their variant.
        """
        values = self._values(row)
        etags = {(output.format, output.variant): output.etag for output in row.outputs}
        pictures = list(dict.fromkeys([*self._wanted(values), *etags]))
        names = [self._name(row, values, each, etags.get(each, "")) for each in pictures]
        if len({name.casefold() for name in names}) < len(names):
            names = [self._name(row, values, each, etags.get(each, ""), each[1] or "") for each in pictures]
        return dict(zip(pictures, names, strict=True))

    def _wanted(self, values: Mapping[str, Any]) -> list[Picture]:
        outputs = self._options.outputs()
        if own := values.get("_variant"):
            return [(image_format, query_text(own)) for image_format, _ in outputs]
        return outputs

    def _values(self, row: RowRecord) -> Mapping[str, Any]:
        """By the names of columns and of variables."""
        try:
            by_name = named(row.values, self._options)
        except InvalidValues:  # such a row has no pictures
            by_name = {}
        return {**self._options.variables, **row.values, **by_name}

    def _name(
        self, row: RowRecord, values: Mapping[str, Any], picture: Picture, etag: str, distinction: str = ""
    ) -> str:
        image_format, variant = picture
        index = f"{row.number:0{self._width}}"
        own = {"index": index, "_id": row.custom_id or index, "ext": image_format, "format": image_format, "etag": etag}

        def text_of(name: str) -> str:
            if name in own:
                return own[name]
            value = values.get(name)
            if name == "variant" and value is None:
                return variant or ""
            return EMPTY if value is None else query_text(value).strip() or EMPTY

        *folders, file = self._pattern.fill(text_of)
        most = min(_MOST_BYTES_OF_A_PART, _MOST_BYTES // (len(folders) + 1))
        stem, extension = _split(file, image_format)
        if distinction:
            stem = f"{stem}_{distinction}"
        return "/".join([*(safe_name(folder, most) for folder in folders), safe_name(stem, most) + extension])

    def _told_apart(self, name: str, number: int) -> str:
        if self._count(name) < 2:
            return name
        stem, _, extension = name.rpartition(".")
        while self._count(name):
            stem = f"{stem}-{number}"
            name = f"{stem}.{extension}"
        return name

    def _count(self, name: str) -> int:
        """How many pictures of the job have this name, before they are told apart."""
        digest = np.uint64(_digest(name))
        return int(self._digests.searchsorted(digest, "right") - self._digests.searchsorted(digest, "left"))


async def collect_names(job: Job, rows: Rows) -> JobNames:
    """The names of a job's pictures; reads all its rows, unless names tell their content."""
    names = JobNames(job)
    if names.by_content:
        return names
    digests = array("Q")
    async for row in rows:
        digests.extend(map(_digest, names.alone(row).values()))
    found = np.array(digests, np.uint64)
    found.sort()
    return JobNames(job, found)


class NamesByJob:
    """Collects the names of each job once, for as long as it is among the last that were asked for. One per server."""

    def __init__(self, rows_of: Callable[[str], Rows]) -> None:
        """`rows_of` gives all rows of the job with an id."""
        self._rows_of = rows_of
        self._collecting: Coalescer[JobNames] = Coalescer()
        self._known: LRUCache[str, JobNames] = LRUCache(_JOBS_AT_ONCE)

    async def of(self, job: Job) -> JobNames:
        """The names of the job's pictures; they may be others as long as its rows are being read."""
        key = f"{job.id} {job.counts.total}"
        names = self._known.get(key)
        if names is None:
            names = await self._collecting.run(key, lambda: collect_names(job, self._rows_of(job.id)))
            self._known[key] = names
        return names

    async def close(self) -> None:
        """Stop collecting."""
        await self._collecting.close()


def _split(file: str, image_format: str) -> tuple[str, str]:
    """Stem and extension. An image's extension that is written or comes from a value gives way to the right one."""
    found = _EXTENSION.search(file)
    if found is None:
        return file, f".{image_format}"
    right = {"jpeg": "jpg"}.get(found[1].lower(), found[1].lower()) == image_format
    return file[: found.start()], found[0] if right else f".{image_format}"


def _digest(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.casefold().encode(), digest_size=8).digest())
