"""Pictures of different rows that look the same."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from server.batch.records import Finding

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    _Indices = npt.NDArray[np.intp]
    _Looks = npt.NDArray[np.uint64]

DUPLICATE: Final = "duplicate"
NEAR_DUPLICATE: Final = "near-duplicate"
COMPARED: Final = frozenset({DUPLICATE, NEAR_DUPLICATE})
"""The codes of findings that come of comparing pictures: each comparison replaces those of the one before."""

_ETAG_BYTES: Final = 16  # of a render key, enough to tell any two apart
_LOOKS_BYTES: Final = 32  # see `renderer.fingerprint`
_FILE_BYTES: Final = _LOOKS_BYTES + 4
_BANDS: Final = 4
_NEAR: Final = _BANDS - 1  # bits: pictures that differ in no more are equal in one of the bands at least
_WINDOW: Final = 32  # pictures before it, of those equal in a band, that each is compared with
_FEW: Final = 20
_SHARE: Final = 0.2  # of all pictures; where more have a near neighbour, that is what the template makes


class Placed(NamedTuple):
    """A finding about one picture of a row; rows and their pictures are counted from 0."""

    row: int
    output: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class DuplicatesReport:
    """Findings in order of rows, each picture at most once, and what there is to say about the job as a whole."""

    findings: tuple[Placed, ...]
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Column:
    """The pictures at one place in all rows."""

    rows: array[int] = field(default_factory=lambda: array("Q"))
    etags: bytearray = field(default_factory=bytearray)
    files: bytearray = field(default_factory=bytearray)
    hashed: array[int] = field(default_factory=lambda: array("B"))


class Duplicates:
    """Finds pictures that look the same. Pictures at different places of their rows are not compared.

    Each picture takes some 60 bytes. The same pictures give the same report, whatever order they come in.
    """

    def __init__(self) -> None:
        self._columns: dict[int, _Column] = {}

    def add(self, row: int, output: int, etag: str, fingerprint: str | None) -> None:
        """Take a picture in: the first, second … of its row, its render key and its fingerprint, if it has one.

        Raises ValueError for what is no key and no fingerprint.
        """
        file = bytes(_FILE_BYTES) if fingerprint is None else bytes.fromhex(fingerprint)
        key = bytes.fromhex(etag)[:_ETAG_BYTES]
        if len(file) != _FILE_BYTES or len(key) != _ETAG_BYTES:
            raise ValueError(f"{etag!r} is no render key, or {fingerprint!r} no fingerprint")
        column = self._columns.setdefault(output, _Column())
        column.rows.append(row)
        column.etags += key
        column.files += file
        column.hashed.append(fingerprint is not None)

    def report(self) -> DuplicatesReport:
        """Who looks like whom: a copy names the first row that shows the very same, others an earlier row like it.

        Takes about a second for 100,000 pictures, and then more memory than they do: call it once, in a thread.
        """
        same: list[Placed] = []
        near: list[Placed] = []
        for output, column in self._columns.items():
            rows, copies, likes = _compared(column)
            same += _placed(output, rows, copies, DUPLICATE, "This is the same picture as in the row of index")
            near += _placed(output, rows, likes, NEAR_DUPLICATE, "This picture looks like that in the row of index")
        warnings: tuple[str, ...] = ()
        total = sum(len(column.rows) for column in self._columns.values())
        if len(near) > max(_FEW, _SHARE * total):
            warnings = (
                f"{len(near):,} of {total:,} pictures differ from another one only in small details, so these are not "
                "listed as duplicates.",
            )
            near = []
        return DuplicatesReport(tuple(sorted(same + near)), warnings)


def _placed(output: int, rows: _Indices, firsts: _Indices, code: str, message: str) -> Iterator[Placed]:
    for index in (firsts >= 0).nonzero()[0].tolist():
        yield Placed(int(rows[index]), output, Finding(code, f"{message} {int(rows[firsts[index]])}."))


def _compared(column: _Column) -> tuple[_Indices, _Indices, _Indices]:
    """Rows in order; of each the index of the first with the very same picture, or else of one like it; -1: none."""
    import numpy as np  # here, since a server that compares nothing needs no 20 MB for it

    rows = np.frombuffer(column.rows, np.uint64)
    order = np.argsort(rows, kind="stable")
    etags = np.frombuffer(column.etags, f"S{_ETAG_BYTES}")[order]
    files = np.frombuffer(column.files, f"S{_FILE_BYTES}")[order]
    hashed = np.frombuffer(column.hashed, np.bool_)[order]
    first = np.where(hashed, np.minimum(_first_equal(etags), _first_equal(files)), _first_equal(etags))
    own = np.arange(len(order))
    looks = np.frombuffer(column.files, np.uint8).reshape(-1, _FILE_BYTES)[order, :_LOOKS_BYTES]
    # Where nothing is drawn that has an edge, there is nothing to compare.
    distinct = np.flatnonzero((first == own) & hashed & looks.any(axis=1))
    near = np.full(len(order), -1)
    if len(distinct):
        found = _likes(np.ascontiguousarray(looks[distinct]))
        near[distinct] = np.where(found >= 0, distinct[found], -1)
    return rows[order].astype(np.intp), np.where(first == own, -1, first), near


def _first_equal(values: npt.NDArray[np.bytes_]) -> _Indices:
    import numpy as np

    _, first, which = np.unique(values, return_index=True, return_inverse=True)
    return first[which]


def _likes(looks: npt.NDArray[np.uint8]) -> _Indices:
    """Of each the index of the first that looks exactly the same, or of one nearly so, or -1."""
    import numpy as np

    first = _first_equal(looks.view(f"S{_LOOKS_BYTES}").ravel())
    unlike = np.flatnonzero(first == np.arange(len(first)))
    near = _near(looks[unlike].view(np.uint64))
    likes = np.where(first == np.arange(len(first)), -1, first)
    likes[unlike] = np.where(near >= 0, unlike[near], -1)
    return likes


def _near(looks: _Looks) -> _Indices:
    """Of each the index of an earlier one that differs in few bits, or -1.

    Whatever differs in at most three bits is equal in one of four bands; within these, each is compared with those
    shortly before it and with the first, which keeps this linear where thousands are equal in a band.
    """
    import numpy as np

    found = np.full(len(looks), len(looks))
    for band in range(_BANDS):
        order = np.argsort(looks[:, band], kind="stable")
        keys = looks[order, band]
        positions = np.arange(len(keys))
        begins = np.r_[True, keys[1:] != keys[:-1]]
        start = np.maximum.accumulate(np.where(begins, positions, 0))
        behind = positions - start
        for back in range(1, min(_WINDOW, int(behind.max())) + 1):
            later = positions[behind >= back]
            _keep_near(looks, order[later], order[later - back], found)
        later = positions[behind > _WINDOW]
        _keep_near(looks, order[later], order[start[later]], found)
    return np.where(found < len(looks), found, -1)


def _keep_near(looks: _Looks, later: _Indices, earlier: _Indices, found: _Indices) -> None:
    import numpy as np

    close = np.bitwise_count(looks[later] ^ looks[earlier]).sum(axis=1) <= _NEAR
    found[later[close]] = np.minimum(found[later[close]], earlier[close])
