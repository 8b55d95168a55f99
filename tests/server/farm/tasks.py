"""Tasks and initializers that the farm's tests run in real worker processes."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from renderer.errors import SourcePosition, TemplateSyntaxError, ValueProblem, ValuesError

warmed_up = False


def echo(payload: object) -> object:
    return payload


def pid(_payload: object) -> int:
    return os.getpid()


def blob(size: int) -> bytes:
    return os.urandom(1) * size


def facts(_payload: object) -> dict[str, object]:
    return {
        "environment": dict(os.environ),
        "modules": set(sys.modules),
        "main": getattr(sys.modules["__main__"].__spec__, "name", None),
        "warmed_up": warmed_up,
        "oom_score_adj": int(Path("/proc/self/oom_score_adj").read_text()),
    }


def wait_for_file(payload: tuple[Path, str]) -> str:
    """Writes the name into `<file>.log`, waits until the file exists, returns the name."""
    gate, name = payload
    with gate.with_suffix(".log").open("a") as log:
        log.write(f"{name}\n")
    while not gate.exists():
        time.sleep(0.001)
    return name


def die(how: str) -> None:
    match how:
        case "exit":
            os._exit(3)
        case "segfault":
            ctypes.string_at(0)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "system exit":
            sys.exit(4)


def spin(_payload: object) -> None:
    while True:
        pass


def start_program_and_spin(pid_file: Path) -> None:
    program = subprocess.Popen(["sleep", "1000"])
    pid_file.write_text(str(program.pid))
    spin(None)


class NeedsTwoError(Exception):
    """Pickles, but cannot be rebuilt from its arguments: a mistake often made."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} {second}")


def fail(how: str) -> object:
    match how:
        case "values":
            raise ValuesError([ValueProblem("price", "is no number", "number", "'x'")])
        case "syntax":
            raise TemplateSyntaxError("expected an end tag", SourcePosition("template.html", 3, 7))
        case "needs two":
            raise NeedsTwoError("one", "two")
        case "unpicklable error":
            raise ValueError(lambda: None)
        case "stop iteration":
            raise StopIteration
        case _:
            return lambda: None


def warm_up() -> None:
    global warmed_up
    warmed_up = True


def refuse_to_start() -> None:
    raise RuntimeError("no fonts found")


def die_at_start() -> None:
    os._exit(7)


def never_ready() -> None:
    time.sleep(1000)


def start_if_allowed() -> None:
    if not Path(os.environ["PYTHON_TEST_GATE"]).exists():
        raise RuntimeError("not yet")
