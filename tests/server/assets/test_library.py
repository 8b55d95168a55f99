"""The library of assets: idempotent, shared by processes, bounded, and safe from damage."""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from renderer import ImageFacts
from server.assets import AssetLibrary, Stored
from server.assets.errors import AssetStorageFull, InvalidAsset, UnknownAsset

pytestmark = pytest.mark.anyio

FACTS = ImageFacts("image/png", 8.0, 8.0)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def library(folder: Path, now: float = 100.0, max_bytes: int = 1000) -> AssetLibrary:
    return AssetLibrary(folder, max_bytes=max_bytes, clock=lambda: now)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def put(assets: AssetLibrary, name: str, data: bytes) -> Stored:
    return await assets.put(name, data, hashlib.sha256(data).hexdigest(), FACTS)


async def test_an_asset_is_kept_and_found_again(tmp_path: Path) -> None:
    assets = library(tmp_path)
    stored = await put(assets, "logo.v2", b"one")
    assert (stored.created, stored.changed) == (True, True)
    for other in (assets, library(tmp_path)):
        record = other.get("logo.v2")
        assert record == stored.record
        assert await other.content(record) == b"one"
    assert (record.media_type, record.bytes, record.width, record.created_at) == ("image/png", 3, 8.0, 100.0)


async def test_the_same_bytes_again_change_nothing(tmp_path: Path) -> None:
    first = await put(library(tmp_path), "logo", b"one")
    index = (tmp_path / "index.json").read_bytes()
    again = await put(library(tmp_path, now=200.0), "logo", b"one")
    assert (again.created, again.changed, again.record) == (False, False, first.record)
    assert (tmp_path / "index.json").read_bytes() == index


async def test_other_bytes_replace_the_first_and_leave_nothing_behind(tmp_path: Path) -> None:
    one, other = library(tmp_path), library(tmp_path, now=200.0)
    await put(one, "logo", b"one")
    await put(one, "copy", b"one")
    replaced = await put(other, "logo", b"two!")
    assert (replaced.created, replaced.changed) == (False, True)
    assert (replaced.record.created_at, replaced.record.updated_at) == (100.0, 200.0)
    # Who shares the folder sees it at once; contents that another name has stay.
    assert await one.content(one.get("logo")) == b"two!"
    assert await other.content(other.get("copy")) == b"one"
    await put(one, "copy", b"two!")
    assert [path.read_bytes() for path in files(tmp_path / "contents")] == [b"two!"]


async def test_deleted_is_gone(tmp_path: Path) -> None:
    assets = library(tmp_path)
    record = (await put(assets, "logo", b"one")).record
    assert await assets.delete("logo") == record
    assert assets.find("logo") is None
    assert assets.all() == ()
    with pytest.raises(UnknownAsset):
        await assets.delete("logo")
    assert await library(tmp_path).content(record) is None


async def test_many_writers_lose_nothing(tmp_path: Path) -> None:
    def write(number: int) -> None:
        # An event loop and a library of its own, as another process has.
        asyncio.run(put(library(tmp_path, max_bytes=10_000), f"a{number}", b"%d" % (number % 3)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    records = library(tmp_path).all()
    assert sorted(record.name for record in records) == sorted(f"a{number}" for number in range(40))
    assert [path.name for path in files(tmp_path) if path.name.startswith(".")] == [".lock"]
    assert len(files(tmp_path / "contents")) == 3


@pytest.mark.parametrize("name", ["", "Logo", "-a", ".a", "a/b", "../a", "a" * 65, "ä", "a b", "a\n"])
async def test_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidAsset, match="lower-case"):
        await put(library(tmp_path), name, b"one")
    assert not files(tmp_path)


async def test_all_together_are_bounded(tmp_path: Path) -> None:
    assets = library(tmp_path, max_bytes=10)
    await put(assets, "a", b"x" * 6)
    with pytest.raises(AssetStorageFull, match="10 bytes"):
        await put(assets, "b", b"y" * 6)
    assert [record.name for record in assets.all()] == ["a"]
    await put(assets, "a", b"z" * 10)


async def test_damage_is_seen(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    record = (await put(library(tmp_path), "logo", b"one")).record
    (path,) = files(tmp_path / "contents")
    path.write_bytes(b"oops")
    assert await library(tmp_path).content(record) is None
    assert "is damaged" in caplog.text
    (tmp_path / "index.json").write_text('{"format": 1}')
    broken = library(tmp_path)
    assert broken.all() == ()
    with pytest.raises(AssetStorageFull):  # nobody's assets are overwritten by an empty list
        await put(broken, "other", b"two")
