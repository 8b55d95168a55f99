"""What the benchmark of batches sends, what it starts, and what it sees of that."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from loadtests import bench_batches
from loadtests.backing import postgresql_programs, running_postgresql, running_redis
from loadtests.watching import Watch, watching
from tests.brokers import redis_program

# A process and its child, both of which hold memory and do something until they are told to end.
_PROGRAM = """
import subprocess, sys
held = bytearray(20_000_000)
count = sum(range(3_000_000))
print("done", flush=True)
if "child" not in sys.argv:
    with subprocess.Popen([sys.executable, __file__, "child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        print(child.stdout.readline().decode(), end="", flush=True)
        sys.stdin.readline()
        child.communicate(b"end")
else:
    sys.stdin.readline()
"""


@pytest.fixture
def family(tmp_path: Path) -> Iterator[tuple[int, Callable[[], None]]]:
    """The id of a process, and how to wait until it and its child have done what they do."""
    (tmp_path / "program.py").write_text(_PROGRAM)
    command = [sys.executable, str(tmp_path / "program.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        output = process.stdout

        def done() -> None:
            assert [output.readline() for _ in range(2)] == ["done\n", "done\n"]

        yield process.pid, done
        process.communicate("end\n")


def test_rows_of_a_batch_all_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # More rows than packages: the list begins anew.
    packages = [{"Package": name, "Description": f"is {name}", "Maintainer": "Ada <ada@example.org>"} for name in "abc"]
    monkeypatch.setattr(bench_batches, "debian_packages", lambda _: packages)
    rows = []
    for what in ("batch", "beside"):
        bench_batches.write_rows(tmp_path / what, 10, what)
        rows += list(csv.DictReader((tmp_path / what).read_text().splitlines()))
    assert len({row["_id"] for row in rows}) == len({(row["title"], row["kicker"]) for row in rows}) == 20


def test_a_disk_that_is_too_small_is_told_before() -> None:
    course = bench_batches.Course(rows=10**12)
    with pytest.raises(RuntimeError, match=r"rows may need .* GB"):
        next(iter(bench_batches.rows(course)))


def test_programs_are_told_with_each_of_their_processes(family: tuple[int, Callable[[], None]]) -> None:
    pid, done = family
    with watching({"server": pid}) as watch:
        done()
    assert [seen.name for seen in watch.seen] == ["server", "server: render process 1"]
    assert all(seen.peak_megabytes > 20 for seen in watch.seen)
    assert watch.seen[1].cpu_seconds > 0
    assert watch.resident().keys() == {"server"}


def test_services_are_told_as_one(family: tuple[int, Callable[[], None]]) -> None:
    pid, done = family
    done()
    watch = Watch({"benchmark": os.getpid()}, {"database": pid})
    watch.look()
    [service] = [seen for seen in watch.seen if seen.name == "database"]
    assert service.peak_megabytes > 40
    assert service.cpu_seconds == 0  # what was done before does not count


@pytest.mark.skipif(postgresql_programs() is None or redis_program() is None, reason="PostgreSQL or Redis is missing")
def test_services_of_workers_start_and_end() -> None:
    with ExitStack() as stack:
        services = [stack.enter_context(running()) for running in (running_postgresql, running_redis)]
        assert [service.process.poll() for service in services] == [None, None]
        assert services[0].url.startswith("postgresql+psycopg://signet@127.0.0.1:")
    assert [service.process.poll() for service in services] == [0, 0]
