"""`signet purge` with a server and without one."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import main
from server.edge import free_loopback_address
from tests.server.live_server import API_KEY, LiveServer, live_server, write_template

CARD = '[variables.title]\ntype = "text"\n[variables.photo]\ntype = "image"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_template(tmp_path / "templates" / "card", '<body>{{ title }}<img src="{{ photo }}"></body>', CARD)
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[LiveServer]:
    with live_server(folder / "data", folder / "templates") as running:
        yield running


@pytest.fixture
def environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.chdir(folder)  # no .env of the repository
    for name, value in {
        "DATA_DIR": str(folder / "data"),
        "TEMPLATES_DIR": str(folder / "templates"),
        "PORT": free_loopback_address().rpartition(":")[2],
    }.items():
        monkeypatch.setenv(f"SIGNET_{name}", value)
    return monkeypatch


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["purge", *arguments])


def edge_file(folder: Path, key: str) -> Path:
    path = folder / hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\nKEY: " + key.encode() + b"\nHTTP/1.1 200 OK\r\nCache-Tag: template:card\r\n\r\n")
    return path


def is_stored(server: LiveServer, path: str) -> bool:
    return server.ask(path).headers["cache-status"] == "Signet; hit"


def test_a_running_server_is_told(server: LiveServer, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SIGNET_PORT", str(server.settings.port))
    environment.setenv("SIGNET_API_KEYS", API_KEY)
    path = server.path("card", title="Told")
    for arguments in (["--template", "card"], ["--url", path], [path], ["--all"], ["--tag", "template:card"]):
        server.ask(path)
        result = run(*arguments)
        assert (result.exit_code, result.output) == (0, "origin: 1 stored pictures forgotten\n")
        assert not is_stored(server, path)
    result = run("--binding", "card/none", "--server", server.url)
    assert result.output == "origin: 0 stored pictures forgotten\n"


def test_without_it_the_folders_are_worked_on_and_servers_notice(
    server: LiveServer, environment: pytest.MonkeyPatch, folder: Path
) -> None:
    path, other = server.path("card", title="Told"), server.path("card", title="Other")
    for arguments, both in ((["--template", "card"], True), ([path], False), (["--all"], True)):
        for each in (path, other):
            server.ask(each)
        file = edge_file(folder / "data" / "edge" / "cache", path)
        result = run(*arguments)
        assert result.exit_code == 0
        assert result.output == f"origin: {2 if both else 1} stored pictures forgotten\nnginx: 1 files removed\n"
        assert not file.exists()
        assert is_stored(server, other) is not both
        assert not is_stored(server, path)


def test_what_only_a_server_knows_is_said(environment: pytest.MonkeyPatch) -> None:
    result = run("/i/card.png?photo=https%3A%2F%2Fexample.com%2Fa.png")
    assert result.exit_code == 0
    assert "warning: What is stored for /i/card.png?photo=" in result.output
    assert "which a running server knows" in result.output


def test_another_machines_nginx(folder: Path, environment: pytest.MonkeyPatch) -> None:
    files = [edge_file(folder / "elsewhere", key) for key in ("/i/card.png?title=a", "/i/card.png?title=b")]
    result = run("--edge-cache", str(folder / "elsewhere"), "/i/card.png?title=a&_s=x")
    assert (result.exit_code, result.output) == (0, "nginx: 1 files removed\n")
    assert [file.exists() for file in files] == [False, True]
    assert run("--edge-cache", str(folder / "elsewhere"), "--template", "card").output == "nginx: 1 files removed\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Say what to forget"),
        (["--template", "A b"], "templates[0]: is no name of a template"),
        (["/v1/urls"], "urls[0]: names no picture"),
        (["--binding", "card"], "bindings[0]: is no binding; write TEMPLATE/NAME"),
    ],
)
def test_what_is_wrong_is_said(environment: pytest.MonkeyPatch, arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_a_server_that_refuses(server: LiveServer, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SIGNET_API_KEYS", "another key than the server's")
    result = run("--all", "--server", server.url)
    assert result.exit_code == 1
    assert f"{server.url} answered 401: " in result.output
    lost = f"http://{free_loopback_address()}"
    assert f"{lost} can't be reached" in run("--all", "--server", lost).output


def test_a_named_server_needs_a_key(environment: pytest.MonkeyPatch) -> None:
    result = run("--all", "--server", "http://127.0.0.1:9")
    assert result.exit_code == 1
    assert "SIGNET_API_KEYS is not set" in result.output


@contextmanager
def somebody(status: int, body: bytes) -> Iterator[str]:
    """Any HTTP server that always says the same."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_somebody_elses_server_is_not_taken_for_ours(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SIGNET_API_KEYS", API_KEY)
    with somebody(404, b"<h1>Not here</h1>") as address:
        result = run("--all", "--server", address)
        environment.setenv("SIGNET_PORT", address.rpartition(":")[2])
        assert (run("--all").exit_code, run("--all", "--no-server").exit_code) == (1, 0)
    assert f"{address} answered 404, which is no Signet server" in result.output


def test_a_cdn_that_failed_shows_in_the_exit_status(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SIGNET_API_KEYS", API_KEY)
    body = b'{"origin":3,"edge":4,"cdn":{"fastly":"it answered 500: no","bunny":"ok"},"warnings":["Look."]}'
    with somebody(200, body) as address:
        result = run("--all", "--server", address)
    assert result.exit_code == 1
    assert result.stdout == (
        "origin: 3 stored pictures forgotten\nnginx: 4 files removed\nfastly: it answered 500: no\nbunny: ok\n"
    )
    assert result.stderr == "warning: Look.\n"
