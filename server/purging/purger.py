"""What has to be forgotten, everywhere at once."""

from __future__ import annotations

from collections.abc import Iterable

from server.store import RenderStore


class Purger:
    """Forgets pictures. One per server."""

    def __init__(self, store: RenderStore) -> None:
        self._store = store

    async def purge_tags(self, tags: Iterable[str]) -> int:
        """Forget every picture with one of the tags (`template:NAME`, `binding:TEMPLATE/NAME`); how many there were."""
        return await self._store.delete_tagged(tags)
