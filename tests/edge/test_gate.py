"""The signature gate in real nginx: what is genuine reaches the origin once in all spellings, the rest never."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from server.edge import free_loopback_address
from server.keys import SIGNING_KEYS_FILE, add_signing_key
from server.signing import UrlSigner
from server.urls import ImageRequest, Options
from tests.edge.servers import START_SECONDS, Answer, Edge, ScriptedOrigin, running_nginx
from tests.edge.test_command import COMMAND
from tests.server.url_vectors import FOREIGN, NEW, OLD, PATH

VECTORS = json.loads(PATH.read_text())
SIGNER = UrlSigner([OLD, NEW])
PICTURE = {"Cache-Control": "public, max-age=60", "Content-Type": "image/png"}


@pytest.fixture(scope="module")
def gated_origin() -> Iterator[ScriptedOrigin]:
    origin = ScriptedOrigin()
    origin.default = Answer(b"picture", headers=PICTURE)
    yield origin
    origin.stop()


@pytest.fixture(scope="module")
def gated(gated_origin: ScriptedOrigin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with running_nginx(gated_origin.address, tmp_path_factory.mktemp("gate"), keys=[OLD, NEW]) as running:
        yield running


@pytest.fixture
def reader(gated: Edge, gated_origin: ScriptedOrigin) -> Iterator[httpx.Client]:
    gated_origin.seen.clear()
    with gated.client() as client:
        yield client


def ask(edge: Edge, target: str) -> httpx.Response:
    """Ask for exactly this target, which httpx would tidy up."""
    connection = http.client.HTTPConnection(edge.base_url.removeprefix("http://"), timeout=20)
    try:
        connection.putrequest("GET", "/", skip_accept_encoding=True)
        connection._buffer[0] = b"GET " + target.encode() + b" HTTP/1.1"  # type: ignore[attr-defined]
        connection.endheaders()
        answer = connection.getresponse()
        return httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read())
    finally:
        connection.close()


def signed(title: str, **options: object) -> str:
    return SIGNER.sign(ImageRequest("article", "png", {"title": title}, Options(**options)))  # type: ignore[arg-type]


def test_all_spellings_in_the_table_are_one_entry(gated: Edge, gated_origin: ScriptedOrigin) -> None:
    spellings: dict[str, list[str]] = {}
    for row in VECTORS["same"]:
        spellings.setdefault(row["case"], []).append(row["url"])
    urls = {row["name"]: row["url"] for row in VECTORS["signed"]}
    for name, others in spellings.items():
        if "_e=" in urls[name]:
            continue  # long expired
        gated_origin.seen.clear()
        answers = [ask(gated, url) for url in (urls[name], *others)]
        assert {answer.status_code for answer in answers} == {200}, name
        assert [seen.target for seen in gated_origin.seen] == [urls[name]], name
        assert "hit" in answers[-1].headers["Cache-Status"]


def test_everything_refused_in_the_table_ends_at_the_edge(gated: Edge, gated_origin: ScriptedOrigin) -> None:
    gated_origin.seen.clear()
    passed = []
    for row in VECTORS["refused"]:
        if row["status"] == 422 or not row["url"].startswith(("/i/", "/t/")):
            continue  # signed, with impossible options, or no image at all: the origin's business
        answer = ask(gated, row["url"])
        if answer.status_code == 200:
            passed.append(row["url"])
            continue
        assert answer.status_code == row["status"], row
        assert answer.json()["code"] == row["code"], row
        assert answer.headers.get("Cache-Control") == (None if row["status"] in (404, 410) else "no-store")
        assert "Cache-Status" not in answer.headers
        assert answer.headers["Content-Type"] == "application/problem+json"
    # Inside tokens only the origin reads.
    assert all(url.startswith("/t/") for url in passed), passed
    assert {seen.target.partition("?")[0][:3] for seen in gated_origin.seen} <= {"/t/"}


def test_an_expired_url_is_refused_and_one_that_lasts_is_not(
    reader: httpx.Client, gated_origin: ScriptedOrigin
) -> None:
    now = int(time.time())
    assert reader.get(signed("a", expires=now - 1)).json()["code"] == "expired"
    assert reader.get(signed("a", expires=now + 600)).status_code == 200
    assert len(gated_origin.seen) == 1


def test_all_keys_verify_and_the_key_named_is_the_key_used(reader: httpx.Client) -> None:
    old = UrlSigner([OLD])
    request = ImageRequest("article", "png", {"title": "keys"})
    assert reader.get(old.sign(request)).status_code == 200
    assert reader.get(signed("keys", key_id=SIGNER.current_key_id)).status_code == 200
    assert reader.get(UrlSigner([FOREIGN]).sign(request)).json()["code"] == "bad-signature"


def test_the_keys_of_one_picture_are_one_entry(reader: httpx.Client, gated_origin: ScriptedOrigin) -> None:
    request = ImageRequest("article", "png", {"title": "one entry"})
    first = reader.get(UrlSigner([OLD]).sign(request))
    again = reader.get(UrlSigner([NEW]).sign(request))
    named = reader.get(signed("one entry", key_id=SIGNER.current_key_id))
    assert [answer.status_code for answer in (first, again, named)] == [200] * 3
    assert len(gated_origin.seen) == 1


def test_tokens(reader: httpx.Client, gated_origin: ScriptedOrigin) -> None:
    token = SIGNER.sign_token(ImageRequest("article", "png", {"title": "All work and no play. " * 12}))
    assert reader.get(token).status_code == 200
    assert reader.get(token + "?utm_source=mail").status_code == 200
    assert reader.get(token + "?title=x").json()["code"] == "unsigned-parameter"
    plain = SIGNER.sign_token(ImageRequest("article", "png", {"title": "Short"}, Options(expires=1)))
    assert not plain.startswith("/t/.")
    assert reader.get(plain).json()["code"] == "expired"
    forged = token.replace("/t/", "/t/x", 1)
    assert reader.get(forged).json()["code"] == "bad-signature"
    assert len(gated_origin.seen) == 1


def test_a_flood_of_forged_urls_never_reaches_the_origin(reader: httpx.Client, gated_origin: ScriptedOrigin) -> None:
    good = signed("flood")
    codes = [reader.get(f"{good[:-6]}{number:06d}").status_code for number in range(500)]
    assert set(codes) == {403}
    assert gated_origin.seen == []


def test_a_refusal_is_a_problem_document_with_a_request_id(reader: httpx.Client) -> None:
    answer = reader.get("/i/article.png?title=x")
    assert answer.json() == {
        "type": "/problems/missing-signature",
        "title": "Missing signature",
        "status": 403,
        "detail": "The URL is not signed; it lacks _s.",
        "code": "missing-signature",
        "request_id": answer.headers["X-Request-Id"],
    }
    assert reader.head("/i/article.png?title=x").status_code == 403
    assert reader.post("/i/article.png?title=x").status_code == 405


def test_the_log_says_what_the_gate_found(reader: httpx.Client, gated: Edge) -> None:
    reader.get(signed("log"))
    reader.get("/i/product.png?log=1")
    deadline = time.monotonic() + 10
    found: dict[str, dict[str, object]] = {}
    while len(found) < 2 and time.monotonic() < deadline:
        lines = [json.loads(line) for line in gated.log.read_text().splitlines()]
        found = {line["template"]: line for line in lines if "log" in line["uri"]}
        time.sleep(0.05)
    assert (found["article"]["gate"], found["article"]["cache"]) == ("200", "MISS")
    assert (found["product"]["gate"], found["product"]["status"]) == ("403", 403)


def test_without_the_gate_its_entries_are_not_shown(gated_origin: ScriptedOrigin, tmp_path: Path) -> None:
    """They are kept under names without signature, so an unsigned URL must not find them."""
    url = signed("switched off")
    with running_nginx(gated_origin.address, tmp_path, keys=[OLD, NEW]) as edge, edge.client() as client:
        assert client.get(url).status_code == 200
    gated_origin.seen.clear()
    unsigned = url.partition("&_s=")[0]
    with running_nginx(gated_origin.address, tmp_path) as edge, edge.client() as client:
        assert "hit" not in client.get(unsigned).headers["Cache-Status"]
    assert len(gated_origin.asked(unsigned)) == 1


def test_a_script_that_fails_lets_nothing_pass(gated_origin: ScriptedOrigin, tmp_path: Path) -> None:
    def broken(configuration: str) -> str:
        return configuration.replace("js_set $signet_gate signet.gate;", 'map "" $signet_gate { default ""; }')

    gated_origin.seen.clear()
    with running_nginx(gated_origin.address, tmp_path, broken, keys=[OLD, NEW]) as edge, edge.client() as client:
        answer = client.get(signed("nothing passes"))
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [seen.target for seen in gated_origin.seen] == ["/livez"]


def test_new_keys_are_taken_over_while_it_runs(gated_origin: ScriptedOrigin, tmp_path: Path) -> None:
    """`signet edge` watches the key file and has nginx read its configuration again."""
    data = tmp_path / "var"
    data.mkdir(mode=0o700)
    first = add_signing_key(data)
    listen = free_loopback_address()
    process = subprocess.Popen(
        [*COMMAND, "--listen", listen, "--origin", gated_origin.address, "--gate"],
        env=os.environ | {"SIGNET_DATA_DIR": str(data)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    request = ImageRequest("article", "png", {"title": "rotation"})
    try:
        _until(f"http://{listen}{UrlSigner([first]).sign(request)}", 200)
        second = add_signing_key(data)
        later = ImageRequest("article", "png", {"title": "after the rotation"})
        _until(f"http://{listen}{UrlSigner([second]).sign(later)}", 200)
        _until(f"http://{listen}{UrlSigner([first]).sign(later)}", 200)
        keys = data / SIGNING_KEYS_FILE
        kept = keys.read_text()
        keys.unlink()  # half of what an editor or a restore does
        assert _stderr_line(process) == f"nginx goes on with the keys it has: {keys} is gone; restore it from a backup."
        assert not keys.exists()
        _until(f"http://{listen}{UrlSigner([second]).sign(request)}", 200)
        retired = json.loads(kept)
        del retired["keys"][0]
        _write_privately(keys, json.dumps(retired))
        _until(f"http://{listen}{UrlSigner([first]).sign(later)}", 403)
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=START_SECONDS)
    assert process.returncode == 0, errors


def _stderr_line(process: subprocess.Popen[str]) -> str:
    """The next line that says something of keys; nginx writes there too."""
    assert process.stderr is not None
    return next(line.strip() for line in process.stderr if line.startswith("nginx goes on"))


def _write_privately(path: Path, text: str) -> None:
    partial = path.with_suffix(".new")
    partial.touch(mode=0o600)
    partial.write_text(text)
    partial.replace(path)


def _until(url: str, status: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    found = 0
    while time.monotonic() < deadline:
        try:
            found = httpx.get(url, trust_env=False).status_code
        except httpx.TransportError:
            found = 0
        if found == status:
            return
        time.sleep(0.05)
    raise AssertionError(f"{url} is answered {found}, not {status}")
