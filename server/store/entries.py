"""What a render store keeps and what every store can do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

# The extension is part of a stored file's name, so that nginx can serve it with the right type by itself.
EXTENSIONS: Mapping[str, str] = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/gif": "gif",
    "application/pdf": "pdf",
    "image/svg+xml": "svg",  # never a render, but a source image that was fetched
    "application/json": "data",  # live data; entries have a .json of their own
}
_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class StoredRender:
    """A finished render. `meta` is small JSON about it (width, height, diagnostics), `tags` name what it came from.

    Raises ValueError for a media type that is not in `EXTENSIONS`.
    """

    body: bytes
    media_type: str
    meta: Mapping[str, Json] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.media_type not in EXTENSIONS:
            raise ValueError(f"{self.media_type!r} cannot be stored; known types are {', '.join(EXTENSIONS)}")


@dataclass(slots=True)
class StoreStats:
    """Gauges and counters of one tier. `errors` counts failed reads and writes, `corrupt` damaged entries found."""

    tier: str
    max_bytes: int
    entries: int = 0
    bytes: int = 0
    hits: int = 0
    misses: int = 0
    writes: int = 0
    evictions: int = 0
    errors: int = 0
    corrupt: int = 0


class RenderStore(Protocol):
    """A bounded cache of renders by render key (64 lower-case hex digits; other keys raise ValueError).

    Being a cache it may forget anything at any time, but what it gives back is exactly what was put in. It never
    raises because of its medium: a full or failing disk is logged, and read as a miss.
    """

    async def start(self) -> None:
        """Prepare for use; returns at once, slow preparation goes on in the background."""

    async def get(self, key: str) -> StoredRender | None:
        """The render stored under `key`, or None."""

    async def missing(self, keys: Iterable[str]) -> frozenset[str]:
        """Which of these keys nothing is stored under, where it stays longest; bodies are not read."""

    async def put(self, key: str, render: StoredRender, *, cold: bool = False) -> None:
        """Keep a render; on return it is stored or has been given up.

        A `cold` one is not going to be asked for soon: it pushes nothing out of the fast tiers.
        """

    async def delete(self, keys: Iterable[str]) -> int:
        """Forget these keys; the number of entries that were there."""

    async def delete_tagged(self, tags: Iterable[str]) -> int:
        """Forget every entry that has at least one of the tags; their number."""

    async def delete_all(self) -> int:
        """Forget everything; how many entries there were."""

    def stats(self) -> tuple[StoreStats, ...]:
        """A snapshot of each tier, fastest first."""

    async def close(self) -> None:
        """Finish background work."""


def check_key(key: str) -> str:
    """The key itself if it is one. Raises ValueError otherwise: keys become file names."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no render key; expected 64 lower-case hexadecimal digits")
    return key
