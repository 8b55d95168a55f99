"""The application is killed under load and started again: readers of known pictures notice nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from server.edge import free_loopback_address
from server.keys import signing_keys
from server.signing import UrlSigner
from server.urls import ImageRequest
from tests.edge.servers import START_SECONDS, Edge, running_nginx
from tests.server.live_server import wait_until, write_template

READERS = 4
COMES_BACK = 2.0
"""Seconds until a new picture is shown again. nginx remembers no refused connection; the rest is for slow machines."""


class Application:
    """`signet serve` as a process that can be killed and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self.address = free_loopback_address()
        self.data = folder / "data"
        self._environment = os.environ | {
            "SIGNET_DATA_DIR": str(self.data),
            "SIGNET_TEMPLATES_DIR": str(folder / "templates"),
            "SIGNET_PORT": self.address.rpartition(":")[2],
            "SIGNET_RENDERERS": "1",
            "SIGNET_LOG_LEVEL": "error",
        }
        self.process = self._start()

    def restart(self) -> None:
        self.process = self._start()

    def kill(self) -> None:
        """As the kernel does it when memory runs out. Its render processes end by themselves."""
        pid = self.process.pid
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        self.process.kill()
        self.process.wait(START_SECONDS)
        wait_until(lambda: not any(is_alive(child) for child in children))

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "server", "serve"], env=self._environment, stdout=subprocess.DEVNULL
        )
        wait_until(self.answers)
        return process

    def answers(self) -> bool:
        try:
            return httpx.get(f"http://{self.address}/livez", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False


def is_alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    for name, ttl in (("lasting", "1d"), ("brief", "1s")):
        manifest = f'ttl = "{ttl}"\n[variables.title]\ntype = "text"\n'
        write_template(tmp_path / "templates" / name, "<body>{{ title }}</body>", manifest, {"title": "Example"})
    running = Application(tmp_path)
    yield running
    if running.process.poll() is None:
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(START_SECONDS)


@contextmanager
def readers(edge: Edge, paths: list[str]) -> Iterator[Counter[int]]:
    """Several who ask for these pictures again and again; how often they got which status."""
    statuses: Counter[int] = Counter()
    done = threading.Event()

    def read() -> None:
        with edge.client() as client:
            while not done.is_set():
                statuses.update([client.get(path).status_code for path in paths])

    with ThreadPoolExecutor(READERS) as pool:
        reading = [pool.submit(read) for _ in range(READERS)]
        try:
            yield statuses
        finally:
            done.set()
        for reader in reading:
            reader.result()


@pytest.mark.parametrize("gate", [True, False])
def test_warm_pictures_go_on_and_cold_ones_come_back(application: Application, tmp_path: Path, gate: bool) -> None:
    keys = signing_keys((), application.data)
    signer = UrlSigner(keys)

    def path(template: str, title: str) -> str:
        return signer.sign(ImageRequest(template, "png", {"title": title}))

    warm = [path("lasting", "warm"), path("brief", "warm")]
    with running_nginx(application.address, tmp_path / "edge", keys=keys if gate else ()) as edge, edge.client() as me:
        assert [me.get(url).status_code for url in warm] == [200, 200]
        with readers(edge, warm) as statuses:
            wait_until(lambda: statuses.total() > 200)
            application.kill()
            cold = me.get(path("lasting", "cold"))
            assert (cold.status_code, cold.headers["Retry-After"]) == (503, "2")
            time.sleep(1.5)  # until the brief one is too old
            before = statuses.total()
            wait_until(lambda: statuses.total() > before + 200)
            assert me.get(path("lasting", "cold")).status_code == 503  # in vain, as late as can be
            application.restart()
            restarted = time.monotonic()
            wait_until(lambda: me.get(path("lasting", "cold")).status_code == 200)
            assert time.monotonic() - restarted < COMES_BACK
        assert set(statuses) == {200}
