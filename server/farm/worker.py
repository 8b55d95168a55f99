"""The child process: imports the task once, says it is ready, then runs one job after the other.

Started as `python -P -m server.farm.worker SOCKET EXCHANGE PARENT TASK [INITIALIZER]` (the first two are inherited
descriptors, PARENT is the process id that started it). It leaves when the socket ends, which is how the server
retires it and how it learns that the server is gone; on Linux the kernel also kills it with its parent, in the middle
of a job too. Signals that a terminal or a supervisor sends to the whole group are ignored: the server decides when a
worker goes, otherwise every render in flight would be lost in what should be a graceful stop.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import gc
import importlib
import os
import pickle
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import cast

from server.farm.wire import Exchange, Failure, Frame, FrameReader, Kind, pack, unpack

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_RECEIVE_BYTES = 64 * 1024


def load(target: str) -> Callable[..., object]:
    """The function that `package.module:name` names. Raises ImportError, AttributeError or TypeError if it is none."""
    module, _, name = target.partition(":")
    function = getattr(importlib.import_module(module), name)
    if not callable(function):
        raise TypeError(f"{target} is not a function")
    return cast(Callable[..., object], function)


def describe(error: BaseException) -> Failure:
    """What the server gets to know of an error of the task."""
    try:
        pickled = pickle.dumps(error, protocol=5)
    except Exception:  # whatever a foreign exception does when it is pickled, its words still travel
        pickled = None
    return Failure(pickled, type(error).__qualname__, str(error), "".join(traceback.format_exception(error)))


class MemoryMeter:
    """Reads the resident memory of this process; the file stays open because it is read after every job."""

    def __init__(self) -> None:
        try:
            self._statm: int | None = os.open("/proc/self/statm", os.O_RDONLY)
        except OSError:
            self._statm = None
        self._page_bytes = resource.getpagesize()

    def resident_bytes(self) -> int:
        """Bytes held now; where there is no /proc, the most that was ever held."""
        if self._statm is not None:
            return int(os.pread(self._statm, 128, 0).split()[1]) * self._page_bytes
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


class Worker:
    """One worker's side of the conversation."""

    def __init__(self, connection: socket.socket, exchange: Exchange) -> None:
        self._connection = connection
        self._exchange = exchange
        self._reader = FrameReader()
        self._meter = MemoryMeter()

    def prepare(self, task: str, initializer: str | None) -> Callable[[object], object] | None:
        """Import the task and warm up; None after the server was told why that failed."""
        try:
            function = load(task)
            if initializer is not None:
                load(initializer)()
        except Exception:  # the operator must read about any error here, and no job can be run after it
            self._send(Kind.BROKEN, 0, traceback.format_exc())
            return None
        gc.collect()
        gc.freeze()  # what was warmed up lives as long as the process: later collections need not look at it
        self._send(Kind.READY, 0, None)
        return function

    def serve(self, task: Callable[[object], object]) -> None:
        """Run jobs until the server closes the connection."""
        while data := self._connection.recv(_RECEIVE_BYTES):
            for request in self._reader.feed(data):
                self._run(task, request)

    def _run(self, task: Callable[[object], object], request: Frame) -> None:
        self._exchange.mark_started(request.sequence)
        try:
            self._send(Kind.RESULT, request.sequence, task(unpack(self._exchange, request)))
        except (BrokenPipeError, ConnectionResetError):
            raise
        except Exception as error:  # every error of the task belongs to the caller, not to this process
            self._send(Kind.ERROR, request.sequence, describe(error))

    def _send(self, kind: Kind, sequence: int, value: object) -> None:
        self._connection.sendall(pack(self._exchange, kind, sequence, value, self._meter.resident_bytes()))


def _die_with_parent(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above took effect
        os._exit(0)


def _volunteer_for_the_oom_killer() -> None:
    # A picture that exhausts the memory should cost its own process, never the server.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")


def main() -> None:
    """Entry point of the child process."""
    descriptor, exchange, parent, task, *initializer = sys.argv[1:]
    _die_with_parent(int(parent))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _volunteer_for_the_oom_killer()
    faulthandler.enable()
    for inherited in (int(descriptor), int(exchange)):
        os.set_inheritable(inherited, False)  # a program that the task starts must not keep the connection open
    worker = Worker(socket.socket(fileno=int(descriptor)), Exchange(int(exchange)))
    function = worker.prepare(task, initializer[0] if initializer else None)
    if function is not None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the server left in the middle of a job
            worker.serve(function)
    # Libraries with threads of their own may hang or crash in their exit handlers; there is nothing left to save.
    os._exit(0 if function is not None else 1)


if __name__ == "__main__":
    main()
