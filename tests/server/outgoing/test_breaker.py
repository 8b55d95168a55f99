"""The circuit breaker by itself, with a clock of its own, and in the client."""

from __future__ import annotations

import asyncio
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.outgoing import AllowedHosts, Caps, Guard, OutgoingClient
from server.outgoing.breaker import Attempt, Breakers
from server.outgoing.errors import BrokenAnswer, CircuitOpen, OutgoingError, TimedOut
from tests.server.outgoing.origin import Origin, garbage, reply

HERE = ("http", "a.example", 80)
THERE = ("http", "b.example", 80)


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def tried(breakers: Breakers, healthy: bool | None, origin: tuple[str, str, int] = HERE) -> bool:
    """Whether the origin was asked."""
    try:
        with breakers.attempt(origin) as attempt:
            attempt.healthy = healthy
    except CircuitOpen:
        return False
    return True


def opened(clock: Time) -> Breakers:
    breakers = Breakers(clock)
    assert [tried(breakers, False) for _ in range(6)] == [True] * 5 + [False]
    return breakers


def test_five_failures_in_a_row_open_it_for_this_origin_alone() -> None:
    breakers = opened(Time())
    assert tried(breakers, True, THERE)
    assert breakers.open == 1


def test_a_success_between_failures_keeps_it_closed() -> None:
    breakers = Breakers(Time())
    for _ in range(10):
        assert [tried(breakers, False) for _ in range(4)] == [True] * 4
        assert tried(breakers, True)


def test_one_probe_at_a_time_and_longer_waits_while_it_fails() -> None:
    clock = Time()
    breakers = opened(clock)
    for wait in (2.0, 4.0, 8.0, 15.0, 15.0):
        clock.now += wait - 0.01
        assert not tried(breakers, True)
        clock.now += 0.02
        with breakers.attempt(HERE) as probe:
            assert probe.probe
            assert not tried(breakers, True)
            probe.healthy = False
        assert not tried(breakers, True)


def test_a_good_probe_closes_it() -> None:
    clock = Time()
    breakers = opened(clock)
    clock.now += 2.1
    assert tried(breakers, True)
    assert [tried(breakers, False) for _ in range(4)] == [True] * 4
    assert breakers.open == 0


def test_a_probe_that_is_given_up_leaves_its_turn_to_the_next() -> None:
    clock = Time()
    breakers = opened(clock)
    clock.now += 2.1
    assert tried(breakers, None)
    assert tried(breakers, True)


def test_late_failures_of_before_do_not_open_it_again() -> None:
    clock = Time()
    breakers = Breakers(clock)
    slow = [breakers.attempt(HERE) for _ in range(20)]
    attempts: list[Attempt] = [one.__enter__() for one in slow]
    for _ in range(5):
        tried(breakers, False)
    clock.now += 2.1
    assert tried(breakers, True)
    for one, attempt in zip(slow, attempts, strict=True):
        attempt.healthy = False
        one.__exit__(None, None, None)
    assert breakers.open == 0
    assert [tried(breakers, False) for _ in range(4)] == [True] * 4


@given(st.lists(st.sampled_from([True, False, None, 1.0, 20.0]), max_size=60))
def test_it_never_stays_open_for_longer_than_its_longest_wait(steps: list[bool | float | None]) -> None:
    clock = Time()
    breakers = Breakers(clock)
    for step in steps:
        if isinstance(step, float):
            clock.now += step
        else:
            tried(breakers, step)
    clock.now += 15.1
    assert tried(breakers, True)
    assert breakers.open == 0


@pytest.fixture
async def fresh() -> OutgoingClient:
    return OutgoingClient(Guard(AllowedHosts.parse(["127.0.0.1"])))


@pytest.mark.anyio
async def test_a_dead_origin_costs_a_handful_of_failures_and_then_nothing(
    fresh: OutgoingClient, origin: Origin
) -> None:
    origin.answers["/broken"] = garbage
    found: list[str] = []
    for _ in range(20):
        try:
            await fresh.request(origin.url("/broken"), Caps(1000, 5))
        except OutgoingError as error:
            found.append(type(error).__name__)
    assert found == ["BrokenAnswer"] * 5 + ["CircuitOpen"] * 15
    assert len(origin.asked) == 5
    await fresh.close()


@pytest.mark.anyio
@pytest.mark.parametrize("status", [404, 429, 301, 200])
async def test_answers_that_are_no_failures_of_the_origin(fresh: OutgoingClient, origin: Origin, status: int) -> None:
    origin.answers["/a"] = reply(status, b"x" * 100)
    for _ in range(10):
        try:
            await fresh.request(origin.url("/a"), Caps(10, 5))
        except CircuitOpen:
            pytest.fail("the origin is well")
        except OutgoingError:
            pass  # too large
    assert len(origin.asked) == 10
    await fresh.close()


@pytest.mark.anyio
async def test_whoever_waits_for_a_place_learns_that_the_origin_is_down(fresh: OutgoingClient, origin: Origin) -> None:
    origin_gate = threading.Event()
    origin.answers["/slow"] = lambda handler: bool(origin_gate.wait(10)) or None
    try:
        results = await asyncio.gather(
            *(fresh.request(origin.url("/slow"), Caps(1000, 0.6)) for _ in range(60)), return_exceptions=True
        )
    finally:
        origin_gate.set()
    kinds = {type(result) for result in results}
    assert kinds <= {TimedOut, CircuitOpen, BrokenAnswer}
    assert len(origin.asked) <= 8 + 8  # those at once, and at most one more round
    await fresh.close()
