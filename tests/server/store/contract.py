"""What every render store must do; mixed into one test class per implementation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.store import RenderStore, StoredRender

KEY, OTHER = "a1" * 32, "a2" * 32
MEGABYTE = 1024 * 1024


def key_of(number: int) -> str:
    """A key for each number, spread over the folders."""
    return f"{number:08x}"[::-1] + "0" * 56


def render_of(size: int = 1000, tags: tuple[str, ...] = ()) -> StoredRender:
    return StoredRender(bytes(size), "image/png", {"width": 1200, "diagnostics": [{"code": "overflow"}]}, tags)


@pytest.mark.anyio
class RenderStoreContract:
    """Subclasses give `make_store` a fixture value; the cap is one megabyte in every tier."""

    @pytest.fixture
    async def store(self, new_store: RenderStore) -> AsyncIterator[RenderStore]:
        await new_store.start()
        yield new_store
        await new_store.close()

    async def test_an_unknown_key_is_nothing(self, store: RenderStore) -> None:
        assert await store.get(KEY) is None
        assert await store.delete([KEY]) == 0
        assert store.stats()[-1].misses == 1

    @pytest.mark.parametrize(
        "media_type", ["image/png", "image/jpeg", "image/webp", "image/avif", "image/gif", "application/pdf"]
    )
    async def test_what_was_put_comes_back(self, store: RenderStore, media_type: str) -> None:
        render = StoredRender(b"\x00\xffbody", media_type, {"width": 3, "note": "é", "none": None}, ("t:a", "t:b"))
        await store.put(KEY, render)
        assert await store.get(KEY) == render
        assert await store.get(OTHER) is None
        assert store.stats()[0].hits == 1

    async def test_it_says_what_is_missing(self, store: RenderStore) -> None:
        await store.put(KEY, render_of())
        assert await store.missing([KEY, OTHER]) == {OTHER}
        await store.delete([KEY])
        assert await store.missing([KEY]) == {KEY}
        with pytest.raises(ValueError, match="no render key"):
            await store.missing(["../x"])

    async def test_an_empty_body_and_no_meta(self, store: RenderStore) -> None:
        await store.put(KEY, StoredRender(b"", "image/gif"))
        assert await store.get(KEY) == StoredRender(b"", "image/gif")

    async def test_the_last_put_counts(self, store: RenderStore) -> None:
        await store.put(KEY, render_of(10))
        await store.put(KEY, render_of(20))
        assert await store.get(KEY) == render_of(20)
        assert store.stats()[-1].entries == 1

    async def test_deleted_keys_are_gone(self, store: RenderStore) -> None:
        await store.put(KEY, render_of())
        await store.put(OTHER, render_of())
        assert await store.delete([KEY, key_of(7)]) == 1
        assert await store.get(KEY) is None
        assert await store.get(OTHER) is not None

    async def test_entries_are_deleted_by_any_of_their_tags(self, store: RenderStore) -> None:
        for number, tags in enumerate([("article", "en"), ("article",), ("product", "en"), ()]):
            await store.put(key_of(number), render_of(tags=tags))
        assert await store.delete_tagged(["article", "nobody has this"]) == 2
        assert [await store.get(key_of(number)) is not None for number in range(4)] == [False, False, True, True]
        assert await store.delete_tagged([]) == 0

    async def test_everything_is_deleted_at_once(self, store: RenderStore) -> None:
        for number in range(5):
            await store.put(key_of(number), render_of(tags=("article",)))
        assert await store.delete_all() == 5
        assert [await store.get(key_of(number)) for number in range(5)] == [None] * 5
        assert await store.delete_all() == 0

    async def test_it_never_grows_above_its_cap_and_keeps_what_is_used(self, store: RenderStore) -> None:
        await store.put(KEY, render_of(40_000))
        for number in range(40):
            await store.put(key_of(number), render_of(40_000))
            assert await store.get(KEY) is not None
        for tier in store.stats():
            assert 0.5 * MEGABYTE < tier.bytes <= tier.max_bytes == MEGABYTE
            assert tier.evictions > 0
        assert await store.get(key_of(0)) is None
        assert await store.get(key_of(39)) is not None

    async def test_what_exceeds_the_cap_is_not_kept_and_pushes_nothing_out(self, store: RenderStore) -> None:
        await store.put(KEY, render_of())
        await store.put(OTHER, render_of(MEGABYTE + 1))
        assert await store.get(OTHER) is None
        assert await store.get(KEY) is not None

    async def test_puts_gets_and_deletes_at_the_same_time(self, store: RenderStore) -> None:
        async def use(number: int) -> None:
            key, render = key_of(number % 5), render_of(100 + number % 5)
            await store.put(key, render)
            assert await store.get(key) in (render, None)
            if number % 3 == 0:
                await store.delete([key])

        await asyncio.gather(*(use(number) for number in range(60)))
        assert store.stats()[-1].errors == store.stats()[-1].corrupt == 0

    @pytest.mark.parametrize("key", ["", "abc", "A1" * 32, "../" + "a" * 61, "a" * 63 + "\n", "a" * 65])
    async def test_other_keys_are_refused(self, store: RenderStore, key: str) -> None:
        for call in (store.get(key), store.put(key, render_of()), store.delete([key])):
            with pytest.raises(ValueError, match="64 lower-case hexadecimal"):
                await call
