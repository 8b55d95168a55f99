"""Requests per second for pictures that are stored already: `python -m loadtests.serving`.

At the origin (memory and 304) and at nginx in front of it, with connections kept and with a new one for each request.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx

from loadtests.http_load import requests_per_second
from loadtests.measuring import Row, markdown, resident_megabytes
from loadtests.servers import Origin, running_edge, running_origin
from server.keys import signing_keys
from server.signing import UrlSigner
from server.urls import ImageRequest

_SECONDS = 4.0
_CLOSE = {"Connection": "close"}


def _rate(what: str, url: str, headers: dict[str, str], status: int = 200) -> Row:
    return Row(what, f"{requests_per_second(url, _SECONDS, headers, status):,.0f}/s")


def _memory(origin: Origin) -> Row:
    server = origin.process.pid
    workers = [int(pid) for pid in Path(f"/proc/{server}/task/{server}/children").read_text().split()]
    value = ", ".join(f"{resident_megabytes(pid):.0f} MB" for pid in (server, *workers))
    return Row("memory of the server and of its render processes", value)


def rows() -> Iterator[Row]:
    """Everything, with an origin and an nginx of their own."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_origin(Path(folder) / "var") as origin,
        running_edge(origin.base_url[7:], Path(folder) / "edge") as edge,
    ):
        signer = UrlSigner(signing_keys((), origin.data_dir))
        path = signer.sign(ImageRequest("article", "png", {"title": "Warm"}))
        first = httpx.get(edge + path, trust_env=False)
        first.raise_for_status()
        known = {"If-None-Match": first.headers["etag"]}
        size = f"{len(first.content) / 1000:.0f} kB"
        yield _rate(f"origin, stored picture of {size}", origin.base_url + path, {})
        yield _rate("origin, 304", origin.base_url + path, known, 304)
        yield _rate(f"nginx, cached picture of {size}", edge + path, {})
        yield _rate("nginx, the same with a connection for each request", edge + path, _CLOSE)
        yield _rate("nginx, 304", edge + path, known, 304)
        yield _memory(origin)


def main() -> None:
    """Print the table."""
    print(markdown(rows(), "Warm requests"))


if __name__ == "__main__":
    main()
