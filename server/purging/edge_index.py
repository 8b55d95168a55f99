"""Which tags the files of a cache folder have, remembered from one purge to the next.

Opening fifty thousand files takes more than half a second, and pushed data may purge every second. But nginx never
changes what a file is about: it renames a new file into a folder or removes one, and both change the folder's time. So
a folder that has its old time needs no second look, and what is left to do is one `stat` for each folder.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

# A folder may change twice within one tick of the clock that dates it; only older times tell the two apart.
_TICK_NS: Final = 2_000_000_000


@dataclass(slots=True)
class Listing:
    """What is in a folder: its folders, and its files by name."""

    folders: list[str] = field(default_factory=list)
    files: dict[str, frozenset[str]] = field(default_factory=dict)
    changed: int = -1  # the folder's time (ns) when it was listed; -1 if that proves nothing


class EdgeIndex:
    """Finds files by tag. Not for several threads at once.

    `list_folder` lists a folder and reads the tags of its files.
    """

    def __init__(self, list_folder: Callable[[str], Listing]) -> None:
        self._list = list_folder
        self._known: dict[str, Listing] = {}

    def tagged(self, folder: str, tags: frozenset[str]) -> Iterator[str]:
        """Paths of all files below the folder that have one of the tags. Raises OSError for what may not be read."""
        listing = self._listing(folder)
        for name, own in listing.files.items():
            if not tags.isdisjoint(own):
                yield f"{folder}/{name}"
        for name in listing.folders:
            yield from self.tagged(f"{folder}/{name}", tags)

    def _listing(self, folder: str) -> Listing:
        try:
            changed = os.stat(folder).st_mtime_ns  # noqa: PTH116 - thousands of folders, see Path.stat
        except FileNotFoundError:
            self._known.pop(folder, None)
            return Listing()
        known = self._known.get(folder)
        if known is None or known.changed != changed:
            known = self._known[folder] = self._list(folder)
            known.changed = changed if changed < time.time_ns() - _TICK_NS else -1
        return known
