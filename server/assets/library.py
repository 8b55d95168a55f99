"""The uploaded images: put, replaced, taken away, and read by whoever renders."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from cachetools import LRUCache

from renderer import ImageFacts
from server.assets.errors import AssetStorageFull, InvalidAsset, UnknownAsset
from server.assets.files import AssetFiles, Records
from server.assets.names import is_asset_name
from server.assets.records import AssetRecord
from server.clock import Clock

_MEMORY_BYTES: Final = 32_000_000
_MOST: Final = 10_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """What an upload came to. `changed`: the name had other bytes before, or none."""

    record: AssetRecord
    created: bool
    changed: bool


class AssetLibrary:
    """The assets of one data folder. One per server; servers that share the folder share the assets."""

    def __init__(self, folder: Path, *, max_bytes: int, clock: Clock) -> None:
        """`max_bytes` bound all assets together, each counted with its own bytes."""
        self._files = AssetFiles(folder)
        self._max_bytes = max_bytes
        self._clock = clock
        self._contents: LRUCache[str, bytes] = LRUCache(_MEMORY_BYTES, getsizeof=len)

    def find(self, name: str) -> AssetRecord | None:
        """The asset of that name. Costs a look at a file's date."""
        return self._records().get(name)

    def get(self, name: str) -> AssetRecord:
        """The asset of that name. Raises UnknownAsset."""
        record = self.find(name)
        if record is None:
            raise UnknownAsset(f"There is no asset {name[:64]!r}.")
        return record

    def all(self) -> tuple[AssetRecord, ...]:
        """All assets by name."""
        records = self._records()
        return tuple(records[name] for name in sorted(records))

    async def content(self, record: AssetRecord) -> bytes | None:
        """The bytes of an asset; None if they were taken away meanwhile, or are damaged."""
        known = self._contents.get(record.digest)
        if known is None:
            known = await asyncio.to_thread(self._read, record.digest)
            if known is not None and len(known) <= _MEMORY_BYTES:
                self._contents[record.digest] = known
        return known

    async def put(self, name: str, data: bytes, digest: str, facts: ImageFacts) -> Stored:
        """Keep an image that was checked. The same bytes again change nothing, not even the date.

        Raises:
            InvalidAsset: no asset may have this name.
            AssetStorageFull: there is no room for it.
        """
        if not is_asset_name(name):
            raise InvalidAsset(
                f"{name[:80]!r} is no name of an asset: use 1 to 64 lower-case letters, digits, dots, hyphens and "
                "underscores, and begin with a letter or digit."
            )
        return await asyncio.to_thread(self._put, name, data, digest, facts)

    async def delete(self, name: str) -> AssetRecord:
        """Take an asset away; what it was. Raises UnknownAsset."""
        record = self.get(name)

        def edit(records: Records) -> None:
            records.pop(name, None)

        await asyncio.to_thread(self._change, edit)
        return record

    def _records(self) -> Mapping[str, AssetRecord]:
        try:
            return self._files.records()
        except (OSError, ValueError):
            logger.exception("the index of assets cannot be read")
            return {}

    def _read(self, digest: str) -> bytes | None:
        try:
            data = self._files.content(digest)
        except OSError:
            logger.exception("the content of an asset cannot be read")
            return None
        if data is not None and hashlib.sha256(data).hexdigest() != digest:
            logger.error("the content %s of an asset is damaged; upload it again", digest)
            return None
        return data

    def _put(self, name: str, data: bytes, digest: str, facts: ImageFacts) -> Stored:
        now = self._clock()
        before: AssetRecord | None = None
        record = AssetRecord(name, digest, facts.media_type, len(data), facts.width, facts.height, now, now)

        def edit(records: Records) -> None:
            nonlocal before, record
            before = records.get(name)
            if before is not None:
                record = before if before.digest == digest else replace(record, created_at=before.created_at)
            records[name] = record
            if len(records) > _MOST or sum(one.bytes for one in records.values()) > self._max_bytes:
                raise AssetStorageFull(
                    f"All assets together may be {_MOST:,} and have {self._max_bytes:,} bytes; delete some first."
                )

        self._change(edit, (digest, data))
        return Stored(record, created=before is None, changed=before is None or before.digest != digest)

    def _change(self, edit: Callable[[Records], None], content: tuple[str, bytes] | None = None) -> None:
        try:
            self._files.change(edit, content)
        except (OSError, ValueError) as error:
            raise AssetStorageFull("The asset could not be kept.", log_message=f"assets: {error}") from error
