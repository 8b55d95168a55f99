"""What caches say of themselves, and an edge that is left alone when it fails."""

from __future__ import annotations

import asyncio

import pytest

from server.batch.warming import EdgeWarmer, said
from tests.edge.servers import Answer, ScriptedOrigin
from tests.server.batch.results.samples import row
from tests.server.live_server import wait_until


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "unknown"),
        ({"cache-status": "Signet; hit"}, "unknown"),  # our own store is no cache before us
        ({"cache-status": "Signet; hit, edge; fwd=uri-miss; stored"}, "miss"),
        ({"cache-status": "edge; hit"}, "hit"),
        ({"cache-status": "Signet; fwd=miss, shield; fwd=miss, edge; hit; ttl=30"}, "hit"),
        ({"cache-status": 'edge; fwd=stale; detail="hit"'}, "miss"),
        ({"cf-cache-status": "HIT"}, "hit"),
        ({"cf-cache-status": "DYNAMIC"}, "miss"),
        ({"x-cache": "Hit from cloudfront"}, "hit"),
        ({"x-cache": "MISS, HIT"}, "hit"),
        ({"cdn-cache": "MISS"}, "miss"),
    ],
)
def test_what_caches_say(headers: dict[str, str], expected: str) -> None:
    assert said(headers) == expected


def test_an_edge_that_fails_is_asked_a_few_times_and_then_left_alone() -> None:
    edge = ScriptedOrigin()
    edge.default = Answer(b"no", 503)

    async def warm() -> set[str | None]:
        warmer = EdgeWarmer("https://img.test", f"http://{edge.address}")
        try:
            rows = [row(number) for number in range(300)]
            warmed = [await warmer.warm(rows, asyncio.Event()) for _ in range(2)]
        finally:
            await warmer.close()
        return {output.edge for made in warmed for outputs in made.values() for output in outputs}

    try:
        assert asyncio.run(warm()) == {"status 503"}
        assert 3 <= len(edge.seen) <= 40
    finally:
        edge.stop()


def test_an_edge_that_fails_for_a_moment_is_asked_again() -> None:
    edge = ScriptedOrigin()
    pictures = [row(number) for number in range(4)]
    path = pictures[2].outputs[0].url.removeprefix("https://img.test").replace(" ", "%20")
    edge.default = Answer(b"picture", headers={"Cache-Status": "edge; hit"})
    edge.answers[path] = Answer(b"no", 502)

    async def warm() -> dict[int, str | None]:
        warmer = EdgeWarmer("https://img.test", f"http://{edge.address}")
        try:
            warming = asyncio.create_task(warmer.warm(pictures, asyncio.Event()))
            await asyncio.to_thread(wait_until, lambda: edge.asked(path))
            edge.answers[path] = edge.default
            warmed = await warming
        finally:
            await warmer.close()
        return {number: outputs[0].edge for number, outputs in warmed.items()}

    try:
        assert asyncio.run(warm()) == dict.fromkeys(range(4), "hit")
    finally:
        edge.stop()
