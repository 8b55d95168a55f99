"""The three jobs of `loadtests.locustfile` against an origin and nginx: `python -m loadtests scenarios`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from loadtests.edge_load import cpu_seconds, image_requests
from loadtests.measuring import Row
from loadtests.servers import Origin, running_edge, running_origin
from server.keys import signing_keys
from server.signing import UrlSigner
from server.urls import ImageRequest

_SECONDS = 12
_USERS = 16
_PAGES = 200
_READERS = 1_000
_LOCUSTFILE = Path(__file__).parent / "locustfile.py"


def _paths(keys: Sequence[str]) -> dict[str, list[str]]:
    signer = UrlSigner(keys)

    def card(title: str) -> str:
        return signer.sign(ImageRequest("article", "png", {"title": title}))

    return {
        "CrawlUser": [card(f"Page number {number}, shared today") for number in range(_PAGES)],
        "BlastUser": [card(f"Good morning, reader {number}") for number in range(_READERS)],
        "FloodUser": [card("A forged picture")],
    }


def _run(user: str, edge: str, paths: Path) -> Mapping[str, Any]:
    """What locust found for all requests of one class of users."""
    command = [sys.executable, "-m", "locust", "-f", str(_LOCUSTFILE), "--headless", "--json", "--skip-log"]
    command += ["-u", str(_USERS), "-r", str(_USERS), "-t", f"{_SECONDS}s", "--host", edge, user]
    environment = os.environ | {"SIGNET_LOAD_PATHS": str(paths), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_SECONDS * 10)
    (found,) = json.loads(done.stdout)
    return dict(found)


def _percentile(found: Mapping[str, Any], share: float) -> float:
    """Milliseconds within which this share of requests was answered."""
    times = sorted((float(time), int(count)) for time, count in found["response_times"].items())
    wanted = share * sum(count for _, count in times)
    for time, count in times:
        wanted -= count
        if wanted <= 0:
            return time
    return 0.0


def _rows(user: str, origin: Origin, edge: str, paths: Path, pictures: int) -> Iterator[Row]:
    reached, cpu = image_requests(origin), cpu_seconds(origin.process.pid)
    found = _run(user, edge, paths)
    rate = found["num_requests"] / _SECONDS
    times = ", ".join(f"p{round(share * 100)} {_percentile(found, share):g} ms" for share in (0.5, 0.95, 0.99))
    yield Row(f"{user}: {found['num_requests']:,} requests", f"{rate:,.0f}/s, {times}")
    yield Row(f"{user}: answered wrongly", str(found["num_failures"]), "0")
    yield Row(f"{user}: reached Python", str(image_requests(origin) - reached), f"at most {pictures}")
    yield Row(f"{user}: CPU of Python", f"{cpu_seconds(origin.process.pid) - cpu:.2f} s")


def rows() -> Iterator[Row]:
    """All three, one after the other; pictures are rendered as they are first asked for."""
    with tempfile.TemporaryDirectory() as folder, running_origin(Path(folder) / "var") as origin:
        keys = signing_keys((), origin.data_dir)
        made = _paths(keys)
        paths = Path(folder) / "paths.json"
        paths.write_text(json.dumps(made))
        with running_edge(origin.base_url[7:], Path(folder) / "edge", keys) as edge:
            for user, most in (("CrawlUser", _PAGES), ("BlastUser", _READERS), ("FloodUser", 0)):
                yield from _rows(user, origin, edge, paths, most)
