"""What is taken of answers, whatever they are, how long it is fresh, and how it is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from renderer.template.model import Binding
from server.bindings.errors import NothingThere
from server.bindings.snapshots import Snapshot
from server.outgoing.client import Fetched
from server.outgoing.errors import OutgoingError, WrongContent
from server.store.entries import Json
from tests.server.bindings.manifests import binding

NOW = 1_790_000_000.0
KINDS = {
    kind: binding(f'select = "n"\ntype = "{kind}"\n')
    for kind in ("text", "number", "integer", "boolean", "color", "url", "date", "datetime", "image")
} | {
    "anything": binding(""),
    "list": binding('select = "n"\ntype = "list"\nitems = { type = "number" }\n'),
    "object": binding('select = "n"\ntype = "object"\nfields = { a = { type = "text" } }\n'),
}

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["2026-02-30", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-12:00", "http://[::1", "#ffff"])
)
documents = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("n"), inner))
small = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
bodies = (
    documents.map(lambda document: json.dumps({"n": document}).encode())
    | documents.map(lambda document: json.dumps({"n": document}, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    | st.binary(max_size=40)
    | st.text('{}[]"\\n:,0123456789.eE+-u \0').map(str.encode)
)


def answer(body: bytes, status: int = 200, /, **headers: str) -> Fetched:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fetched(status, httpx.Headers(named), body, "https://api.example.com/")


@given(bodies, st.sampled_from(sorted(KINDS)))
@example(b'{"n": "\\ud800"}', "text")
@example(b'{"\\ud800": 1, "n": 1}', "anything")
@example(b'{"n": 1e999999}', "number")
@example(b'{"n": -1e-999999}', "integer")
@example(b'{"n": ' + b"9" * 5000 + b"}", "integer")
@example(b'{"n": ' + b"[" * 500 + b"]" * 500 + b"}", "list")
def test_any_answer_is_taken_or_refused(body: bytes, kind: str) -> None:
    """And what is taken is found again as it was, wherever it is kept."""
    try:
        snapshot = Snapshot.of(answer(body), KINDS[kind], "UTC", NOW)
    except (WrongContent, NothingThere):
        return
    assert Snapshot.read(snapshot.stored(), KINDS[kind], "UTC") == snapshot


@given(small)
def test_equal_data_has_equal_digests_however_it_is_written(document: object) -> None:
    kind = KINDS["anything"]
    try:
        one = Snapshot.of(answer(json.dumps(document).encode()), kind, "UTC", NOW)
    except OutgoingError:
        return
    other = Snapshot.of(answer(json.dumps(document, indent=3).encode("utf-16")), kind, "UTC", NOW)
    assert (one.value, one.digest) == (other.value, other.digest)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", '"1"'),
        ("0", "false"),
        ("[]", "{}"),
        ("[1]", "1"),
        ('""', "[]"),
        ('{"a": null}', "{}"),
        ("1", "1.5"),
        ('{"a": 1}', '[["a", 1]]'),
        ('{"": [["a", 1]]}', '{"a": 1}'),
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}'),
    ],
)
def test_different_data_has_different_digests(one: str, other: str) -> None:
    digests = {Snapshot.of(answer(text.encode()), KINDS["anything"], "UTC", NOW).digest for text in (one, other)}
    assert len(digests) == 2


def test_the_order_of_declared_fields_does_not_matter() -> None:
    typed = binding('type = "object"\nfields = { a = { type = "number" }, b = { type = "number" } }\n')
    texts = ('{"a": 1, "b": 2}', '{"b": 2, "more": 3, "a": "1"}')
    one, other = (Snapshot.of(answer(text.encode()), typed, "UTC", NOW) for text in texts)
    assert one.digest == other.digest
    assert str(one.value) == str(other.value)


@given(
    st.integers(0, 100_000),
    st.integers(0, 100_000),
    st.sampled_from(["", "no-store", "max-age=", "s-maxage=", "max-age=9 9", "public, max-age=30", "MAX-AGE=40"]),
    st.integers(0, 200_000),
)
def test_a_lifetime_is_within_what_the_manifest_says(least: int, ttl: int, said: str, seconds: int) -> None:
    least = min(least, ttl)
    bounded = binding(f'ttl = "{ttl}s"\nmin_ttl = "{least}s"\n')
    control = said + (str(seconds) if said.endswith("=") else "")
    fresh = (
        Snapshot.of(answer(b"1", Cache_Control=control) if said else answer(b"1"), bounded, "UTC", NOW).fresh_until
        - NOW
    )
    assert least <= fresh <= ttl
    if not said:
        assert fresh == ttl
    if said.endswith("="):
        assert fresh == max(least, min(ttl, seconds))


def test_a_confirmation_renews_lifetime_and_validators() -> None:
    kind: Binding = binding('ttl = "1m"\n')
    old = Snapshot.of(answer(b"1.50", ETag='"1"', Last_Modified="Thu, 01 Jan 2026 00:00:00 GMT"), kind, "UTC", NOW)
    new = old.confirmed(answer(b"", 304, ETag='"2"', Cache_Control="max-age=20"), kind, NOW + 100)
    assert (new.value, new.digest, new.body) == (Decimal("1.5"), old.digest, b"1.50")
    assert (new.confirmed_at, new.fresh_until) == (NOW + 100, NOW + 120)
    assert new.conditions() == {"If-None-Match": '"2"', "If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"}
    assert Snapshot.read(new.stored(), kind, "UTC") == new


@pytest.mark.parametrize("meta", [{}, {"confirmed_at": "1", "fresh_until": 2.0}, {"confirmed_at": 1.0}])
def test_what_another_version_of_the_program_kept_counts_as_nothing(meta: dict[str, Json]) -> None:
    stored = Snapshot.of(answer(b"1"), KINDS["anything"], "UTC", NOW).stored()
    assert Snapshot.read(replace(stored, meta=meta), KINDS["anything"], "UTC") is None
