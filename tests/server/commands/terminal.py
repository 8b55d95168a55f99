"""Commands that run in a terminal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

from tests.server.live_server import PATIENCE

SIGNET = (sys.executable, "-m", "server")


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
    text, deadline = "", time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            block = os.read(leader, 4096)
        except OSError:  # what Linux says at the end of a terminal
            break
        text += block.decode(errors="replace")
        if stop_at is not None and stop_at in text:
            process.send_signal(signal.SIGINT)
            stop_at = None
    os.close(leader)
    return text, process.wait(PATIENCE)
