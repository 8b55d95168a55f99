"""A real Varnish with the configuration of examples/varnish, unprivileged and on loopback."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from server.edge import free_loopback_address
from tests.server.live_server import PATIENCE, REPOSITORY

PROGRAM = shutil.which("varnishd", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
VCL = REPOSITORY / "examples" / "varnish" / "signet.vcl"

# VCL of equal names is run one after the other, so that these come after the example's. Times are shortened by the word
# of a request, because tests don't wait; and answers tell what the cache decided.
_FOR_TESTS = """
sub vcl_backend_response {
    if (bereq.http.X-Test-Ttl) {
        set beresp.ttl = std.duration(bereq.http.X-Test-Ttl, 0s);
    }
    if (bereq.http.X-Test-Grace) {
        set beresp.grace = std.duration(bereq.http.X-Test-Grace, 0s);
    }
}
sub vcl_deliver {
    set resp.http.X-Test-Hits = obj.hits;
    set resp.http.X-Test-Grace = obj.grace;
    set resp.http.X-Test-Ttl = obj.ttl;
}
"""


@contextmanager
def running_varnish(origin: str, directory: Path) -> Iterator[str]:
    """Varnish in front of `origin`, a base URL; gives its own. `directory` must have a short path and be empty."""
    assert PROGRAM is not None
    text = VCL.read_text(encoding="utf-8").replace('.port = "8000"', f'.port = "{urlsplit(origin).port}"')
    configuration = directory / "test.vcl"
    configuration.write_text(text.replace("vcl 4.1;", "vcl 4.1;\nimport std;") + _FOR_TESTS, encoding="utf-8")
    address = free_loopback_address()
    errors = directory / "stderr"
    command = [PROGRAM, "-F", "-j", "none", "-n", str(directory / "work"), "-a", address, "-T", "none"]
    command += ["-f", str(configuration), "-s", "malloc,32m", "-p", "thread_pool_min=10"]
    with errors.open("wb") as stderr:
        process = subprocess.Popen(command, stdout=stderr, stderr=stderr)
    try:
        _wait(f"http://{address}", process, errors)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait(base_url: str, process: subprocess.Popen[bytes], errors: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, errors.read_text()
        try:
            httpx.get(f"{base_url}/livez", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"Varnish does not answer: {errors.read_text()}")
