"""What a fresh binding adds to a request for a stored picture: `python -m loadtests.bench_bindings`.

Two templates show the same text: one has it from its variables, one from live data. Both pictures are stored and the
data is fresh, so that a request does everything but fetch and render. Requests alternate between the two, so that other
programs' work lengthens both alike.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from loadtests.measuring import Row, markdown
from server.images import ImageService
from server.services import open_services
from server.settings import load_settings
from server.urls import ImageRequest

_PAIRS = 1_000
_WARM_UP = 50
_GOAL = "≤ 1 ms more"
_SIZES = {"a price": 0, "100 rows": 100, "1,000 rows": 1_000}

_MANIFEST = 'size = { width = 1200, height = 630 }\n[variables.user]\ntype = "text"\ndefault = "ada"\n'
_BINDING = """
[bindings.stats]
url = "{origin}/{rows}/{{{{ user }}}}"
headers = {{ Authorization = "Bearer env:BENCH_TOKEN" }}
ttl = "1h"
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """Milliseconds of a request without and with a binding, and of the difference of two that follow each other."""

    without: float
    binding: float
    more: float


class _Source(BaseHTTPRequestHandler):
    """`/{rows}/…` answers with a price and so many rows."""

    def do_GET(self) -> None:
        rows = [
            {"id": number, "name": f"Person {number}", "score": number / 7}
            for number in range(int(self.path.split("/")[1]))
        ]
        body = json.dumps({"price": "€ 49", "rows": rows}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Silence."""


@contextmanager
def _source() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Source)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _write_templates(folder: Path, origin: str) -> None:
    plain = '[variables.price]\ntype = "text"\ndefault = "€ 49"\n'
    texts = {"plain": ("{{ price }}", plain)}
    for rows in _SIZES.values():
        texts[f"live-{rows}"] = ("{{ stats.price }}", _BINDING.format(origin=origin, rows=rows))
    for name, (text, manifest) in texts.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "template.html").write_text(f"<body><h1>{text}</h1></body>", encoding="utf-8")
        (folder / name / "template.toml").write_text(_MANIFEST + manifest, encoding="utf-8")


async def _milliseconds(images: ImageService, target: bytes) -> float:
    started = time.perf_counter()
    answer = await images.answer(target, None)
    took = (time.perf_counter() - started) * 1000
    if answer.headers["X-Signet-State"] != "fresh":
        raise RuntimeError("the data is not fresh")
    return took


async def _pair(images: ImageService, without: bytes, binding: bytes) -> Pair:
    for _ in range(_WARM_UP):
        await images.answer(without, None)
        await images.answer(binding, None)
    pairs = [
        (await _milliseconds(images, without), await _milliseconds(images, binding)) for _ in range(_PAIRS)
    ]  # fmt: skip
    return Pair(
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] for pair in pairs),
        statistics.median(pair[1] - pair[0] for pair in pairs),
    )


async def _measure(folder: Path, origin: str) -> dict[str, Pair]:
    _write_templates(folder / "templates", origin)
    folders = {"data_dir": folder / "var", "templates_dir": folder / "templates"}
    settings = load_settings(None, renderers=1, allowed_hosts=("127.0.0.1",), **folders)
    async with open_services(settings) as services:

        def target(name: str) -> bytes:
            return services.signer.sign(ImageRequest(name, "png", {"user": "ada"})).encode()

        return {
            what: await _pair(services.images, target("plain"), target(f"live-{rows}")) for what, rows in _SIZES.items()
        }


def rows() -> Iterator[Row]:
    """Everything, with a server and a source of its own."""
    os.environ["BENCH_TOKEN"] = "a secret that nobody else knows"
    with tempfile.TemporaryDirectory() as folder, _source() as origin:
        for what, pair in asyncio.run(_measure(Path(folder), origin)).items():
            value = f"{pair.more:.2f} ms more ({pair.without:.2f} → {pair.binding:.2f} ms)"
            yield Row(f"fresh binding, data of {what}", value, _GOAL)


def main() -> None:
    """Print the table."""
    print(markdown(rows(), "Requests for stored pictures with live data"))


if __name__ == "__main__":
    main()
