"""All benchmarks one after the other, about ten minutes: `python -m loadtests [NAME …]`; `--list` names them.

For numbers that mean something, run this on a machine that does nothing else. Also here: `loadtests.peers` (other
engines on the same card), `loadtests.packages` (500 real texts end to end), `loadtests.startup`,
`loadtests/bench_raster.py`.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable
from functools import partial

from loadtests import (
    bench_batches,
    bench_bindings,
    bench_render,
    edge_load,
    scenarios,
    serving,
    store_delivery,
    throughput,
)
from loadtests.measuring import Row, markdown

_BENCHMARKS: dict[str, tuple[str, Callable[[], Iterable[Row]]]] = {
    "render": ("CPU per picture", bench_render.rows),
    "throughput": ("Throughput of the render farm", throughput.rows),
    "bindings": ("Requests for stored pictures with live data", bench_bindings.rows),
    "serving": ("Warm requests", serving.rows),
    "edge": ("Edge tier", edge_load.rows),
    "scenarios": ("Crawlers, mails and a flood, by locust", scenarios.rows),
    "delivery": ("Stored pictures that nginx has not cached", store_delivery.rows),
    "batches": ("Batches", bench_batches.rows),
}


def _batches(arguments: argparse.Namespace) -> Callable[[], Iterable[Row]]:
    formats = (arguments.format,) if arguments.format else bench_batches.FORMATS
    workers = arguments.workers if arguments.engine == "celery" else 0
    course = bench_batches.Course(arguments.rows, formats, workers, batch_only=arguments.only == "batch")
    return partial(bench_batches.rows, course)


def main() -> None:
    """Run what was asked for and print a table for each."""
    parser = argparse.ArgumentParser(
        prog="python -m loadtests", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(_BENCHMARKS)}; default: all")
    parser.add_argument("--list", action="store_true", help="only list the benchmarks")
    parser.add_argument("--rows", type=int, default=bench_batches.ROWS, help="rows of a batch (default: %(default)s)")
    parser.add_argument("--format", choices=bench_batches.FORMATS, help="of batches; default: one after the other")
    parser.add_argument("--engine", choices=("embedded", "celery"), default="embedded", help="what renders batches")
    parser.add_argument("--workers", type=int, default=2, help="of the engine celery (default: %(default)s)")
    parser.add_argument("--only", choices=("batch",), help="of batches, measure only from POST to webhook")
    arguments = parser.parse_args()
    if arguments.rows < 1 or arguments.workers < 1:
        parser.error("there must be at least one row and one worker")
    if unknown := set(arguments.names) - set(_BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(_BENCHMARKS)}")
    if arguments.list:
        for name, (heading, _) in _BENCHMARKS.items():
            print(f"{name:<12}{heading}")
        return
    benchmarks = _BENCHMARKS | {"batches": (_BENCHMARKS["batches"][0], _batches(arguments))}
    print(f"Load of this machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    for name in arguments.names or _BENCHMARKS:
        heading, rows = benchmarks[name]
        print(markdown(rows(), heading), flush=True)


if __name__ == "__main__":
    main()
