"""Batches from POST to webhook, with a real server: `python -m loadtests batches`.

Rows are packages of Debian's list, every one with another text, drawn as a card of 1200 × 630 pixels. After the batch
nginx is asked for some of its pictures, none of which may be rendered again; a second, smaller batch runs while
single pictures are asked for, which may take little longer than without it.

    --rows N              rows of the batch (10,000). 50,000 take 3.3 GB in the temporary folder, which TMPDIR names
    --format png|jpg      only this format, else one after the other
    --engine celery       `signet worker` renders, over Redis and PostgreSQL, which are started too (Debian's packages)
    --workers N           so many of them (2); the cores are shared out among their render processes
    --only batch          only from POST to webhook: neither nginx nor single pictures

What a process held when a tenth, half and all of the rows had their pictures is a row of the table: it must not grow
with their number.
"""

from __future__ import annotations

import asyncio
import csv
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests import samples
from loadtests.batch_client import API_KEY, Client
from loadtests.batch_works import Works, running_works
from loadtests.measuring import Row, markdown
from loadtests.packages import debian_packages, fetch_all
from loadtests.receiver import SECRET, Arrival, Receiver, receiving
from loadtests.servers import Origin, running_edge
from loadtests.watching import watching

ROWS = 10_000
FORMATS = ("png", "jpg")

_GOALS = {"png": "< 40 s for 10,000"}
_AGAIN = 200  # pictures that are asked for once more
_ROWS_BESIDE = 3_000  # of the batch beside which single pictures are asked for
_LIVE_PER_SECOND = 5
_LIVE_SECONDS = 15.0
_PATIENCE_SECONDS = 1800.0
_SHARES = (0.1, 0.5)  # of the rows, at which memory is told; and at the end
_WARM_UP = 100  # rows
_BYTES_A_ROW = 100_000  # of the disk: picture, description, folder


@dataclass(frozen=True, slots=True)
class Course:
    """What is measured: how many rows in which formats, by how many workers (0: by the server itself)."""

    rows: int = ROWS
    formats: Sequence[str] = FORMATS
    workers: int = 0
    batch_only: bool = False


_USUAL = Course()


def write_rows(path: Path, count: int, what: str) -> None:
    """A CSV file of so many cards; no two are alike, nor are those of two files with another `what`."""
    packages = debian_packages(count)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("_id", "title", "kicker", "author"))
        for number in range(count):
            package = packages[number % len(packages)]
            kicker = f"{package['Package']} {package.get('Version', '')} · {what} {number + 1}"
            maintainer = package.get("Maintainer", "").partition("<")[0].strip().strip('"')
            table.writerow((f"{what}-{number}", package["Description"][:160], kicker[:80], maintainer[:60]))


def _live(client: Client, what: str, stop: threading.Event) -> list[float]:
    """Milliseconds of single pictures, each of them new, at a steady pace."""
    started, times = time.perf_counter(), []
    for number in range(1_000_000):
        if stop.wait(max(0.0, started + number / _LIVE_PER_SECOND - time.perf_counter())):
            break
        times.append(client.live_milliseconds(what, number))
    return times


def _ended(receiver: Receiver, job: dict[str, Any]) -> Arrival:
    """The message that a batch has ended. Raises RuntimeError if it has not ended well."""
    arrival = receiver.wait(job["id"], _PATIENCE_SECONDS)
    if arrival.message["data"]["batch"].get("outcome") != "succeeded":
        raise RuntimeError(f"not every row became a picture: {arrival.message}")
    return arrival


def _quantiles(times: Sequence[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(times, n=20)
    return statistics.median(times), cuts[18]


def _alone(
    works: Works, client: Client, receiver: Receiver, rows: Path, count: int, format_name: str
) -> tuple[list[Row], dict[str, Any]]:
    """What a batch takes if nobody asks for anything else; and the job."""
    with watching(works.programs, works.services) as watch:
        began = time.time()
        job = client.submit(rows, format_name, receiver.url)
        accepted = time.time() - began
        held = []
        for share in _SHARES:
            client.until(job, share * count, _PATIENCE_SECONDS)
            held.append(watch.resident())
        arrival = _ended(receiver, job)
        held.append(watch.resident())
    job, seconds = arrival.message["data"]["batch"], arrival.time - began
    workers = len(works.programs) - 1
    value = f"{seconds:.1f} s, {count / seconds:.0f}/s, {job['counts']['bytes'] / count / 1000:.0f} kB each"
    by_whom = f" by {workers} workers" * bool(workers)
    found = [
        Row(f"{count:,} {format_name}{by_whom}, POST to webhook", value, _GOALS.get(format_name, "")),
        Row(f"{format_name}, POST to its answer", f"{accepted * 1000:.0f} ms"),
    ]
    for seen in watch.seen:
        each = seen.cpu_seconds * 1000 / count
        value = f"{seen.cpu_seconds:.1f} s CPU ({each:.2f} ms a row), {seen.peak_megabytes:.0f} MB at most"
        found.append(Row(f"{format_name}, {seen.name}", value))
    shares = ", ".join(f"{share:.0%}" for share in (*_SHARES, 1.0))
    for name in works.programs:
        value = ", ".join(f"{at[name]:.0f}" for at in held)
        found.append(Row(f"{format_name}, {name}: memory at {shares} of the rows", f"{value} MB", "does not grow"))
    return found, job


def _again(origin: Origin, client: Client, job: dict[str, Any], folder: Path) -> Iterator[Row]:
    """Whether pictures of the batch are there when somebody wants them, twice."""
    paths = client.some_paths(job, _AGAIN)
    before = client.renders()
    with running_edge(origin.base_url[7:], folder) as edge:
        for time_of in ("first", "second"):
            got = asyncio.run(fetch_all(edge, paths))
            told = ", ".join(f"{count} {what}" for what, count in got.cache.items())
            yield Row(f"{len(paths)} of them through nginx, {time_of} time", f"{dict(got.statuses)}, {told}")
    yield Row("renders for that", str(client.renders() - before), "0")


def _beside(client: Client, receiver: Receiver, rows: Path, format_name: str) -> Iterator[Row]:
    """Single pictures without and during a batch."""
    stop = threading.Event()
    threading.Timer(_LIVE_SECONDS, stop.set).start()
    median, slow = _quantiles(_live(client, f"{format_name} idle", stop))
    yield Row("single new pictures, nothing else to do", f"p50 {median:.0f} ms, p95 {slow:.0f} ms")
    stop = threading.Event()
    with ThreadPoolExecutor(1) as executor:
        job = client.submit(rows, format_name, receiver.url)
        pending = executor.submit(_live, client, f"{format_name} busy", stop)
        try:
            _ended(receiver, job)
        finally:
            stop.set()
        median, slow_beside = _quantiles(pending.result())
    value = f"p50 {median:.0f} ms, p95 {slow_beside:.0f} ms ({slow_beside / slow:.1f} times)"
    yield Row(f"the same during a batch of {_ROWS_BESIDE:,} {format_name}", value, "p95 at most 2 times")


def rows(course: Course = _USUAL) -> Iterator[Row]:
    """Everything, with a server of its own for each format. Raises RuntimeError if the disk is too small for it."""
    # All folders go at the end: a file system that has just removed thousands of files is slow for a while.
    with tempfile.TemporaryDirectory() as name, receiving() as receiver:
        folder = Path(name)
        _check_disk(folder, course)
        write_rows(folder / "warm-up.csv", _WARM_UP, "warm-up")
        write_rows(folder / "rows.csv", course.rows, "batch")
        write_rows(folder / "beside.csv", _ROWS_BESIDE, "beside")
        settings = {
            "SIGNET_API_KEYS": API_KEY,
            "SIGNET_WEBHOOK_SECRETS": SECRET,
            "SIGNET_ALLOWED_HOSTS": "127.0.0.1",
            "SIGNET_TEMPLATES_DIR": str(samples.TEMPLATES),
            "SIGNET_DISK_CACHE_BYTES": "20GB",
        }
        for format_name in course.formats:
            with running_works(folder / format_name, course.workers, settings) as works:
                client = Client(works.origin)
                for number in range(20):
                    client.live_milliseconds("warm up", number)
                _ended(receiver, client.submit(folder / "warm-up.csv", format_name, receiver.url))
                found, job = _alone(works, client, receiver, folder / "rows.csv", course.rows, format_name)
                yield from found
                if not course.batch_only:
                    yield from _again(works.origin, client, job, folder / f"edge-{format_name}")
                    yield from _beside(client, receiver, folder / "beside.csv", format_name)


def _check_disk(folder: Path, course: Course) -> None:
    needed, free = course.rows * len(course.formats) * _BYTES_A_ROW, shutil.disk_usage(folder).free
    if needed > free:
        raise RuntimeError(
            f"{course.rows:,} rows may need {needed / 1e9:.1f} GB, and {folder} has {free / 1e9:.1f}: set TMPDIR"
        )


def main() -> None:
    """Print the table."""
    print(markdown(rows(), "Batches"))


if __name__ == "__main__":
    main()
