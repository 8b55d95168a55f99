"""Warm pictures at nginx with and without the signature gate, and forged URLs: `python -m loadtests.edge_load`.

All of it with a real origin, whose requests are counted and whose CPU time is read from the kernel.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from loadtests.measuring import Row, markdown
from loadtests.servers import Origin, running_edge, running_origin
from loadtests.wrk import Load, Wrk
from server.keys import signing_keys
from server.signing import UrlSigner
from server.urls import ImageRequest

_PICTURES = 100
_SECONDS = 5
_WARM_PER_SECOND = 5_000
_FORGED_SECONDS = 10
_FORGED_PER_SECOND = 2_000
_WARM_BESIDE = 1_000


def cpu_seconds(pid: int) -> float:
    """CPU time that a process and its children that live have taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_seconds(int(child)) for child in children)


def image_requests(origin: Origin) -> int:
    """How many image requests have reached Python."""
    text = httpx.get(f"{origin.base_url}/metrics", trust_env=False).text
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("signet_image_requests_total "))


def signed_paths(keys: Sequence[str], count: int) -> list[str]:
    """Paths of as many cards."""
    signer = UrlSigner(keys)
    return [signer.sign(ImageRequest("article", "png", {"title": f"Picture number {i} of many"})) for i in range(count)]


def warm(base_url: str, paths: Sequence[str]) -> int:
    """Ask for everything once; the mean size in bytes."""
    with httpx.Client(base_url=base_url, trust_env=False, timeout=60) as client:
        return sum(len(client.get(path).raise_for_status().content) for path in paths) // len(paths)


def _one_after_another(edge: str, paths: Sequence[str], which: str) -> Iterator[Row]:
    yield Row(f"{which}, as many as it can", str(_faultless(Wrk(edge, paths).run(_SECONDS))))
    tag = httpx.get(edge + paths[0], trust_env=False).headers["etag"]
    known = {"If-None-Match": tag}
    yield Row(f"{which}, 304", str(_faultless(Wrk(edge, paths[:1]).run(_SECONDS, headers=known))))
    paced = _faultless(Wrk(edge, paths).run(_SECONDS, per_second=_WARM_PER_SECOND))
    yield Row(f"{which}, {_WARM_PER_SECOND:,} a second", str(paced), "p99 at most 5 ms")


def _faultless(load: Load) -> Load:
    if load.refused or load.failed:
        raise RuntimeError(f"not every request was answered well: {load}")
    return load


def _flood(origin: Origin, edge: str, paths: Sequence[str]) -> Iterator[Row]:
    pid, seconds = origin.process.pid, _FORGED_SECONDS
    before = cpu_seconds(pid)
    Wrk(edge, paths).run(seconds, per_second=_WARM_BESIDE)
    idle, reached = cpu_seconds(pid) - before, image_requests(origin)
    before = cpu_seconds(pid)
    with ThreadPoolExecutor(1) as beside:
        pending = beside.submit(Wrk(edge, paths).run, seconds, per_second=_WARM_BESIDE)
        forged = Wrk(edge, paths, forged=True).run(seconds, per_second=_FORGED_PER_SECOND)
        warm_load = _faultless(pending.result())
    busy, reached = cpu_seconds(pid) - before, image_requests(origin) - reached
    yield Row(f"{forged.refused:,} forged URLs, {_FORGED_PER_SECOND:,} a second", str(forged))
    yield Row("forged URLs that were not refused", str(forged.requests - forged.refused), "0")
    yield Row(f"warm pictures beside them, {_WARM_BESIDE:,} a second", str(warm_load), "p99 at most 10 ms")
    yield Row("image requests that reached Python meanwhile", str(reached), "0")
    yield Row(f"CPU of Python in {seconds} s without and with them", f"{idle:.2f} s, {busy:.2f} s", "equal")


def rows() -> Iterator[Row]:
    """Everything, with an origin and two nginx of their own, one after the other."""
    with tempfile.TemporaryDirectory() as folder, running_origin(Path(folder) / "var") as origin:
        keys = signing_keys((), origin.data_dir)
        paths = signed_paths(keys, _PICTURES)
        for which, known in (("nginx without gate", ()), ("nginx with gate", keys)):
            with running_edge(origin.base_url[7:], Path(folder) / which, known) as edge:
                size = warm(edge, paths)
                before = image_requests(origin)
                yield from _one_after_another(edge, paths, f"{which}, {_PICTURES} pictures of {size / 1000:.0f} kB")
                yield Row(f"{which}, requests that reached Python", str(image_requests(origin) - before), "0")
                if known:
                    yield from _flood(origin, edge, paths)


def main() -> None:
    """Print the table."""
    print(markdown(rows(), "Edge tier"))


if __name__ == "__main__":
    main()
