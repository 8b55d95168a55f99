"""What the disk tier believes to be on its disk: sizes and order of use. A hint for eviction, never asked by reads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from server.store.files import FoundEntry


@dataclass(slots=True)
class _Known:
    bytes: int
    used_at: float
    touched_at: float  # the time of use that the disk knows


class DiskIndex:
    """Entries from least to most recently used, with the bytes they occupy. Safe to use from several threads."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._known)

    def record(self, key: str, size: int, now: float) -> None:
        """An entry was written just now."""
        with self._lock:
            self._forget(key)
            self._known[key] = _Known(size, now, now)
            self.bytes += size

    def use(self, key: str, size: int, now: float, touch_interval: float) -> bool:
        """An entry was read just now; whether that is worth a note on the disk (once per interval)."""
        with self._lock:
            known = self._known.get(key)
            if known is None:  # written by another process, or not scanned yet
                known = self._known[key] = _Known(size, now, 0.0)
                self.bytes += size
            self._known.move_to_end(key)
            known.used_at = now
            if now - known.touched_at < touch_interval:
                return False
            known.touched_at = now
            return True

    def forget(self, key: str) -> None:
        """An entry was removed."""
        with self._lock:
            self._forget(key)

    def oldest(self) -> tuple[str, float] | None:
        """The least recently used entry and its time of use."""
        with self._lock:
            for key, known in self._known.items():
                return key, known.used_at
            return None

    def postpone(self, key: str, used_at: float) -> None:
        """Another process used the entry later than was known here."""
        with self._lock:
            if key in self._known:
                self._known[key].used_at = self._known[key].touched_at = used_at
                self._known.move_to_end(key)

    def rebuild(self, found: Iterable[FoundEntry], started_at: float) -> None:
        """Bring what is known to what a scan, begun at `started_at`, sees; later news are kept.

        In place: what is known of hundreds of thousands of entries is not held twice.
        """
        with self._lock:
            unseen = set(self._known)
        for entry in found:
            unseen.discard(entry.key)
            with self._lock:
                self._see(entry)
        with self._lock:
            for key in unseen:
                known = self._known.get(key)
                if known is not None and known.used_at < started_at:
                    self._forget(key)
            for key in sorted(self._known, key=lambda key: self._known[key].used_at):
                self._known.move_to_end(key)

    def _see(self, entry: FoundEntry) -> None:
        known = self._known.get(entry.key)
        if known is None:
            self._known[entry.key] = _Known(entry.bytes, entry.used_at, entry.used_at)
            self.bytes += entry.bytes
            return
        self.bytes += entry.bytes - known.bytes
        known.bytes, known.touched_at = entry.bytes, entry.used_at
        known.used_at = max(known.used_at, entry.used_at)

    def _forget(self, key: str) -> None:
        known = self._known.pop(key, None)
        if known is not None:
            self.bytes -= known.bytes
