"""Live data of a server that is a process of its own: killed, started again, and stopped while it asks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from server.edge import free_loopback_address
from server.keys import signing_keys
from server.signing import UrlSigner
from server.urls import ImageRequest
from tests.server.bindings.world import says
from tests.server.live_server import PATIENCE, wait_until, write_template
from tests.server.outgoing.origin import Answer, Origin, drip, serving

MANIFEST = '[bindings.stats]\nurl = "{}"\nttl = "0s"\ntimeout = "30s"\n'


class Server:
    """`signet serve`, with one picture to ask for."""

    def __init__(self, folder: Path, log_file: Path) -> None:
        self.address = free_loopback_address()
        self._data = folder / "data"
        environment = {
            "PATH": os.environ["PATH"],
            "SIGNET_DATA_DIR": str(folder / "data"),
            "SIGNET_TEMPLATES_DIR": str(folder / "templates"),
            "SIGNET_ALLOWED_HOSTS": "127.0.0.1",
            "SIGNET_RENDERERS": "1",
        }
        host, _, port = self.address.rpartition(":")
        command = [sys.executable, "-m", "server", "serve", "--host", host, "--port", port]
        with log_file.open("wb") as log:
            self.process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
        wait_until(lambda: self.process.poll() is not None or self.answers())

    def answers(self) -> bool:
        try:
            with urlopen(f"http://{self.address}/livez", timeout=PATIENCE):
                return True
        except OSError:
            return False

    def ask(self) -> tuple[int, str, bytes]:
        """Status, state and picture."""
        path = UrlSigner(signing_keys([], self._data)).sign(ImageRequest("card", "png", {}))
        try:
            with urlopen(f"http://{self.address}{path}", timeout=PATIENCE) as answer:
                return answer.status, answer.headers["X-Signet-State"], answer.read()
        except HTTPError as error:
            return error.code, "", error.read()

    def end(self, by: signal.Signals) -> int:
        self.process.send_signal(by)
        return self.process.wait(20)


@pytest.fixture
def origin() -> Iterator[Origin]:
    with serving() as origin:
        yield origin


@pytest.fixture
def folder(tmp_path: Path, origin: Origin) -> Path:
    html = "<body style='background: {{ stats }}'></body>"
    write_template(tmp_path / "templates" / "card", html, MANIFEST.format(origin.url("/stats")))
    return tmp_path


@contextmanager
def running(folder: Path, log_file: Path) -> Iterator[Server]:
    server = Server(folder, log_file)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.end(signal.SIGKILL)


def test_a_killed_server_knows_the_last_good_data_of_a_dead_source(folder: Path, origin: Origin) -> None:
    origin.answers["/stats"] = says("red")
    with running(folder, folder / "first.log") as first:
        before = first.ask()
        first.end(signal.SIGKILL)
    origin.kill()
    with running(folder, folder / "second.log") as second:
        after = [second.ask() for _ in range(3)]
    assert before[:2] == (200, "fresh")
    assert set(after) == {(200, "stale", before[2])}


@pytest.mark.parametrize("answer", [drip, lambda handler: handler.server.origin.released.wait(60)])
def test_a_server_stops_while_it_asks_in_the_background(folder: Path, origin: Origin, answer: Answer) -> None:
    origin.answers["/stats"] = says("red")
    with running(folder, folder / "log") as server:
        server.ask()
        origin.answers["/stats"] = answer
        assert server.ask()[1] == "stale"
        wait_until(lambda: len(origin.asked) == 2)
        status = server.end(signal.SIGTERM)  # which the fetch may not delay
    log = (folder / "log").read_text(encoding="utf-8")
    assert status in (0, -signal.SIGTERM), log
    for trouble in ("Traceback", "Warning", "WARNING", "never", "ERROR", "Exception"):
        assert trouble not in log, log
