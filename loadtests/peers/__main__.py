"""The card by Signet and by its peers, interleaved in one run: `python -m loadtests.peers`.

CPU time of all threads per picture, median; every picture has another title, and all engines get the same titles in
the same order, one picture each in turn, so that a busy machine slows all of them alike. Needs Node and the npm
registry once; the packages go to var/peers.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from loadtests import samples
from loadtests.peers.chromium import EXECUTABLE, chromium_engine
from loadtests.peers.engines import Engine, Signet, install, node_engine
from renderer import OutputFormat

FOLDER = Path("var/peers")
_WARM_UP = 15


@dataclass(slots=True)
class Series:
    """What one engine gave in one format."""

    milliseconds: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)


def compare(engines: Sequence[Engine], format: OutputFormat, count: int) -> dict[str, Series]:  # noqa: A002
    """Render `count` cards with every engine that knows the format, after some to warm up."""
    able = [engine for engine in engines if format in engine.formats]
    series = {engine.name: Series() for engine in able}
    for number in range(_WARM_UP + count):
        for engine in able:
            milliseconds, size = engine.render(samples.title(number), format)
            if number >= _WARM_UP:
                series[engine.name].milliseconds.append(milliseconds)
                series[engine.name].sizes.append(size)
    return series


def table(results: dict[OutputFormat, dict[str, Series]]) -> str:
    """Markdown: CPU, size and how many times Signet's CPU each engine takes."""
    lines = ["| format | engine | CPU per picture | size | × Signet |", "|---|---|---:|---:|---:|"]
    for name, series in results.items():
        own = statistics.median(series[Signet.name].milliseconds)
        for engine, one in series.items():
            milliseconds = statistics.median(one.milliseconds)
            size = statistics.median(one.sizes) / 1000
            lines.append(f"| {name} | {engine} | {milliseconds:.1f} ms | {size:.0f} kB | {milliseconds / own:.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Install, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.peers", description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="pictures per engine and format")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the npm packages and fonts go")
    parser.add_argument("--pictures", type=Path, help="also write one picture of each engine into this folder")
    arguments = parser.parse_args()
    install(arguments.folder)
    with ExitStack() as stack:
        takumi = stack.enter_context(node_engine("takumi", "takumi", ("png", "jpg", "webp"), arguments.folder))
        satori = stack.enter_context(node_engine("satori", "satori + resvg", ("png",), arguments.folder))
        engines: list[Engine] = [Signet(samples.card()), takumi, satori]
        if EXECUTABLE.exists():
            engines.append(stack.enter_context(chromium_engine()))
        formats: tuple[OutputFormat, ...] = ("png", "jpg", "webp")
        print(table({name: compare(engines, name, arguments.count) for name in formats}))
        if arguments.pictures:
            arguments.pictures.mkdir(parents=True, exist_ok=True)
            for engine in engines:
                engine.render(samples.title(0), "png", (arguments.pictures / f"{engine.name}.png").absolute())


if __name__ == "__main__":
    main()
