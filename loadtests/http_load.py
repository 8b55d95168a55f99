"""Requests per second of one URL on this machine, for a few seconds: by wrk if it is installed, else by sockets.

wrk (Debian's package of that name) takes a fraction of the CPU that Python's sockets take; with the latter the client
is the bottleneck of everything that answers from memory.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

_CONNECTIONS = 32
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def requests_per_second(url: str, seconds: float, headers: Mapping[str, str], status: int = 200) -> float:
    """Mean rate of GETs that are all answered with `status`. Raises RuntimeError for other answers."""
    if urlsplit(url).hostname not in _LOOPBACK:
        raise ValueError("only servers on this machine are put under load")
    program = shutil.which("wrk")
    if program is None:
        return asyncio.run(_by_sockets(url, seconds, headers, status))
    command = [program, "-t1", f"-c{_CONNECTIONS}", f"-d{seconds:.0f}s"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    report = subprocess.run([*command, url], capture_output=True, check=True, text=True).stdout
    found = re.search(r"Requests/sec: *([\d.]+)", report)
    if found is None or "Non-2xx" in report:
        raise RuntimeError(f"wrk reports errors:\n{report}")
    return float(found[1])


async def _by_sockets(url: str, seconds: float, headers: Mapping[str, str], status: int) -> float:
    parts = urlsplit(url)
    lines = [f"GET {parts.path}?{parts.query} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    closes = headers.get("Connection") == "close"
    done = 0
    deadline = time.perf_counter() + seconds

    async def work() -> None:
        nonlocal done
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        while time.perf_counter() < deadline:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if int(head.split(b" ", 2)[1]) != status:
                raise RuntimeError(f"the server answers {head.splitlines()[0].decode()}")
            if status != 304 and (length := _LENGTH.search(head)):
                await reader.readexactly(int(length[1]))
            done += 1
            if closes:
                writer.close()
                reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(_CONNECTIONS)))
    return done / (time.perf_counter() - started)
