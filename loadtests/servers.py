"""A real origin and a real nginx on free loopback ports, for as long as a benchmark runs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from server.edge import EdgeSettings, Gate, find_nginx, find_njs, nginx_command

_START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Origin:
    """A running origin."""

    base_url: str
    data_dir: Path
    process: subprocess.Popen[bytes]


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def origin_environment(data_dir: Path, port: int) -> dict[str, str]:
    """The environment of an origin that keeps its data in `data_dir` and listens on a loopback port."""
    return os.environ | {
        "SIGNET_DATA_DIR": str(data_dir),
        "SIGNET_HOST": "127.0.0.1",
        "SIGNET_PORT": str(port),
        "SIGNET_LOG_LEVEL": "warning",
    }


@contextmanager
def running_origin(
    data_dir: Path, public_url: str = "", module: Sequence[str] = ("server", "serve"), **settings: str
) -> Iterator[Origin]:
    """`signet serve`, or another module and its arguments, in a process of its own, with its data in `data_dir`."""
    port = free_port()
    environment = origin_environment(data_dir, port) | {"SIGNET_PUBLIC_URL": public_url, **settings}
    process = subprocess.Popen([sys.executable, "-m", *module], env=environment, stdout=subprocess.DEVNULL)
    try:
        base_url = f"http://127.0.0.1:{port}"
        wait_for(f"{base_url}/livez", process)
        yield Origin(base_url, data_dir, process)
    finally:
        end(process)


@contextmanager
def running_worker(origin: Origin, log: Path, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """`signet worker` for the batches of `origin`, whose settings it must have; what it logs goes into a file."""
    port = int(origin.base_url.rpartition(":")[2])
    environment = origin_environment(origin.data_dir, port) | {"SIGNET_LOG_LEVEL": "info", **settings}
    with log.open("wb") as written:
        command = [sys.executable, "-m", "server", "worker"]
        process = subprocess.Popen(command, env=environment, stdout=written, stderr=written)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while " ready." not in log.read_text():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"a worker did not start: {log.read_text()[-1000:]}")
            time.sleep(0.05)
        yield process
    finally:
        end(process)


@contextmanager
def running_edge(origin: str, directory: Path, keys: Sequence[str] = ()) -> Iterator[str]:
    """nginx in front of `origin` (host:port), which verifies signatures if it is given keys; yields its base URL."""
    port, inner = free_port(), free_port()
    settings = EdgeSettings(
        f"127.0.0.1:{port}",
        f"127.0.0.1:{inner}",
        origin,
        directory / "cache",
        gate=Gate.of(keys, find_njs(find_nginx())) if keys else None,
    )
    command = nginx_command(settings, directory)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        base_url = f"http://127.0.0.1:{port}"
        wait_for(f"{base_url}/livez", process)
        yield base_url
    finally:
        end(process)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a program answers 200. Raises RuntimeError if it ends or takes too long."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the program for {url} ended with status {process.returncode}")
        try:
            if httpx.get(url, timeout=1.0, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.02)
    raise RuntimeError(f"{url} did not answer within {_START_SECONDS:g} s")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program in good order, by force if it takes longer than 15 s."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
