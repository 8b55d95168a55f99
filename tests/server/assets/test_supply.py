"""Assets and images of other servers in one picture."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from renderer import Asset, ImageFacts
from server.assets import AssetLibrary, ImageSupply
from server.outgoing.images import State, Supply

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Elsewhere:
    """Other servers, all of which answer alike."""

    def __init__(self, state: State = "fresh") -> None:
        self.state = state
        self.asked: list[Sequence[str]] = []

    async def supply(self, urls: Sequence[str]) -> Supply:
        self.asked.append(urls)
        return Supply({url: Asset(b"theirs", "t") for url in urls}, self.state, 600 if self.state == "fresh" else 60)


@pytest.fixture
async def library(tmp_path: Path) -> AssetLibrary:
    made = AssetLibrary(tmp_path, max_bytes=1000, clock=lambda: 0.0)
    for name in ("logo", "photo"):
        data = name.encode()
        await made.put(name, data, hashlib.sha256(data).hexdigest(), ImageFacts("image/png", 1.0, 1.0))
    return made


async def test_assets_are_right_until_they_are_changed(library: AssetLibrary) -> None:
    elsewhere = Elsewhere()
    supply = await ImageSupply(elsewhere, library, max_bytes=100).supply(["asset:photo", "asset:logo"])
    assert {url: asset.data for url, asset in supply.assets.items()} == {"asset:photo": b"photo", "asset:logo": b"logo"}
    assert (supply.state, supply.seconds, supply.tags) == ("fresh", 31_536_000, ("asset:photo", "asset:logo"))
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("asset", "state", "expected"),
    [
        ("asset:logo", "fresh", ("fresh", 600)),
        ("asset:logo", "stale", ("stale", 60)),
        ("asset:none", "fresh", ("fallback", 60)),
        ("asset:none", "stale", ("fallback", 60)),
    ],
)
async def test_both_kinds_together(library: AssetLibrary, asset: str, state: State, expected: tuple[str, int]) -> None:
    elsewhere = Elsewhere(state)
    urls = ["https://a.example/1", asset, "https://a.example/2"]
    supply = await ImageSupply(elsewhere, library, max_bytes=100).supply(urls)
    assert elsewhere.asked == [["https://a.example/1", "https://a.example/2"]]
    assert list(supply.assets) == urls
    assert (supply.state, supply.seconds) == expected
    assert supply.tags == (asset,)


async def test_unknown_names_say_what_may_have_been_meant(library: AssetLibrary) -> None:
    supply = await ImageSupply(Elsewhere(), library, max_bytes=100).supply(["asset:logoo", "asset:Not A Name"])
    assert supply.assets["asset:logoo"].problem == "there is no asset 'logoo' (did you mean 'logo'?)"
    assert supply.assets["asset:Not A Name"].problem == "there is no asset 'Not A Name'"
    assert supply.tags == ("asset:logoo",)


async def test_the_assets_of_a_picture_are_bounded(library: AssetLibrary) -> None:
    supply = await ImageSupply(Elsewhere(), library, max_bytes=7).supply(["asset:logo", "asset:photo"])
    assert [asset.data for asset in supply.assets.values()] == [b"logo", b""]
    assert "too many bytes" in supply.assets["asset:photo"].problem
