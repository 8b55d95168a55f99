"""Canvases after prefixes of display lists.

Renders of one template differ in a few operations, mostly near the end of the list. Every step of a list has a key
that chains all steps before it. The first time that a list starts like an earlier one, the canvas is kept at the
point where they part; from then on lists with that start begin with a copy of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cachetools import LRUCache
from PIL import Image

from renderer.paint.affine import Affine
from renderer.paint.display_list import Operation, Shape

Context = tuple[tuple[Shape | None, Affine | None], ...]
"""Clips and transforms of the groups around an operation, outermost first."""


@dataclass(frozen=True, slots=True)
class Step:
    """One operation that is painted in one go, the clips and transforms around it, and the images that it shows."""

    operation: Operation
    context: Context
    identities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Start:
    """What a canvas is before the first step: size in device px, scale, colour, mode."""

    width: int
    height: int
    scale: float
    background: tuple[float, ...]
    opaque: bool


@dataclass(frozen=True, slots=True)
class _Snapshot:
    start: Start
    steps: tuple[Step, ...]
    image: Image.Image


class CanvasCache:
    """Bounded memory of canvases; returned images are copies, so painting on them changes nothing here."""

    def __init__(self, capacity: int = 96_000_000, remembered: int = 20_000) -> None:
        self._snapshots: LRUCache[int, _Snapshot] = LRUCache(
            capacity, lambda snapshot: snapshot.image.width * snapshot.image.height * 4
        )
        self._seen: LRUCache[int, bool] = LRUCache(remembered)

    @staticmethod
    def chain(start: Start, steps: Sequence[Step]) -> list[int]:
        """Keys of the prefixes of 0, 1, … all steps."""
        key = hash(start)
        keys = [key]
        for step in steps:
            key = hash((key, step))
            keys.append(key)
        return keys

    def find(self, start: Start, steps: Sequence[Step], keys: Sequence[int]) -> tuple[int, Image.Image | None]:
        """Length of the longest kept prefix and a copy of its canvas; 0 and None if there is none."""
        for length in range(len(steps), 0, -1):
            snapshot = self._snapshots.get(keys[length])
            if snapshot is not None and snapshot.start == start and snapshot.steps == tuple(steps[:length]):
                return length, snapshot.image.copy()
        return 0, None

    def parting(self, keys: Sequence[int]) -> int:
        """Length of the longest prefix that an earlier list shared; also remembers this list."""
        shared = next((length for length in range(len(keys) - 1, 0, -1) if keys[length] in self._seen), 0)
        for key in keys:
            self._seen[key] = True
        return shared

    def keep(self, start: Start, steps: Sequence[Step], keys: Sequence[int], length: int, image: Image.Image) -> None:
        """Keep a copy of the canvas after `length` steps."""
        size = image.width * image.height * 4
        if size <= self._snapshots.maxsize // 2:
            self._snapshots[keys[length]] = _Snapshot(start, tuple(steps[:length]), image.copy())

    def clear(self) -> None:
        """Forget everything."""
        self._snapshots.clear()
        self._seen.clear()
