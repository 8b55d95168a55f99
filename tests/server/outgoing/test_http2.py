"""HTTP/2, where a server offers it: behind the same guard, with the same bounds."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest

from server.edge import find_nginx, free_loopback_address
from server.outgoing import AllowedHosts, Caps, Guard, OutgoingClient
from server.outgoing.addresses import Address
from server.outgoing.errors import RefusedUrl, TooLarge
from tests.server.outgoing.origin import TLS

CONFIGURATION = """\
daemon off;
{user}
pid "{folder}/nginx.pid";
error_log stderr error;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path "{folder}/body"; proxy_temp_path "{folder}/proxy"; fastcgi_temp_path "{folder}/f";
    uwsgi_temp_path "{folder}/u"; scgi_temp_path "{folder}/s";
    server {{
        listen {address} ssl http2;
        ssl_certificate "{certificate}";
        ssl_certificate_key "{certificate}";
        location = /protocol {{ return 200 "$server_protocol $host $connection $connection_requests"; }}
        location = /large {{ return 200 "{large}"; }}
        location = /away {{ return 302 https://other.internal:{port}/protocol; }}
    }}
}}
"""
CAPS = Caps(10_000, 5)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where nginx offers HTTP/2 for the name pictures.internal."""
    folder = tmp_path_factory.mktemp("http2")
    address = free_loopback_address()
    number = int(address.partition(":")[2])
    shutil.copy(TLS / "pictures.internal.pem", folder / "certificate.pem")
    text = CONFIGURATION.format(
        user="user root;" if Path("/proc/self").stat().st_uid == 0 else "",
        folder=folder,
        address=address,
        port=number,
        certificate=folder / "certificate.pem",
        large="x" * 2000,
    )
    (folder / "nginx.conf").write_text(text)
    process = subprocess.Popen([find_nginx(), "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            assert process.poll() is None
            try:
                httpx.get(f"https://{address}/protocol", verify=False, trust_env=False)  # noqa: S501 - is it up?
                break
            except httpx.TransportError:
                time.sleep(0.02)
        yield number
    finally:
        process.terminate()
        process.wait(20)


async def loopback(host: str, port: int) -> Sequence[Address]:
    return [ip_address("127.0.0.1")]


@pytest.fixture
async def http2(port: int) -> AsyncIterator[OutgoingClient]:
    guard = Guard(AllowedHosts.parse([f"pictures.internal:{port}"]))
    client = OutgoingClient(guard, resolver=loopback, trusted=str(TLS / "ca.pem"))
    yield client
    await client.close()


@pytest.mark.anyio
async def test_it_is_used_where_it_is_offered_and_many_requests_share_a_connection(
    http2: OutgoingClient, port: int
) -> None:
    url = f"https://pictures.internal:{port}/protocol"
    first = await http2.request(url, CAPS)
    answers = await asyncio.gather(*(http2.request(url, CAPS) for _ in range(20)))
    told = [answer.body.decode().split() for answer in (first, *answers)]
    assert {(protocol, host) for protocol, host, _, _ in told} == {("HTTP/2.0", "pictures.internal")}
    assert len({connection for _, _, connection, _ in told}) == 1


@pytest.mark.anyio
async def test_bounds_and_guard_hold(http2: OutgoingClient, port: int) -> None:
    with pytest.raises(TooLarge):
        await http2.request(f"https://pictures.internal:{port}/large", Caps(1000, 5))
    with pytest.raises(RefusedUrl):
        await http2.request(f"https://pictures.internal:{port}/away", CAPS)
    assert (await http2.request(f"https://pictures.internal:{port}/protocol", CAPS)).status == 200
