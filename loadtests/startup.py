"""Time from starting `signet serve` to the last byte of the first image, in a data directory of its own.

The first run makes keys and archives, as a fresh checkout does; the median is over all runs.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from loadtests.servers import end, free_port, origin_environment
from server.keys import signing_keys
from server.signing import UrlSigner
from server.urls import ImageRequest


def first_image(data_dir: Path, title: str) -> float:
    """Seconds until a signed URL was answered with a picture that no store held."""
    port = free_port()
    url = UrlSigner(signing_keys((), data_dir)).sign(ImageRequest("article", "png", {"title": title}))
    environment = origin_environment(data_dir, port)
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "server", "serve"], env=environment, stdout=subprocess.DEVNULL)
    try:
        answer = _get_as_soon_as_it_listens(f"http://127.0.0.1:{port}{url}", process)
        seconds = time.perf_counter() - started
    finally:
        end(process)
    answer.raise_for_status()
    return seconds


def _get_as_soon_as_it_listens(url: str, process: subprocess.Popen[bytes]) -> httpx.Response:
    with httpx.Client(trust_env=False, timeout=30.0) as client:
        while process.poll() is None:
            try:
                return client.get(url)
            except httpx.ConnectError:
                time.sleep(0.005)
    raise RuntimeError(f"the server ended with status {process.returncode}")


def main() -> None:
    """Print each run and the median."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        times = [first_image(Path(folder), f"Start {number}") for number in range(arguments.runs)]
    print(f"{' '.join(f'{seconds:.2f}' for seconds in times)} s, median {statistics.median(times):.2f} s")


if __name__ == "__main__":
    main()
