"""Pushed data in both databases: versions, conditions, merges at the same time, and a kill right after the answer."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.expressions import Value
from server.database import open_database
from server.edge import free_loopback_address
from server.errors import BodyTooLarge
from server.pushed import Condition, Place, PushConflict, PushedData
from server.pushed.merging import merged
from tests.server.database.conftest import anyio_backend, database_url
from tests.server.live_server import write_template

__all__ = ["anyio_backend", "database_url"]  # fixtures

PLACE = Place("stock", "level", "berlin")


class RefusalError(Exception):
    """Something that only this test raises."""


def accept(value: Value) -> None:
    """Any data will do."""


@pytest.fixture
async def data(database_url: str, tmp_path: Path) -> AsyncIterator[PushedData]:
    async with open_database(database_url, tmp_path) as database:
        yield PushedData(database, lambda: 1_700_000_000.0, max_bytes=1000)


@pytest.mark.anyio
async def test_versions_count_changes(data: PushedData) -> None:
    assert await data.read("stock", "level", "berlin") is None
    first = await data.replace(PLACE, {"left": 3, "price": Decimal("0.10")})
    same = await data.replace(PLACE, {"price": Decimal("0.1"), "left": Decimal("3.0")})
    other = await data.replace(PLACE, {"left": 4})
    assert [(one.record.version, one.changed, one.created) for one in (first, same, other)] == [
        (1, True, True),
        (1, False, False),
        (2, True, False),
    ]
    found = await data.read("stock", "level", "berlin")
    assert found is not None
    assert (found.value, found.version, found.digest) == ({"left": 4}, 2, other.record.digest)


@pytest.mark.anyio
async def test_places_are_apart(data: PushedData) -> None:
    await data.replace(PLACE, 1)
    for place in (Place("stock", "level", "Berlin"), Place("stock", "level", ""), Place("stock", "levels", "berlin")):
        assert await data.read(place.template, place.binding, place.key) is None


@pytest.mark.anyio
async def test_conditions(data: PushedData) -> None:
    with pytest.raises(PushConflict):
        await data.replace(PLACE, 1, Condition(match=("*",)))
    tag = (await data.replace(PLACE, 1, Condition(absent=True))).record.tag
    with pytest.raises(PushConflict):
        await data.replace(PLACE, 2, Condition(absent=True))
    await data.replace(PLACE, 2, Condition(match=("other", tag)))
    with pytest.raises(PushConflict):
        await data.merge(PLACE, 3, accept, Condition(match=(tag,)))
    with pytest.raises(PushConflict):
        await data.delete(PLACE, Condition(match=(tag,)))
    assert await data.delete(PLACE)
    assert not await data.delete(PLACE)


@pytest.mark.anyio
@pytest.mark.parametrize("attempt", range(3))  # the race for the first record is over soon
async def test_merges_at_the_same_time_lose_nothing(data: PushedData, attempt: int) -> None:
    await asyncio.gather(*(data.merge(PLACE, {f"k{n}": n}, accept) for n in range(30)))
    found = await data.read("stock", "level", "berlin")
    assert found is not None
    assert found.value == {f"k{n}": n for n in range(30)}
    assert found.version == 30


@pytest.mark.anyio
async def test_nor_do_those_of_several_processes(data: PushedData, database_url: str, tmp_path: Path) -> None:
    async with open_database(database_url, tmp_path) as database:
        others = PushedData(database, lambda: 1_700_000_000.0, max_bytes=1000)
        both = [data, others] * 15
        await asyncio.gather(*(one.merge(PLACE, {f"k{n}": n}, accept) for n, one in enumerate(both)))
    found = await data.read("stock", "level", "berlin")
    assert found is not None
    assert (len(found.text.split(",")), found.version) == (30, 30)


@pytest.mark.anyio
async def test_a_message_that_comes_twice_at_once_is_applied_once(data: PushedData) -> None:
    await data.replace(PLACE, 0)
    changes = await asyncio.gather(*(data.replace(PLACE, n, message="m1") for n in range(1, 9)))
    assert [change.changed for change in changes].count(True) == 1


@pytest.mark.anyio
async def test_what_can_be_no_key_has_no_data(data: PushedData) -> None:
    for key in ("a\0b", "x" * 201):
        assert await data.read("stock", "level", key) is None


@pytest.mark.anyio
async def test_too_much_is_refused(data: PushedData) -> None:
    await data.replace(PLACE, "x" * 998)
    with pytest.raises(BodyTooLarge, match="1,001 bytes; at most 1,000"):
        await data.replace(PLACE, "x" * 999)
    with pytest.raises(BodyTooLarge):
        await data.merge(PLACE, {"a": "é" * 500}, accept)


@pytest.mark.anyio
async def test_a_refused_merge_changes_nothing(data: PushedData) -> None:
    await data.replace(PLACE, {"a": 1})

    def refuse(value: Value) -> None:
        raise RefusalError

    with pytest.raises(RefusalError):
        await data.merge(PLACE, {"a": 2}, refuse)
    found = await data.read("stock", "level", "berlin")
    assert found is not None
    assert found.value == {"a": 1}


@pytest.mark.anyio
async def test_messages_are_applied_once_each(data: PushedData) -> None:
    await data.replace(PLACE, 1, message="m1")
    await data.replace(PLACE, 2, message="m2")
    late = await data.replace(PLACE, 1, message="m1")
    assert (late.changed, late.record.value) == (False, 2)
    assert (await data.replace(Place("stock", "level", "paris"), 1, message="m1")).changed


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        # RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_the_examples_of_the_rfc(target: Value, patch: Value, result: Value) -> None:
    assert merged(target, patch) == result


@given(JSON, JSON)
def test_merging_twice_is_merging_once(target: Value, patch: Value) -> None:
    once = merged(target, patch)
    assert merged(once, patch) == once


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    templates, address = tmp_path / "templates", free_loopback_address()
    write_template(templates / "stock", "<body>{{ level.left }}</body>", "[bindings.level]\npush = true\n")
    environment = os.environ | {
        "SIGNET_DATA_DIR": str(tmp_path / "var"),
        "SIGNET_TEMPLATES_DIR": str(templates),
        "SIGNET_API_KEYS": "a-key-for-this-test-only",
        "SIGNET_PORT": address.partition(":")[2],
        "SIGNET_RENDERERS": "1",
    }
    headers = {"Authorization": "Bearer a-key-for-this-test-only"}
    url = f"http://{address}/v1/bindings/stock/level"
    for left in (1, 2, 3):
        process = subprocess.Popen(
            [sys.executable, "-m", "server", "serve"],
            env=environment,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            _until_it_answers(f"http://{address}/livez", process)
            if left > 1:
                assert httpx.get(url, headers=headers, trust_env=False).json()["data"] == {"left": left - 1}
            answer = httpx.put(url, json={"left": left}, headers=headers, trust_env=False)
            assert answer.status_code in (200, 201)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


def _until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        assert process.poll() is None
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return
