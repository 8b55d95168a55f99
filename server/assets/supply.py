"""All images of a picture that are no files of its template: uploaded ones, and those of other servers."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Final

from renderer import Asset
from server.assets.library import AssetLibrary
from server.assets.names import asset_tag, is_asset_name, is_asset_url, name_in
from server.outgoing.images import BRIEF_SECONDS, ImageSource, State, Supply

_YEAR: Final = 31_536_000  # seconds: an asset is right until somebody changes it, and then its tag is purged


class ImageSupply:
    """Finds images by URL, `asset:NAME` in the library and all others at their servers. One per server."""

    def __init__(self, remote: ImageSource, library: AssetLibrary, *, max_bytes: int) -> None:
        """`max_bytes` bound the uploaded images of one picture together."""
        self._remote = remote
        self._library = library
        self._max_bytes = max_bytes

    async def supply(self, urls: Sequence[str]) -> Supply:
        """All images at once. Never raises for an image that can't be had."""
        ours = [url for url in urls if is_asset_url(url)]
        if not ours:
            return await self._remote.supply(urls)
        uploaded = await self._uploaded(ours)
        theirs = [url for url in urls if not is_asset_url(url)]
        return _joined(urls, uploaded, await self._remote.supply(theirs)) if theirs else uploaded

    async def _uploaded(self, urls: Sequence[str]) -> Supply:
        assets: dict[str, Asset] = {}
        tags: list[str] = []
        left = self._max_bytes
        for url in urls:
            name = name_in(url)
            if is_asset_name(name):
                tags.append(asset_tag(name))
            asset = await self._asset(name)
            if len(asset.data) > left:
                asset = Asset(b"", "", "the picture's assets together have too many bytes")
            left -= len(asset.data)
            assets[url] = asset
        whole = all(not asset.problem for asset in assets.values())
        return Supply(assets, "fresh" if whole else "fallback", _YEAR if whole else BRIEF_SECONDS, tuple(tags))

    async def _asset(self, name: str) -> Asset:
        for _ in range(2):  # replaced contents are gone at once: a second look finds the new ones
            record = self._library.find(name)
            if record is None:
                return Asset(b"", "", f"there is no asset {name[:64]!r}{self._hint(name)}")
            data = await self._library.content(record)
            if data is not None:
                return Asset(data, record.digest)
        return Asset(b"", "", "the asset's content is lost; upload it again")

    def _hint(self, name: str) -> str:
        """Which name may have been meant. Findings are told to holders of API keys only."""
        close = difflib.get_close_matches(name[:64], [record.name for record in self._library.all()], n=1)
        return f" (did you mean {close[0]!r}?)" if close else ""


def _joined(urls: Sequence[str], first: Supply, second: Supply) -> Supply:
    found: Mapping[str, Asset] = {**first.assets, **second.assets}
    states: tuple[State, ...] = ("fallback", "stale", "fresh")
    state = next(one for one in states if one in (first.state, second.state))
    return Supply(
        {url: found[url] for url in urls},
        state,
        min(first.seconds, second.seconds),
        (*first.tags, *second.tags),
    )
