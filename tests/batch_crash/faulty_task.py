"""What render processes do in this suite: render as always, after a note, a pause, and a fault if a row wants one.

The notes are lines of a file in the working folder, one for each render that was begun: they survive every kill.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from server import render_task
from server.render_task import RenderJob

NOTES = "renders.txt"

initialize = render_task.initialize


def run(job: object) -> object:
    """Do one job as `server.render_task.run` does it."""
    if isinstance(job, RenderJob) and "fault" in job.values:
        _note(str(job.values["title"]))
        time.sleep(float(str(job.values["pause"])) / 1000)
        _fail(str(job.values["fault"]))
    return render_task.run(job)  # type: ignore[arg-type]  # whatever it is, it is what the farm was given


def noted(folder: Path) -> Iterator[str]:
    """The titles of all renders that were begun, in their order."""
    path = folder / NOTES
    return iter(path.read_text().splitlines() if path.exists() else ())


def _note(title: str) -> None:
    descriptor = os.open(NOTES, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, f"{title}\n".encode())
    os.close(descriptor)


def _fail(fault: str) -> None:
    match fault:
        case "kills its process":
            os.kill(os.getpid(), signal.SIGKILL)
        case "kills the server":
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(60)  # until the kernel ends this process too
