"""wrk (Debian's package of that name) with paths in turn, at a pace, and with percentiles.

wrk asks again as soon as it is answered. For a pace each of its connections waits a random time in between, which is
the longer the more connections there are. Latency counts from a request's sending.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PACED_CONNECTIONS = 64
_REPORT = "REPORT "

# wrk calls these functions; strings of Lua are in [==[ ]==], which no URL contains.
_SCRIPT = """
local paths = {%(paths)s}
local forged, mean = %(forged)s, %(delay)g
local number = 0
function request()
    number = number + 1
    local path = paths[number %% #paths + 1]
    if forged then path = path:sub(1, -9) .. string.format("%%08x", math.random(0, 2147483647)) end
    return wrk.format(nil, path)
end
if mean > 0 then
    function delay() return math.random(0, math.floor(2 * mean)) end
end
function done(summary, latency, requests)
    io.write(string.format(
        '%(report)s{"requests":%%d,"seconds":%%f,"p50":%%f,"p99":%%f,"refused":%%d,"failed":%%d}\\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write
            + summary.errors.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What one run found: latencies in ms; `refused` answers were other than 2xx and 3xx, `failed` requests none."""

    requests: int
    seconds: float
    p50: float
    p99: float
    refused: int
    failed: int

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.requests / self.seconds

    def __str__(self) -> str:
        return f"{self.rate:,.0f}/s, p50 {self.p50:.2f} ms, p99 {self.p99:.2f} ms"


class Wrk:
    """Load on one server of this machine, by one thread.

    Args:
        base_url: scheme, host and port.
        paths: asked for in turn.
        forged: whether each request gets another signature, which is wrong.

    Raises:
        RuntimeError: wrk is not installed.
        ValueError: the server is not on this machine.
    """

    def __init__(self, base_url: str, paths: Sequence[str], *, forged: bool = False) -> None:
        if urlsplit(base_url).hostname not in _LOOPBACK:
            raise ValueError("only servers on this machine are put under load")
        if shutil.which("wrk") is None:
            raise RuntimeError("wrk is not installed; on Debian: apt-get install wrk")
        self._base_url = base_url
        self._paths = paths
        self._forged = forged

    def run(
        self, seconds: int, *, connections: int = 16, per_second: float | None = None, headers: Mapping[str, str] = {}
    ) -> Load:
        """As many requests as are answered, or about as many as asked for, for some seconds."""
        pace = 0.0
        if per_second is not None:
            connections = max(_PACED_CONNECTIONS, round(per_second / 50))
            pace = 1000 * connections / per_second
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "load.lua"
            script.write_text(self._script(pace))
            command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script)]
            for name, value in headers.items():
                command += ["-H", f"{name}: {value}"]
            report = subprocess.run([*command, self._base_url], capture_output=True, check=True, text=True).stdout
        return Load(**json.loads(report.partition(_REPORT)[2]))

    def _script(self, pace: float) -> str:
        return _SCRIPT % {
            "paths": ", ".join(f"[==[{path}]==]" for path in self._paths),
            "forged": "true" if self._forged else "false",
            "delay": pace,
            "report": _REPORT,
        }
