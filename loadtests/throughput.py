"""Pictures per second of the render farm, every one with other texts: `python -m loadtests.throughput`.

The farm is driven as the server drives it, without HTTP: as many jobs at a time as keep all its processes busy.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from loadtests import samples
from loadtests.measuring import Row, markdown, resident_megabytes
from loadtests.samples import Sample
from renderer import DEFAULT_LIMITS, OutputFormat, RenderOptions, RenderResult, coerce_values
from server.farm.dispatcher import Farm
from server.render_task import RenderJob
from server.versions import VersionArchive

_SECONDS = 4.0  # of measuring each format
_WARM_UP = 20  # jobs for every process
_JOBS_AT_A_TIME = 3  # for every process: one that runs, two that wait


def _jobs(sample: Sample, archive: Path, format: OutputFormat) -> Iterator[RenderJob]:  # noqa: A002
    """Endless renders of one template, no two alike."""
    manifest, bundle = sample.compiled.manifest, sample.compiled.bundle
    number = 0
    while True:
        values = coerce_values(manifest, sample.values(number), from_query=False)
        options = RenderOptions(format=format)
        yield RenderJob(bundle.name, bundle.digest, archive, values, options, DEFAULT_LIMITS)
        number += 1


async def _rate(farm: Farm[RenderJob, RenderResult], jobs: Iterator[RenderJob], width: int) -> tuple[float, int]:
    """Pictures per second, and their number."""
    done = 0
    deadline = time.perf_counter() + _SECONDS

    async def work() -> None:
        nonlocal done
        while time.perf_counter() < deadline:
            await farm.run(next(jobs))
            done += 1

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(width)))
    return done / (time.perf_counter() - started), done


async def _measure() -> list[Row]:
    sample = samples.card()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        archive = VersionArchive(Path(folder)).keep(sample.compiled.bundle)
        farm: Farm[RenderJob, RenderResult] = Farm("server.render_task:run", "server.render_task:initialize")
        async with farm:
            formats: tuple[OutputFormat, ...] = ("png", "jpg", "webp")
            for name in formats:
                jobs = _jobs(sample, archive, name)
                await farm.run(next(jobs))
                width = _JOBS_AT_A_TIME * len(farm.worker_pids())
                await asyncio.gather(*(farm.run(next(jobs)) for _ in range(_WARM_UP)))
                rate, done = await _rate(farm, jobs, width)
                rows.append(Row(f"card, {name}, all cores", f"{rate:.0f}/s ({done} pictures)"))
            memory = [resident_megabytes(pid) for pid in farm.worker_pids()]
    rows.append(Row("memory of each render process after that", ", ".join(f"{one:.0f} MB" for one in memory)))
    return rows


def rows() -> list[Row]:
    """Everything."""
    return asyncio.run(_measure())


def main() -> None:
    """Print the table."""
    print(markdown(rows(), "Throughput of the render farm"))


if __name__ == "__main__":
    main()
