"""Batches from POST to webhook, with a real server: `python -m loadtests batches [--rows N] [--format png|jpg]`.

Rows are packages of Debian's list, every one with another text, drawn as a card of 1200 × 630 pixels. After the batch
nginx is asked for some of its pictures, none of which may be rendered again; a second, smaller batch runs while
single pictures are asked for, which may take little longer than without it.
"""

from __future__ import annotations

import asyncio
import csv
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from loadtests import samples
from loadtests.measuring import Row, markdown
from loadtests.packages import debian_packages, fetch_all
from loadtests.receiver import SECRET, Arrival, Receiver, receiving
from loadtests.servers import Origin, running_edge, running_origin
from loadtests.watching import watching
from server.keys import signing_keys
from server.signing import UrlSigner
from server.urls import ImageRequest

ROWS = 10_000
FORMATS = ("png", "jpg")

_API_KEY = "a-key-for-this-benchmark-only"
_GOALS = {"png": "< 40 s for 10,000"}
_AGAIN = 200  # pictures that are asked for once more
_ROWS_BESIDE = 3_000  # of the batch beside which single pictures are asked for
_LIVE_PER_SECOND = 5
_LIVE_SECONDS = 15.0
_PATIENCE_SECONDS = 1800.0


def write_rows(path: Path, count: int, what: str) -> None:
    """A CSV file of so many cards; no two are alike, nor are those of two files with another `what`."""
    packages = debian_packages(count)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("_id", "title", "kicker", "author"))
        for number in range(count):
            package = packages[number % len(packages)]
            title = f"{package['Package']} {package.get('Version', '')}: {package['Description']}"
            maintainer = package.get("Maintainer", "").partition("<")[0].strip().strip('"')
            kicker = f"{package.get('Section', 'misc')} · {what} {number + 1}"
            table.writerow((f"{what}-{number}", title[:160], kicker, maintainer[:60]))


class _Client:
    """Whoever wants pictures."""

    def __init__(self, origin: Origin) -> None:
        self.http = httpx.Client(base_url=origin.base_url, trust_env=False, timeout=120)
        self._key = {"Authorization": f"Bearer {_API_KEY}"}
        self._signer = UrlSigner(signing_keys((), origin.data_dir))

    def submit(self, rows: Path, format_name: str, webhook_url: str) -> dict[str, Any]:
        """Send a file, and the job as it is told then."""
        query = {"template": "card", "formats": format_name, "webhook_url": webhook_url}
        with rows.open("rb") as body:
            headers = self._key | {"Content-Type": "text/csv"}
            answer = self.http.post("/v1/batches", params=query, content=body, headers=headers)
        return self._document(answer)

    def some_paths(self, job: dict[str, Any], count: int) -> list[str]:
        """Paths of pictures of the job, drawn by lot."""
        paths: list[str] = []
        query = {"limit": "500"}
        while True:
            answer = self._document(self.http.get(f"/v1/batches/{job['id']}/rows", params=query, headers=self._key))
            paths += (httpx.URL(row["url"]).raw_path.decode() for row in answer["rows"])
            if "next_cursor" not in answer:
                return random.Random(count).sample(paths, min(count, len(paths)))
            query["cursor"] = answer["next_cursor"]

    def live_milliseconds(self, what: str, number: int) -> float:
        """How long a new single picture takes."""
        path = self._signer.sign(ImageRequest("card", "png", {"title": f"{what}: {samples.title(number)}"}))
        started = time.perf_counter()
        self.http.get(path).raise_for_status()
        return (time.perf_counter() - started) * 1000

    def renders(self) -> int:
        """How many renders the server has asked for so far."""
        lines = self.http.get("/metrics").text.splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("signet_renders_total "))

    def _document(self, answer: httpx.Response) -> dict[str, Any]:
        if answer.is_error:
            raise RuntimeError(f"{answer.status_code}: {answer.text}")
        document: dict[str, Any] = answer.json()
        return document


def _live(client: _Client, what: str, stop: threading.Event) -> list[float]:
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
    origin: Origin, client: _Client, receiver: Receiver, rows: Path, format_name: str
) -> tuple[list[Row], dict[str, Any]]:
    """What a batch takes if nobody asks for anything else; and the job."""
    with watching(origin.process.pid) as watch:
        began = time.time()
        job = client.submit(rows, format_name, receiver.url)
        accepted = time.time() - began
        arrival = _ended(receiver, job)
    job, seconds = arrival.message["data"]["batch"], arrival.time - began
    count = job["counts"]["total"]
    value = f"{seconds:.1f} s, {count / seconds:.0f}/s, {job['counts']['bytes'] / count / 1000:.0f} kB each"
    found = [
        Row(f"{count:,} {format_name}, POST to webhook", value, _GOALS.get(format_name, "")),
        Row(f"{format_name}, POST to its answer", f"{accepted * 1000:.0f} ms"),
    ]
    for seen in watch.seen.values():
        each = seen.cpu_seconds * 1000 / count
        value = f"{seen.cpu_seconds:.1f} s CPU ({each:.2f} ms a row), {seen.peak_megabytes:.0f} MB at most"
        found.append(Row(f"{format_name}, {seen.name}", value))
    return found, job


def _again(origin: Origin, client: _Client, job: dict[str, Any], folder: Path) -> Iterator[Row]:
    """Whether pictures of the batch are there when somebody wants them, twice."""
    paths = client.some_paths(job, _AGAIN)
    before = client.renders()
    with running_edge(origin.base_url[7:], folder) as edge:
        for time_of in ("first", "second"):
            got = asyncio.run(fetch_all(edge, paths))
            told = ", ".join(f"{count} {what}" for what, count in got.cache.items())
            yield Row(f"{len(paths)} of them through nginx, {time_of} time", f"{dict(got.statuses)}, {told}")
    yield Row("renders for that", str(client.renders() - before), "0")


def _beside(client: _Client, receiver: Receiver, rows: Path, format_name: str) -> Iterator[Row]:
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


def rows(count: int = ROWS, formats: Sequence[str] = FORMATS) -> Iterator[Row]:
    """Everything, with a server of its own for each format."""
    # All folders go at the end: a file system that has just removed thousands of files is slow for a while.
    with tempfile.TemporaryDirectory() as name, receiving() as receiver:
        folder = Path(name)
        write_rows(folder / "rows.csv", count, "batch")
        write_rows(folder / "beside.csv", _ROWS_BESIDE, "beside")
        for format_name in formats:
            settings = {
                "SIGNET_API_KEYS": _API_KEY,
                "SIGNET_WEBHOOK_SECRETS": SECRET,
                "SIGNET_ALLOWED_HOSTS": "127.0.0.1",
                "SIGNET_TEMPLATES_DIR": str(samples.TEMPLATES),
                "SIGNET_DISK_CACHE_BYTES": "20GB",
            }
            with running_origin(folder / format_name, **settings) as origin:
                client = _Client(origin)
                for number in range(20):
                    client.live_milliseconds("warm up", number)
                found, job = _alone(origin, client, receiver, folder / "rows.csv", format_name)
                yield from found
                yield from _again(origin, client, job, folder / f"edge-{format_name}")
                yield from _beside(client, receiver, folder / "beside.csv", format_name)


def main() -> None:
    """Print the table."""
    print(markdown(rows(), "Batches"))


if __name__ == "__main__":
    main()
