"""Commands that run in a terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

from tests.server.live_server import PATIENCE

SIGNET = (sys.executable, "-m", "server")

# A signal that comes just before a blocking call is noticed after it only (Python's documentation of `signal`), and
# people press Ctrl-C again.
AGAIN_SECONDS = 2.0


def on_terminal(
    arguments: list[str], *, stop_at: str | None = None, environment: Mapping[str, str] | None = None
) -> tuple[str, int]:
    """What `signet` writes to a terminal, and its exit status. Once it has written `stop_at`, it gets Ctrl-C."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [*SIGNET, *arguments],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80", **(environment or {})},
    )
    os.close(follower)
    pressed = False
    text, deadline = "", time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        silent = not select.select([leader], [], [], AGAIN_SECONDS)[0]
        try:
            text += "" if silent else os.read(leader, 4096).decode(errors="replace")
        except OSError:  # what Linux says at the end of a terminal
            break
        if stop_at is not None and stop_at in text and (silent or not pressed):
            process.send_signal(signal.SIGINT)
            pressed = True
    os.close(leader)
    return text, process.wait(PATIENCE)


def interrupted(process: subprocess.Popen[str]) -> str:
    """What a program writes to its standard error until it has ended because of Ctrl-C."""
    deadline = time.monotonic() + PATIENCE
    while True:
        process.send_signal(signal.SIGINT)
        try:
            return process.communicate(timeout=AGAIN_SECONDS)[1]
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline:
                raise
