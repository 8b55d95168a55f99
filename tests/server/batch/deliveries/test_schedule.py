"""The schedule of attempts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.batch.deliveries.schedule import SCHEDULE, longest_pause, pause_after

NAMES = st.text("0123456789abcdef", min_size=32, max_size=32)


@given(NAMES, st.integers(1, 9))
def test_a_pause_is_the_steps_and_little_more(name: str, attempts: int) -> None:
    pause = pause_after(name, attempts)
    assert pause is not None
    assert SCHEDULE[attempts] <= pause <= SCHEDULE[attempts] * 1.1
    assert pause == pause_after(name, attempts)


@given(NAMES, st.integers(1, 9), st.floats(0, 1e9))
def test_no_pause_is_longer_than_it_may_be(name: str, attempts: int, asked: float) -> None:
    pause = pause_after(name, attempts, asked)
    assert pause is not None
    assert SCHEDULE[attempts] <= pause <= longest_pause(attempts)


@given(NAMES, st.integers(10, 50), st.floats(0, 1e9))
def test_after_ten_attempts_there_is_no_other(name: str, attempts: int, asked: float) -> None:
    assert pause_after(name, attempts, asked) is None


def test_messages_don_t_come_all_at_once() -> None:
    pauses = {pause_after(f"msg_{number}", 3) for number in range(100)}
    assert len(pauses) == 100
