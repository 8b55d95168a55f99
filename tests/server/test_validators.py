"""Headers that decide what caches keep."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.validators import (
    YEAR,
    binding_tag,
    cache_control,
    cache_status,
    cache_tags,
    etag,
    if_none_match,
    live_cdn_headers,
    server_timing,
    tag_headers,
)

TAG = '"abc123"'


@pytest.mark.parametrize(
    "header",
    [
        TAG,
        f"W/{TAG}",
        "*",
        " * ",
        f'"x", {TAG}',
        f'"x",W/"y",W/{TAG},"z"',
        f'"a,b" , {TAG}',
        f",,{TAG},",
        f'"unclosed, {TAG}',
        "abc123",
        '"abc123',
        f"w/x {TAG}",
    ],
)
def test_these_headers_match(header: str) -> None:
    assert if_none_match(header, TAG)


@pytest.mark.parametrize(
    "header", [None, "", '"abc"', '"ABC123"', '"abc1234"', 'W/"x"', '"*"', '"abc 123"', ",", '"', "W/"]
)
def test_these_headers_do_not(header: str | None) -> None:
    assert not if_none_match(header, TAG)


@given(st.text(max_size=40))
def test_no_header_raises(header: str) -> None:
    assert if_none_match(f"{header}, {TAG}", TAG) in (True, False)


def test_an_entity_tag_is_the_quoted_key() -> None:
    assert etag("abc123") == TAG
    assert if_none_match(etag("a/b+c="), etag("a/b+c="))


@pytest.mark.parametrize("key", ["", 'a"b', "a b", "é", "a\n"])
def test_keys_that_are_no_entity_tag(key: str) -> None:
    with pytest.raises(ValueError, match="can't be an entity tag"):
        etag(key)


def test_cache_control_by_kind_of_picture() -> None:
    assert cache_control(60) == "public, max-age=60"
    assert (
        cache_control(3600, stale_while_revalidate=600, stale_if_error=86_400)
        == "public, max-age=3600, stale-while-revalidate=600, stale-if-error=86400"
    )
    assert cache_control(60, stale_if_error=5, pinned_and_static=True) == f"public, max-age={YEAR}, immutable"
    assert cache_control(60, pinned_and_static=True, email_live=True) == "no-cache, max-age=0"
    assert cache_control(-5) == "public, max-age=0"


@given(st.integers(-9, 10**9), st.integers(-9, 10**9), st.integers(-9, 10**9), st.booleans(), st.booleans())
def test_directives_that_switch_stale_serving_off_are_never_sent(
    max_age: int, revalidate: int, error: int, pinned: bool, live: bool
) -> None:
    value = cache_control(
        max_age, stale_while_revalidate=revalidate, stale_if_error=error, pinned_and_static=pinned, email_live=live
    )
    assert "s-maxage" not in value
    assert "must-revalidate" not in value
    assert "=-" not in value


def test_tags_for_both_families_of_cdns() -> None:
    tags = cache_tags("article", ["stats", "price"], "hero")
    assert tags == ("template:article", "binding:article/price", "binding:article/stats", "experiment:hero")
    assert tag_headers(tags) == {"Cache-Tag": ",".join(tags), "Surrogate-Key": "signet " + " ".join(tags)}
    assert tag_headers(()) == {}
    assert cache_tags("a", experiment="x, y\r\nz") == ("template:a", "experiment:x__y__z")


def test_tags_of_bindings_and_their_keys() -> None:
    assert binding_tag("stock", "level") == "binding:stock/level"
    assert binding_tag("stock", "level", "Köln, Süd\r\n") == "binding:stock/level/K_ln__S_d__"
    assert binding_tag("stock", "level", "x" * 5000) == "binding:stock/level/" + "x" * 200


@pytest.mark.parametrize(("seconds", "lifetime"), [(1, 1), (59, 59), (60, 60), (86_400, 60)])
def test_live_pictures_may_stay_at_a_cdn_while_they_are_right(seconds: int, lifetime: int) -> None:
    shown = f"max-age={lifetime}"
    assert live_cdn_headers(seconds) == {"CDN-Cache-Control": shown, "Surrogate-Control": shown}


def test_what_is_right_no_more_stays_nowhere() -> None:
    assert live_cdn_headers(0) == {}


def test_cache_status() -> None:
    assert cache_status(ttl=30, detail="memory") == "Signet; hit; ttl=30; detail=memory"
    assert cache_status(forward="uri-miss", stored=True) == "Signet; fwd=uri-miss; stored"
    assert cache_status(forward="stale", collapsed=True, ttl=-5) == "Signet; fwd=stale; collapsed; ttl=-5"
    assert cache_status(stored=True, collapsed=True, detail="a b;c") == "Signet; hit; detail=a_b_c"


def test_server_timing() -> None:
    assert server_timing([("verify", 0.000031), ("render", 1.5), ("a b", 0)]) == (
        "verify;dur=0.03, render;dur=1500.00, a_b;dur=0.00"
    )
    assert server_timing([]) == ""
