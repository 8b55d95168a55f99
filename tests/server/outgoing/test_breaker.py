"""The circuit breaker by itself, with a clock of its own."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.outgoing.breaker import Breakers, Origin
from server.outgoing.errors import CircuitOpen

HERE = ("http", "a.example", 80)
THERE = ("https", "a.example", 443)


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def tried(breakers: Breakers, healthy: bool | None, origin: Origin = HERE, pause: float = 0) -> bool:
    """Whether the origin was asked."""
    try:
        with breakers.attempt(origin) as attempt:
            attempt.healthy, attempt.pause = healthy, pause
    except CircuitOpen:
        return False
    return True


def opened(clock: Time) -> Breakers:
    breakers = Breakers(clock)
    assert [tried(breakers, False) for _ in range(4)] == [True] * 3 + [False]
    return breakers


def test_three_failures_in_a_row_open_it_for_this_origin_alone() -> None:
    breakers = opened(Time())
    assert tried(breakers, True, THERE)
    assert breakers.open == 1
    with pytest.raises(CircuitOpen, match="failed several times in a row"):
        breakers.check(HERE)
    breakers.check(THERE)


def test_a_success_between_failures_keeps_it_closed() -> None:
    breakers = Breakers(Time())
    for _ in range(10):
        assert [tried(breakers, False) for _ in range(2)] == [True] * 2
        assert tried(breakers, True)


def test_what_was_given_up_counts_neither_way() -> None:
    breakers = Breakers(Time())
    assert [tried(breakers, healthy) for healthy in (False, None, False, None, None)] == [True] * 5
    assert tried(breakers, False)
    assert not tried(breakers, False)


def test_one_probe_at_a_time_and_longer_waits_while_it_fails() -> None:
    clock = Time()
    breakers = opened(clock)
    for wait in (5.0, 10.0, 10.0, 10.0):
        clock.now += wait - 0.01
        assert not tried(breakers, True)
        clock.now += 0.02
        with breakers.attempt(HERE) as probe:
            assert not tried(breakers, True)
            clock.now += 100  # however long the probe takes
            assert not tried(breakers, True)
            probe.healthy = False
        assert not tried(breakers, True)


def test_a_good_probe_closes_it_and_forgets_how_long_the_waits_were() -> None:
    clock = Time()
    breakers = opened(clock)
    clock.now += 5
    assert tried(breakers, False)
    clock.now += 10
    assert tried(breakers, True)
    assert breakers.open == 0
    assert [tried(breakers, False) for _ in range(4)] == [True] * 3 + [False]
    clock.now += 5
    assert tried(breakers, True)


def test_a_probe_that_is_given_up_leaves_its_turn_to_the_next() -> None:
    clock = Time()
    breakers = opened(clock)
    clock.now += 5
    assert tried(breakers, None)
    assert breakers.open == 1
    assert tried(breakers, True)
    assert breakers.open == 0


def test_late_failures_of_before_do_not_open_it_again() -> None:
    clock = Time()
    breakers = Breakers(clock)
    with ExitStack() as slow:
        for _ in range(20):
            slow.enter_context(breakers.attempt(HERE)).healthy = False
        assert [tried(breakers, False) for _ in range(4)] == [True] * 3 + [False]
        clock.now += 5
        assert tried(breakers, True)
    assert breakers.open == 0
    assert [tried(breakers, False) for _ in range(2)] == [True] * 2
    assert breakers.open == 0


def test_late_failures_of_before_a_success_do_not_count_either() -> None:
    breakers = Breakers(Time())
    with ExitStack() as slow:
        for _ in range(20):
            slow.enter_context(breakers.attempt(HERE)).healthy = False
        assert tried(breakers, True)
    assert breakers.open == 0


def test_late_answers_of_before_neither_close_it_nor_take_the_probes_turn() -> None:
    clock = Time()
    breakers = Breakers(clock)
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(breakers.attempt(HERE)).healthy = True
        second.enter_context(breakers.attempt(HERE)).healthy = False
        assert [tried(breakers, False) for _ in range(4)] == [True] * 3 + [False]
        first.close()
        assert not tried(breakers, True)
        clock.now += 5
        with breakers.attempt(HERE) as probe:
            second.close()
            assert not tried(breakers, True)
            probe.healthy = True
    assert breakers.open == 0


def test_many_at_once_that_fail_open_it_once() -> None:
    clock = Time()
    breakers = Breakers(clock)
    with ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(breakers.attempt(HERE)).healthy = False
    assert not tried(breakers, True)
    clock.now += 5
    assert tried(breakers, True)


def test_an_error_passes_and_is_learned_from() -> None:
    breakers = Breakers(Time())

    def fails() -> None:
        with breakers.attempt(HERE) as attempt:
            attempt.healthy = False
            raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            fails()
    assert not tried(breakers, True)


def test_the_insistent_are_let_through_and_are_as_good_as_a_probe() -> None:
    clock = Time()
    breakers = opened(clock)
    with breakers.attempt(HERE, insistent=True) as first:
        with breakers.attempt(HERE, insistent=True) as second:
            second.healthy = True
        first.healthy = False
    clock.now += 9.9
    assert not tried(breakers, True)
    with breakers.attempt(HERE, insistent=True) as last:
        last.healthy = True
    assert tried(breakers, True, pause=9)
    with breakers.attempt(HERE, insistent=True) as last:
        last.healthy = True
    assert not tried(breakers, True)
    clock.now += 9
    assert tried(breakers, True)


@pytest.mark.parametrize(("pause", "seconds"), [(3, 3), (30, 30), (10_000_000, 30)])
def test_an_origin_that_asks_for_a_pause_gets_it(pause: float, seconds: float) -> None:
    clock = Time()
    breakers = Breakers(clock)
    assert tried(breakers, True, pause=pause)
    with pytest.raises(CircuitOpen, match="asked for a pause"):
        breakers.check(HERE)
    clock.now += seconds - 0.01
    assert not tried(breakers, True)
    clock.now += 0.01
    with breakers.attempt(HERE), breakers.attempt(HERE):
        assert breakers.open == 0


def test_a_probe_that_is_asked_for_a_pause() -> None:
    clock = Time()
    breakers = opened(clock)
    clock.now += 5
    assert tried(breakers, True, pause=2)
    assert not tried(breakers, True)
    clock.now += 2
    assert [tried(breakers, False) for _ in range(4)] == [True] * 3 + [False]


def test_those_that_are_open_are_not_forgotten_for_those_that_are_well() -> None:
    breakers = opened(Time())
    for port in range(5000):
        assert tried(breakers, True, ("http", "b.example", port))
    assert not tried(breakers, True)
    assert len(breakers._closed) == 4096


def test_it_remembers_so_many_and_no_more() -> None:
    breakers = Breakers(Time())
    for port in range(2000):
        for _ in range(3):
            tried(breakers, False, ("http", "b.example", port))
    assert breakers.open == 1024


@given(st.lists(st.sampled_from([True, False, None, "pause", 1.0, 7.0, 40.0]), max_size=60))
def test_it_never_stays_open_for_longer_than_its_longest_wait(steps: list[bool | float | str | None]) -> None:
    clock = Time()
    breakers = Breakers(clock)
    for step in steps:
        if isinstance(step, float):
            clock.now += step
        elif isinstance(step, str):
            tried(breakers, True, pause=1000)
        else:
            tried(breakers, step)
    clock.now += 30
    assert tried(breakers, True)
    assert breakers.open == 0


@given(st.lists(st.tuples(st.integers(0, 7), st.sampled_from([True, False, None]), st.floats(0, 12)), max_size=80))
def test_while_it_is_open_one_request_at_most_is_on_its_way(steps: list[tuple[int, bool | None, float]]) -> None:
    clock = Time()
    breakers = Breakers(clock)
    running: dict[int, ExitStack] = {}
    for slot, healthy, seconds in steps:
        clock.now += seconds
        if slot in running:
            running.pop(slot).close()
            continue
        stack, was_open = ExitStack(), breakers.open > 0
        try:
            stack.enter_context(breakers.attempt(HERE)).healthy = healthy
        except CircuitOpen:
            assert was_open
            continue
        running[slot] = stack
        if was_open:
            assert breakers.open == 1
            with pytest.raises(CircuitOpen):
                breakers.check(HERE)
    for stack in running.values():
        stack.close()
