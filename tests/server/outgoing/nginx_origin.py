"""A real nginx that offers HTTP/2, and tells by each answer how it was asked."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from server.edge import find_nginx, free_loopback_address
from server.outgoing import Fetched
from tests.server.outgoing.origin import TLS

CERTIFICATE = "twins.internal.pem"
ONE = "one.twins.internal"
TWO = "two.twins.internal"
ENDLESS_BYTES = 50_000_000

CONFIGURATION = """\
daemon off;
{user}
pid "{folder}/nginx.pid";
error_log stderr crit;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path "{folder}/body"; proxy_temp_path "{folder}/proxy"; fastcgi_temp_path "{folder}/f";
    uwsgi_temp_path "{folder}/u"; scgi_temp_path "{folder}/s";
    ssl_certificate "{folder}/certificate.pem";
    ssl_certificate_key "{folder}/certificate.pem";
    server {{ listen 127.0.0.1:{http2} ssl http2; include "{folder}/answers.conf"; }}
    server {{ listen 127.0.0.1:{http1} ssl; include "{folder}/answers.conf"; }}
    server {{ listen 127.0.0.1:{plain}; location / {{ return 200 "$content_length $http_authorization"; }} }}
    server {{ listen 127.0.0.1:{hasty} ssl http2; keepalive_requests 3; include "{folder}/answers.conf"; }}
}}
"""
ANSWERS = """\
root "{folder}/files";
location / {{
    add_header X-Authorization $http_authorization;
    return 200 "$server_protocol $request_method $host $ssl_server_name $connection";
}}
location = /reads {{ proxy_pass http://127.0.0.1:{plain}/; }}
location = /slow {{ limit_rate 100; try_files /large =404; }}
location = /large {{ limit_rate 1; limit_rate_after 1m; }}
location = /endless {{ }}
location = /here {{ return 302 /there; }}
location = /twin {{ return 307 https://{two}:{http2}/there; }}
location = /private {{ return 302 https://10.0.0.1/; }}
location = /away {{ return 302 https://other.internal/; }}
location = /broken {{ return 503 broken; }}
location = /missing {{ return 404 missing; }}
"""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where it offers HTTP/2, HTTP/1.1 alone, HTTP/2 for three requests a connection, and no TLS."""

    http2: int
    http1: int
    hasty: int
    plain: int


@dataclass(frozen=True, slots=True)
class Told:
    """What nginx has seen of a request; `connection` is a number of its own."""

    protocol: str
    method: str
    host: str
    server_name: str
    connection: str


def told(answer: Fetched) -> Told:
    return Told(*answer.body.decode().split(" "))


@contextmanager
def serving_http2(folder: Path) -> Iterator[Ports]:
    """Run nginx for the two names of its certificate."""
    ports = Ports(*(int(free_loopback_address().partition(":")[2]) for _ in range(4)))
    shutil.copy(TLS / CERTIFICATE, folder / "certificate.pem")
    (folder / "files").mkdir()
    (folder / "files" / "large").write_bytes(b"x" * 2_000_000)
    with (folder / "files" / "endless").open("wb") as file:
        file.truncate(ENDLESS_BYTES)
    user = "user root;" if Path("/proc/self").stat().st_uid == 0 else ""
    names = {"folder": folder, **asdict(ports)}
    (folder / "answers.conf").write_text(ANSWERS.format(two=TWO, **names))
    (folder / "nginx.conf").write_text(CONFIGURATION.format(user=user, **names))
    process = subprocess.Popen([find_nginx(), "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        _wait(process, ports.http2)
        yield ports
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        assert process.poll() is None
        try:
            httpx.get(f"https://127.0.0.1:{port}/", verify=False, trust_env=False)  # noqa: S501 - is it up?
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        else:
            return
