"""The same script in nginx's own njs and at its place in the configuration: URLs that chance has made, as bytes."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from server.signing import UrlSigner
from tests.edge.random_urls import random_targets
from tests.edge.servers import Answer, Edge, ScriptedOrigin, running_nginx
from tests.edge.verdicts import agree, in_python
from tests.server.url_vectors import NEW, NOW, OLD

SIGNER = UrlSigner([OLD, NEW])
URLS = 600
LONG_AGO, IN_CENTURIES = 1, 9_999_999_999
PICTURE = {"Cache-Control": "public, max-age=3600", "Content-Type": "image/png"}
# A path with other escapes may be no path to nginx, which then answers 400, or none of images, which Python answers.
IMAGE_PATH = re.compile(rb"/(?:[it]|%69|%74)/[^%]*")


@pytest.fixture(scope="module")
def picture_origin() -> Iterator[ScriptedOrigin]:
    origin = ScriptedOrigin()
    origin.default = Answer(b"picture", headers=PICTURE)
    yield origin
    origin.stop()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("random")


@pytest.fixture(scope="module")
def gated(picture_origin: ScriptedOrigin, folder: Path) -> Iterator[Edge]:
    with running_nginx(picture_origin.address, folder, keys=[OLD, NEW]) as running:
        yield running


def answer_to(edge: Edge, target: bytes) -> str:
    """How exactly these bytes are answered: `STATUS CODE` of a refusal, `200 PATH` of a picture."""
    url = urlsplit(edge.base_url)
    with socket.create_connection((url.hostname, url.port), timeout=20) as connection:
        connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    status = answer.split(b" ", 2)[1].decode()
    code = re.search(rb'"code":"([a-z-]+)"', answer)
    return f"{status} {code[1].decode() if code else unquote(path_of(target))}"


def path_of(target: bytes) -> bytes:
    return re.split(rb"[?#]", target, maxsplit=1)[0]


def kept_keys(cache: Path) -> set[str]:
    heads = [path.read_bytes() for path in cache.rglob("*") if path.is_file()]
    return {key[1].decode() for head in heads if (key := re.search(rb"\nKEY: ([^\n]*)\n", head))}


def test_hundreds_of_random_urls(gated: Edge, picture_origin: ScriptedOrigin, folder: Path) -> None:
    targets = random_targets(20_261_122, URLS, (LONG_AGO, IN_CENTURIES))
    targets = [target for target in targets if IMAGE_PATH.fullmatch(path_of(target))]
    picture_origin.seen.clear()
    genuine, passed, wrong = [], [], []
    for target in targets:
        ours, theirs = in_python(target, NOW, SIGNER), answer_to(gated, target)
        if not ours.startswith("200 "):
            passed += [target] * theirs.startswith("200 ")
            wrong += [] if agree(ours, theirs) else [(target, ours, theirs)]
        elif theirs.startswith("200 "):
            genuine.append(ours.split(" "))
        else:
            wrong.append((target, ours, theirs))
    assert wrong == []
    assert len(targets) > URLS * 0.8
    assert len(genuine) > URLS / 5
    keys, kept = {key for _, key, _ in genuine}, kept_keys(folder / "cache")
    assert keys <= kept
    assert len(kept) <= len(keys) + len(passed)
    seen = [seen.target for seen in picture_origin.seen]
    assert len(seen) == len(kept)  # nothing was fetched twice, however it was spelled
    in_canonical_form = {canonical for _, _, canonical in genuine}
    assert all(target in in_canonical_form for target in seen if not target.startswith("/t/."))
