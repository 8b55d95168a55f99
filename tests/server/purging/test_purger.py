"""The order of the tiers, what is done together, and what a failing tier leaves of the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.errors import SignetError, UnknownTemplate
from server.purging import EdgeCache, Purged, Purger, Wanted, read_wanted
from server.purging.cdn.sending import CdnPurge
from server.purging.errors import CdnError
from server.signing import UrlSigner
from server.store import MemoryStore, StoredRender
from server.urls import ImageRequest

pytestmark = pytest.mark.anyio

SIGNER = UrlSigner(["the signing key of the tests"])
CARD = "/i/card.png?a=1"
SITE = "https://img.example.com"


def key_of(request: ImageRequest) -> str:
    return f"{hash(request.canonical()) & (2**64 - 1):064x}"


class Cdn:
    """A CDN in this process: notes what it was told, and what the other tiers still had."""

    def __init__(self, name: str, tiers: Tiers) -> None:
        self.name = name
        self.told: list[CdnPurge] = []
        self.left: list[int] = []
        self.heard = asyncio.Event()
        self.fails = ""
        self.gate: asyncio.Event | None = None
        self._tiers = tiers

    async def purge(self, wanted: CdnPurge) -> None:
        self.told.append(wanted)
        self.left.append(self._tiers.store.stats()[0].entries + self._tiers.edge_file.exists())
        self.heard.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.fails:
            raise CdnError(self.fails)


class Tiers:
    """A store with one picture, an nginx cache with its file, and two CDNs."""

    def __init__(self, folder: Path) -> None:
        self.store = MemoryStore(1_000_000)
        self.edge_file = folder / "cache" / ("0" * 32)
        self.edge_file.parent.mkdir()
        self.cdns = [Cdn("one", self), Cdn("two", self)]
        self.asked: list[str] = []
        self.purger = Purger(
            self.store, self.key, SIGNER, edge=EdgeCache(folder / "cache"), cdns=self.cdns, public_url=SITE
        )

    async def fill(self) -> None:
        request = ImageRequest("card", "png", {"a": "1"})
        await self.store.put(key_of(request), StoredRender(b"", "image/png", tags=("template:card",)))
        self.edge_file.write_bytes(f"\nKEY: {CARD}\nHTTP/1.1 200 OK\r\nCache-Tag: template:card\r\n\r\n".encode())

    async def key(self, request: ImageRequest) -> str:
        self.asked.append(request.template)
        if request.template != "card":
            raise UnknownTemplate(f"There is no template {request.template}.")
        return key_of(request)


@pytest.fixture
async def tiers(tmp_path: Path) -> AsyncIterator[Tiers]:
    made = Tiers(tmp_path)
    await made.fill()
    yield made
    await made.purger.close()


@pytest.mark.parametrize("asked", [{"urls": [CARD]}, {"templates": ["card"]}, {"everything": True}])
async def test_every_tier_forgets_the_cdns_last(tiers: Tiers, asked: dict[str, object]) -> None:
    purged = await tiers.purger.purge(read_wanted(**asked))  # type: ignore[arg-type]
    assert purged == Purged(1, 1, {"one": "ok", "two": "ok"}, [])
    for cdn in tiers.cdns:
        (told,) = cdn.told
        assert cdn.left == [0]
        assert (told.site, told.everything) == (SITE, "everything" in asked)
        assert list(told.tags) == (["template:card"] if "templates" in asked else [])
        assert bool(told.urls) == ("urls" in asked)
        assert all(url.startswith(f"{SITE}/") for url in told.urls)


async def test_one_that_fails_hides_nothing(tiers: Tiers, caplog: pytest.LogCaptureFixture) -> None:
    tiers.cdns[0].fails = "it answered 403: no"
    purged = await tiers.purger.purge_tags(["template:card"])
    assert purged.cdn == {"one": "it answered 403: no", "two": "ok"}
    assert (purged.origin, purged.edge) == (1, 1)
    assert "one did not purge: it answered 403: no" in caplog.text


async def test_a_picture_that_is_none_any_more_is_forgotten_elsewhere(tiers: Tiers) -> None:
    tiers.edge_file.write_bytes(b"\nKEY: /i/gone.png?x=1\nHTTP/1.1 200 OK\r\n\r\n")
    purged = await tiers.purger.purge(read_wanted(urls=[CARD, "/i/gone.png?x=1"]))
    assert (purged.origin, purged.edge) == (1, 1)
    assert purged.warnings == ["What is stored for /i/gone.png?x=1 could not be told: There is no template gone."]


async def test_without_nginx_here_nothing_is_said_of_it(tiers: Tiers) -> None:
    tiers.edge_file.unlink()
    tiers.edge_file.parent.rmdir()
    assert (await tiers.purger.purge_tags(["template:card"])).edge is None


async def test_a_cache_that_cannot_be_purged_is_a_warning(
    tiers: Tiers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(self: EdgeCache, wanted: Wanted) -> int:
        tiers.edge_file.unlink()
        raise PermissionError(13, "Permission denied", str(self.folder))

    monkeypatch.setattr(EdgeCache, "remove", refuse)
    purged = await tiers.purger.purge_tags(["template:card"])
    assert (purged.origin, purged.edge, purged.cdn) == (1, None, {"one": "ok", "two": "ok"})
    assert "could not be purged: Permission denied. Run `signet purge --edge-cache`" in purged.warnings[0]
    assert "nginx's cache cannot be purged" in caplog.text


async def test_those_who_ask_meanwhile_share_one_round(tiers: Tiers) -> None:
    cdn, other = tiers.cdns
    cdn.gate = asyncio.Event()
    first = asyncio.create_task(tiers.purger.purge_tags(["template:first"]))
    await cdn.heard.wait()
    rest = [asyncio.create_task(tiers.purger.purge_tags([f"template:t{number}"])) for number in range(50)]
    await asyncio.sleep(0.05)
    assert not any(task.done() for task in rest)
    cdn.gate.set()
    await asyncio.gather(first, *rest)
    everything = {"template:first", *(f"template:t{number}" for number in range(50))}
    assert {tag for told in cdn.told for tag in told.tags} == everything
    assert {tag for told in other.told for tag in told.tags} == everything
    assert len(cdn.told) == 2


async def test_who_gives_up_stops_nothing(tiers: Tiers) -> None:
    cdn = tiers.cdns[0]
    cdn.gate = asyncio.Event()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await tiers.purger.purge_tags(["template:card"])
    cdn.gate.set()
    assert (await tiers.purger.purge_tags(["template:card"])).cdn["one"] == "ok"
    assert len(cdn.told) == 2


async def test_one_need_not_wait_for_cdns(tiers: Tiers) -> None:
    cdn = tiers.cdns[0]
    cdn.gate = asyncio.Event()
    purged = await tiers.purger.purge_tags(["template:card"], await_cdns=False)
    assert purged == Purged(1, 1, {"one": "under way", "two": "under way"}, [])
    cdn.gate.set()
    await tiers.purger.close()
    assert [len(each.told) for each in tiers.cdns] == [1, 1]


async def test_live_data_is_asked_for_anew_before_its_pictures_go(tiers: Tiers) -> None:
    left: list[int] = []
    tiers.purger = Purger(
        tiers.store,
        tiers.key,
        SIGNER,
        edge=EdgeCache(tiers.edge_file.parent),
        expire=lambda tags: left.extend(tiers.store.stats()[0].entries for _ in tags),
    )
    await tiers.purger.purge_tags(["template:card"])
    assert left == [1]
    assert tiers.store.stats()[0].entries == 0


async def test_what_breaks_is_raised_and_not_for_ever(tiers: Tiers, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(wanted: Wanted) -> int:
        raise SignetError("broken")

    with monkeypatch.context() as patch:
        patch.setattr(tiers.store, "delete_tagged", broken)
        with pytest.raises(SignetError, match="broken"):
            await tiers.purger.purge_tags(["template:card"])
    assert (await tiers.purger.purge_tags(["template:card"])).origin == 1
