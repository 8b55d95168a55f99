"""Worker processes that die, hang, grow, refuse to start; and what they inherit."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from server.farm.dispatcher import Farm
from server.farm.errors import FarmClosed, RenderTimeout, TaskFailed, WorkerCrashed, WorkersUnavailable
from tests.server.farm.waiting import are_gone, is_running, until

pytestmark = pytest.mark.anyio
TASKS = "tests.server.farm.tasks"


@pytest.mark.parametrize(
    ("how", "code"),
    [("exit", 3), ("segfault", -signal.SIGSEGV), ("kill", -signal.SIGKILL), ("system exit", 4)],
)
async def test_a_worker_that_dies_fails_one_job_and_is_replaced(how: str, code: int) -> None:
    async with Farm[str, object](f"{TASKS}:die", workers=2) as farm:
        dead, *others = await asyncio.gather(*(farm.run(h) for h in (how, *("no",) * 8)), return_exceptions=True)
        assert isinstance(dead, WorkerCrashed)
        assert dead.exit_code == code
        assert others == [None] * 8
        assert await farm.run("no") is None
        counters = farm.stats().counters
        assert (counters.crashes, counters.restarts, counters.completed) == (1, 1, 9)
        assert farm.stats().workers == 2


async def test_one_place_is_left_to_the_server_until_a_worker_is_ready() -> None:
    async with Farm[str, object](f"{TASKS}:die", workers=3) as farm:
        assert farm.stats().workers == 2
        await farm.run("no")
        assert farm.stats().workers == 3


async def test_a_job_that_overruns_is_killed_and_its_worker_replaced() -> None:
    async with Farm[object, None](f"{TASKS}:spin", workers=1) as farm:
        (pid,) = farm.worker_pids()
        with pytest.raises(RenderTimeout) as timeout:
            await farm.run(None, timeout=0.1)
        assert timeout.value.timeout == 0.1
        await until(lambda: are_gone(pid))
        await until(lambda: farm.health().ok)
        assert farm.worker_pids() != [pid]
        assert farm.stats().counters.timeouts == 1


async def test_a_killed_worker_takes_along_what_its_task_started(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    async with Farm[Path, None](f"{TASKS}:start_program_and_spin", workers=1) as farm:
        call = asyncio.create_task(farm.run(pid_file, timeout=1000))
        await until(lambda: pid_file.exists() and pid_file.read_text() != "")
        program = int(pid_file.read_text())
        assert is_running(program)
    await until(lambda: are_gone(program))
    with pytest.raises(FarmClosed):
        await call


async def test_a_job_that_never_reached_its_worker_runs_on_another() -> None:
    async with Farm[object, int](f"{TASKS}:pid", workers=1) as farm:
        pid = await farm.run(None)
        os.kill(pid, signal.SIGSTOP)
        call = asyncio.create_task(farm.run(None))
        await asyncio.sleep(0)
        assert farm.stats().running == 1
        os.kill(pid, signal.SIGKILL)
        assert await call != pid
        assert farm.stats().counters.crashes == 0


async def test_workers_ignore_the_signals_of_a_terminal_or_supervisor() -> None:
    async with Farm[object, int](f"{TASKS}:pid", workers=1) as farm:
        pid = await farm.run(None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(pid, number)
        assert os.getpgid(pid) == pid
        assert await farm.run(None) == pid


@pytest.mark.parametrize(("jobs", "memory"), [(3, 1 << 40), (1000, 1)])
async def test_worn_workers_are_replaced_before_they_leave(jobs: int, memory: int) -> None:
    async with Farm[object, int](f"{TASKS}:pid", workers=1, max_jobs_per_worker=jobs, max_memory_bytes=memory) as farm:
        pids = {await farm.run(None) for _ in range(3)}
        assert len(pids) == 1
        assert farm.stats().counters.recycled == 1
        assert farm.health().ok  # the old one works on while the new one starts
        await until(lambda: not pids & set(farm.worker_pids()))
        assert farm.health().ok
        await until(lambda: are_gone(*pids))
        assert await farm.run(None) not in pids
        assert farm.stats().counters.restarts == 0


async def test_what_a_worker_inherits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNET_SIGNING_KEYS", "secret")
    monkeypatch.setenv("VIPS_CONCURRENCY", "8")
    async with Farm[object, dict[str, object]](f"{TASKS}:facts", f"{TASKS}:warm_up", workers=1) as farm:
        facts = await farm.run(None)
    environment, modules = facts["environment"], facts["modules"]
    assert isinstance(environment, dict)
    assert isinstance(modules, set)
    assert "SIGNET_SIGNING_KEYS" not in environment
    assert environment["VIPS_CONCURRENCY"] == environment["OMP_NUM_THREADS"] == "1"
    assert environment["MALLOC_ARENA_MAX"] == "2"
    assert "VIPS_CONCURRENCY" in os.environ  # the server's own environment is as it was
    assert os.environ["VIPS_CONCURRENCY"] == "8"
    assert not modules & {"asyncio", "starlette", "pytest", "multiprocessing", "server.farm.dispatcher"}
    assert facts["main"] == "server.farm.worker"
    assert facts["warmed_up"] is True
    assert facts["oom_score_adj"] == 500


@pytest.mark.parametrize(
    ("task", "initializer", "reason"),
    [
        ("echo", "refuse_to_start", "no fonts found"),
        ("echo", "die_at_start", "ended before it was ready"),
        ("nothing_here", None, "nothing_here"),
        ("warmed_up", None, "is not a function"),
    ],
)
async def test_workers_that_cannot_start_are_reported_and_callers_told(
    task: str, initializer: str | None, reason: str
) -> None:
    warm_up = f"{TASKS}:{initializer}" if initializer else None
    async with Farm[object, object](f"{TASKS}:{task}", warm_up, workers=2) as farm:
        with pytest.raises(WorkersUnavailable) as early:
            await farm.run(None)
        with pytest.raises(WorkersUnavailable):
            await farm.run(None)
        assert reason in early.value.reason
        health = farm.health()
        assert not health.ok
        assert health.startup_failures >= 3
        assert health.problem is not None
        assert reason in health.problem


async def test_a_farm_recovers_when_its_workers_can_start_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = tmp_path / "gate"
    monkeypatch.setenv("PYTHON_TEST_GATE", str(gate))
    async with Farm[object, object](f"{TASKS}:echo", f"{TASKS}:start_if_allowed", workers=1) as farm:
        await until(lambda: farm.health().startup_failures > 0)
        gate.touch()
        assert await farm.run(1) == 1
        assert farm.health().startup_failures == 0


async def test_a_worker_that_hangs_at_start_is_killed() -> None:
    async with Farm[object, object](f"{TASKS}:echo", f"{TASKS}:never_ready", workers=1, startup_timeout=0.2) as farm:
        (pid,) = farm.worker_pids()
        await until(lambda: are_gone(pid))
        assert farm.health().problem == "not ready after 0.2 s"


async def test_an_idle_worker_that_is_killed_is_replaced() -> None:
    async with Farm[object, object](f"{TASKS}:echo", workers=1) as farm:
        assert await farm.run(1) == 1
        (pid,) = farm.worker_pids()
        os.kill(pid, signal.SIGKILL)
        await until(lambda: farm.worker_pids() not in ([], [pid]))
        assert await farm.run(2) == 2


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_stop_leaves_no_process_and_no_descriptor() -> None:
    before = open_descriptors()
    farm = Farm[object, object](f"{TASKS}:echo", workers=2)
    farm.start()
    assert await farm.run(b"x" * 100_000) == b"x" * 100_000
    pids = farm.worker_pids()
    await farm.stop()
    assert are_gone(*pids)
    assert open_descriptors() <= before


PARENT = """
import asyncio, sys
from server.farm.dispatcher import Farm

async def main():
    farm = Farm("tests.server.farm.tasks:spin", workers=2, timeout=1000)
    farm.start()
    busy = asyncio.create_task(farm.run(None))
    while farm.health().ready < 2:
        await asyncio.sleep(0.01)
    print(*farm.worker_pids(), flush=True)
    await busy

asyncio.run(main())
"""


def test_no_worker_outlives_a_killed_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(pids) == 2
    assert all(map(is_running, pids))
    parent.kill()
    parent.wait()
    while not are_gone(*pids):
        time.sleep(0.005)


async def test_the_first_failure_of_a_result_leaves_the_worker_usable() -> None:
    async with Farm[str, object](f"{TASKS}:fail", workers=1) as farm:
        (pid,) = farm.worker_pids()
        for _ in range(3):
            with pytest.raises(TaskFailed):
                await farm.run("needs two")
        assert farm.worker_pids() == [pid]
