"""One article card for each of 500 packages of Debian's own list, through signed URLs over HTTP and nginx, twice.

Shows that real text of all lengths renders without an error and that the second pass never reaches Python.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from PIL import Image

from loadtests.servers import running_edge, running_origin
from server.keys import signing_keys
from server.signing import UrlSigner
from server.urls import ImageRequest

_CONCURRENCY = 8
_SHEET = (4, 5)  # columns and rows of the contact sheet


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass over all URLs gave."""

    statuses: Counter[int]
    cache: Counter[str]
    seconds: float
    size: int
    bodies: list[bytes]


def debian_packages(count: int) -> list[dict[str, str]]:
    """Name, one-line description, maintainer and section of `count` packages, spread evenly over the whole list."""
    text = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, check=True, text=True).stdout
    packages = [fields for fields in map(_fields, text.split("\n\n")) if {"Package", "Description"} <= fields.keys()]
    step = max(1, len(packages) // count)
    return packages[::step][:count]


def _fields(paragraph: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in paragraph.splitlines():
        name, separator, value = line.partition(": ")
        if separator and not line.startswith(" "):
            fields["Description" if name == "Description-en" else name] = value
    return fields


def article(package: dict[str, str]) -> dict[str, str]:
    """Variables of the article template for a package."""
    maintainer = package.get("Maintainer", "").partition("<")[0].strip().strip('"')
    section = package.get("Section", "misc")
    return {
        "title": f"{package['Package']}: {package['Description']}"[:300],
        "author": maintainer[:120],
        "date": "2026-11-21",
        "tags": f'["{section}", "Debian"]',
        "site": "packages.debian.org",
    }


async def fetch_all(base_url: str, urls: list[str]) -> Pass:
    """GET every URL once, a few at a time."""
    statuses: Counter[int] = Counter()
    cache: Counter[str] = Counter()
    bodies: list[bytes] = [b""] * len(urls)
    queue = iter(enumerate(urls))
    async with httpx.AsyncClient(base_url=base_url, timeout=60, trust_env=False) as client:

        async def work(pending: Iterator[tuple[int, str]]) -> None:
            for index, url in pending:
                answer = await client.get(url)
                statuses[answer.status_code] += 1
                cache[answer.headers.get("cache-status", "").partition(",")[0]] += 1
                bodies[index] = answer.content

        started = time.perf_counter()
        await asyncio.gather(*(work(queue) for _ in range(_CONCURRENCY)))
        seconds = time.perf_counter() - started
    return Pass(statuses, cache, seconds, sum(map(len, bodies)), bodies)


def contact_sheet(bodies: list[bytes], path: Path) -> None:
    """Twenty pictures, spread over all, on one page."""
    columns, rows = _SHEET
    width, height = 480, 252
    sheet = Image.new("RGB", (columns * (width + 12) + 12, rows * (height + 12) + 12), "white")
    step = max(1, len(bodies) // (columns * rows))
    for place, body in enumerate(bodies[::step][: columns * rows]):
        picture = Image.open(io.BytesIO(body)).convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
        row, column = divmod(place, columns)
        sheet.paste(picture, (12 + column * (width + 12), 12 + row * (height + 12)))
    sheet.save(path)


def _renders(origin: str) -> str:
    lines = httpx.get(f"{origin}/metrics", trust_env=False).text.splitlines()
    return next(line.split()[1] for line in lines if line.startswith("signet_image_requests_total"))


def main() -> None:
    """Run both passes and print what they gave."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--sheet", type=Path, help="write a contact sheet of twenty pictures here")
    arguments = parser.parse_args()
    packages = debian_packages(arguments.count)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        with running_origin(data / "var") as origin, running_edge(origin.base_url[7:], data / "edge") as edge:
            signer = UrlSigner(signing_keys((), origin.data_dir))
            urls = [signer.sign(ImageRequest("article", "png", article(package))) for package in packages]
            for number in (1, 2):
                result = asyncio.run(fetch_all(edge, urls))
                print(
                    f"pass {number}: {dict(result.statuses)} {dict(result.cache)} in {result.seconds:.2f} s "
                    f"({len(urls) / result.seconds:.0f}/s), mean {result.size / len(urls) / 1000:.1f} kB; "
                    f"requests that reached Python so far: {_renders(origin.base_url)}"
                )
            if arguments.sheet:
                contact_sheet(result.bodies, arguments.sheet)


if __name__ == "__main__":
    main()
