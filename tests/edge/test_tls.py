"""nginx/tls.conf.sample in a real nginx, with a certificate made for the test."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from server.edge import free_loopback_address
from server.edge.configuration import FOLDER
from tests.edge.servers import Answer, Edge, ScriptedOrigin, running_nginx

URL = "/i/article.png?title=TLS"


@pytest.fixture(scope="module")
def address() -> str:
    return free_loopback_address()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def edge(origin: ScriptedOrigin, folder: Path, address: str) -> Iterator[Edge]:
    certificate, key = folder / "fullchain.pem", folder / "privkey.pem"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=img.example.com"
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    command = [*made.split(), *names, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    sample = (FOLDER / "tls.conf.sample").read_text()
    sample = sample.replace("/etc/letsencrypt/live/img.example.com", str(folder))
    sample = sample.replace("listen 443", f"listen {address}").replace("listen [::]:443 ssl http2;", "")
    (folder / "signet.d").mkdir()
    (folder / "signet.d" / "tls.conf").write_text(sample)
    with running_nginx(origin.address, folder) as running:
        yield running


@pytest.fixture
def secure(edge: Edge, folder: Path, address: str) -> Iterator[httpx.Client]:
    trusted = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
    with httpx.Client(base_url=f"https://{address}", http2=True, verify=trusted, trust_env=False) as client:
        yield client


def test_pictures_have_one_entry_over_http_2_and_without_tls(
    origin: ScriptedOrigin, secure: httpx.Client, client: httpx.Client
) -> None:
    origin.answers[URL] = Answer(headers={"Cache-Control": "public, max-age=60"})
    over_tls, plain = secure.get(URL), client.get(URL)
    assert (over_tls.http_version, over_tls.status_code, over_tls.content) == ("HTTP/2", 200, b"picture")
    assert (plain.status_code, plain.headers["cache-status"]) == (200, "edge; hit")
    assert origin.asked(URL)[0].headers["x-forwarded-proto"] == "https"
    assert len(origin.asked(URL)) == 1


def test_the_rest_is_on_tls_only(origin: ScriptedOrigin, secure: httpx.Client, client: httpx.Client) -> None:
    origin.answers["/v1/templates?x=1"] = Answer(b"{}")
    assert secure.get("/v1/templates?x=1").status_code == 200
    moved = client.get("/v1/templates?x=1")
    assert (moved.status_code, moved.headers["location"]) == (308, "https://127.0.0.1/v1/templates?x=1")
    assert client.post(URL).status_code == 405  # refusals of pictures are answered, not redirected
