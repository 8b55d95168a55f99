from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from renderer.text.cache import GenerationCache


def test_recent_entries_survive_a_flood_and_old_ones_go() -> None:
    cache: GenerationCache[int, str] = GenerationCache(10)
    cache.put(-1, "used")
    for number in range(100):
        cache.put(number, str(number))
        assert cache.get(-1) == "used"
    assert cache.get(99) == "99"
    assert cache.get(0) is None


def test_what_weighs_more_than_half_the_capacity_is_not_kept() -> None:
    cache: GenerationCache[str, bytes] = GenerationCache(100, len)
    cache.put("large", bytes(51))
    cache.put("small", bytes(50))
    assert cache.get("large") is None
    assert cache.get("small") is not None


@given(st.lists(st.tuples(st.integers(0, 20), st.binary(max_size=40)), max_size=60))
def test_never_holds_more_than_its_capacity(entries: list[tuple[int, bytes]]) -> None:
    cache: GenerationCache[int, bytes] = GenerationCache(100, len)
    for key, value in entries:
        cache.put(key, value)
    held = [kept for key in range(21) if (kept := cache.get(key)) is not None]
    assert sum(map(len, held)) <= 100
