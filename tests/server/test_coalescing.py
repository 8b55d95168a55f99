"""One call for many callers, whoever of them gives up, and an orderly end."""

from __future__ import annotations

import asyncio

import pytest

from server.coalescing import Coalescer

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Call:
    """A call that ends when it is told to."""

    def __init__(self) -> None:
        self.begun = 0
        self.cancelled = 0
        self.end = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self) -> int:
        self.begun += 1
        number = self.begun
        try:
            await self.end.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error is not None:
            raise self.error
        return number


async def turns() -> None:
    """Let everything run that can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_callers_of_one_key_share_a_call_and_others_do_not() -> None:
    calls: Coalescer[int] = Coalescer()
    call = Call()
    waiting = [asyncio.create_task(calls.run(key, call)) for key in ("a", "a", "b", "a")]
    await turns()
    assert (call.begun, len(calls)) == (2, 2)
    call.end.set()
    assert await asyncio.gather(*waiting) == [1, 1, 2, 1]
    assert len(calls) == 0
    assert await calls.run("a", call) == 3


async def test_who_gives_up_stops_nobody_else_nor_the_call() -> None:
    calls: Coalescer[int] = Coalescer()
    call = Call()
    first, second = (asyncio.create_task(calls.run("a", call)) for _ in range(2))
    await turns()
    first.cancel()
    await turns()
    assert first.cancelled()
    second.cancel()
    await turns()
    third = asyncio.create_task(calls.run("a", call))
    await turns()
    call.end.set()
    assert await third == 1
    assert (call.begun, call.cancelled) == (1, 0)


async def test_all_callers_see_the_error_and_the_next_begins_anew() -> None:
    calls: Coalescer[int] = Coalescer()
    call = Call()
    call.error = ValueError("broken")
    call.end.set()
    outcomes = await asyncio.gather(*(calls.run("a", call) for _ in range(3)), return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["broken"] * 3
    assert call.begun == 1
    call.error = None
    assert await calls.run("a", call) == 2


async def test_closing_ends_calls_that_nobody_waits_for() -> None:
    calls: Coalescer[int] = Coalescer()
    call = Call()
    begun = calls.begin("a", call)
    assert calls.begin("a", call) is begun
    waiting = asyncio.create_task(calls.run("b", call))
    await turns()
    await calls.close()
    assert (call.begun, call.cancelled, len(calls)) == (2, 2, 0)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await calls.close()
