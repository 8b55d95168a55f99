"""A bounded cache whose hits cost one dictionary look-up."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class GenerationCache(Generic[K, V]):
    """Keeps at least the most recently used half of `capacity` units, in two generations.

    New and re-used entries go to the young generation; when it is half full it becomes the old one and the former
    old one is dropped. An exact LRU (cachetools) reorders on every hit, which costs more than looking up a glyph is
    worth; here only the first hit after a turn moves an entry.
    """

    __slots__ = ("_capacity", "_filled", "_old", "_weigh", "_young")

    def __init__(self, capacity: int, weigh: Callable[[V], int] | None = None) -> None:
        self._capacity = max(2, capacity)
        self._weigh = weigh
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}
        self._filled = 0

    def get(self, key: K) -> V | None:
        """The value kept for `key`, or None."""
        value = self._young.get(key)
        if value is None:
            value = self._old.get(key)
            if value is not None:
                self.put(key, value)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep a value; None cannot be kept. A value heavier than half the capacity is not kept."""
        weight = self._weigh(value) if self._weigh else 1
        half = self._capacity // 2
        if weight > half:
            return
        if self._filled + weight > half:
            self._old, self._young, self._filled = self._young, {}, 0
        self._young[key] = value
        self._filled += weight

    def clear(self) -> None:
        """Forget everything."""
        self._young, self._old, self._filled = {}, {}, 0
