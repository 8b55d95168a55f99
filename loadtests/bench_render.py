"""CPU of whole renders: `python -m loadtests.bench_render`.

Every render has other texts, as in production: caches of templates, glyphs and canvases work, caches of texts don't.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator

from loadtests import samples
from loadtests.measuring import Row, markdown, median_cpu
from loadtests.samples import Sample
from renderer import OutputFormat, RenderOptions, RenderResult, compile_bundle, initialize, render
from renderer.template import bundle_from_files

_COUNT = 80
_GOALS = {("card", "png"): "≤ 6 ms", ("dashboard", "png"): "≤ 20 ms"}
_FORMATS: tuple[OutputFormat, ...] = ("png", "jpg", "webp")
_TEXT_NODES = (10, 100, 1_000)

_FIRST_RENDER = """
import time
started = time.process_time()
from loadtests import samples
from renderer import initialize, render
initialize()
ready = time.process_time()
sample = samples.{sample}()
render(sample.compiled, sample.values(1))
done = time.process_time()
print((ready - started) * 1000, (done - ready) * 1000)
"""

_MEMORY = """
import os
from loadtests import samples
from loadtests.measuring import resident_megabytes
from renderer import initialize, render
initialize()
sample = samples.{sample}()
render(sample.compiled, sample.values(0))
before = resident_megabytes(os.getpid())
for number in range({count}):
    render(sample.compiled, sample.values(number))
print(before, resident_megabytes(os.getpid()))
"""


def per_picture(sample: Sample, format: OutputFormat) -> tuple[Row, list[RenderResult]]:  # noqa: A002
    """Median CPU of a template in a format, with the results."""
    results: list[RenderResult] = []
    options = RenderOptions(format=format)
    milliseconds = median_cpu(
        lambda number: results.append(render(sample.compiled, sample.values(number), options)), _COUNT
    )
    size = statistics.median(len(result.data) for result in results) / 1000
    value = f"{milliseconds:.2f} ms, {size:.0f} kB"
    return Row(f"{sample.name}, {format}", value, _GOALS.get((sample.name, format), "")), results[10:]


def steps(sample: Sample, results: list[RenderResult]) -> Row:
    """Wall time of every step: the lower quartile, as other programs' work can only lengthen it."""
    times = {step: sorted(result.timings[step] * 1000 for result in results) for step in results[0].timings}
    goal = "expand ≤ 0.3" if sample.name == "article" else ""
    return Row(
        f"{sample.name}, steps in ms",
        ", ".join(f"{name} {series[len(series) // 4]:.2f}" for name, series in times.items()),
        goal,
    )


def pictures() -> Iterator[Row]:
    """All templates, all formats."""
    for sample in (samples.card(), samples.article(), samples.dashboard()):
        for name in _FORMATS:
            row, results = per_picture(sample, name)
            yield row
            if name == "png":
                yield steps(sample, results)


def first_render() -> Row:
    """CPU of the first render of a process that has loaded fonts and libraries, as a farm's workers do, and of that."""
    loading, first = _in_new_process(_FIRST_RENDER.format(sample="card"))
    return Row("card, first render of a process", f"{first:.0f} ms after {loading:.0f} ms of loading", "≤ 150 ms")


def memory(count: int) -> Row:
    """Resident memory after the first and after many renders."""
    before, after = _in_new_process(_MEMORY.format(sample="article", count=count))
    return Row(f"article, resident memory after 1 and {count:,} renders", f"{before:.0f} and {after:.0f} MB")


def growth() -> Iterator[Row]:
    """Layout of many text nodes: the cost of one must not grow with their number."""
    for nodes in _TEXT_NODES:
        markup = "<body>" + "".join(f"<div>{{{{ title }}}} number {number} of many</div>" for number in range(nodes))
        manifest = b'size = { width = 1200, height = 630 }\n[variables.title]\ntype = "text"\n'
        compiled = compile_bundle(
            bundle_from_files("growth", {"template.html": markup.encode(), "template.toml": manifest})
        )
        results = [render(compiled, {"title": samples.title(number)}) for number in range(5)]
        layout = statistics.median(result.timings["layout"] for result in results) * 1000
        yield Row(f"layout of {nodes:,} text nodes", f"{layout:.1f} ms, {layout / nodes * 1000:.0f} µs each", "linear")


def _in_new_process(program: str) -> tuple[float, float]:
    runs = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout.split()
        for _ in range(3)
    ]
    first, second = (statistics.median(float(run[index]) for run in runs) for index in (0, 1))
    return first, second


def rows(memory_renders: int = 1_000) -> Iterator[Row]:
    """Everything."""
    initialize()
    yield from pictures()
    yield first_render()
    yield from growth()
    yield memory(memory_renders)


def main() -> None:
    """Print the table."""
    print(markdown(rows(), "CPU per picture"))


if __name__ == "__main__":
    main()
