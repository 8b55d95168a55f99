"""The server's side of one worker process: start it, talk to it through the event loop, end it, bury it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

from server.farm.wire import Exchange, Frame, FrameReader, Kind, pack

# One thread in each: parallelism comes from the processes, and AVIF bytes depend on libvips' thread count. With two
# arenas glibc keeps a third less memory over hundreds of renders.
_FIXED_ENVIRONMENT = {
    "MALLOC_ARENA_MAX": "2",
    "VIPS_CONCURRENCY": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
# Workers decode untrusted pictures: they inherit what programs need to run, not the server's keys and passwords.
_INHERITED = frozenset({"PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "LD_PRELOAD"})
_INHERITED_PREFIXES = ("LC_", "XDG_", "FONTCONFIG_", "PYTHON", "VIPS_")
_RECEIVE_BYTES = 64 * 1024
_SOCKET_BUFFER_BYTES = 256 * 1024
_LEAVE_SECONDS = 2.0  # how long a process that was told to go may take


@dataclass(frozen=True, slots=True)
class Program:
    """What a worker runs: `package.module:function` names of the task and of what warms it up."""

    task: str
    initializer: str | None

    def arguments(self, connection: int, exchange: int) -> list[str]:
        """The command line; see `server.farm.worker`."""
        command = [sys.executable, "-P", "-m", "server.farm.worker", str(connection), str(exchange), str(os.getpid())]
        return [*command, self.task, *([self.initializer] if self.initializer else [])]


def worker_environment() -> dict[str, str]:
    """The environment of a worker. Its import path is the server's, wherever that came from."""
    inherited = {
        name: value for name, value in os.environ.items() if name in _INHERITED or name.startswith(_INHERITED_PREFIXES)
    }
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)  # noqa: PTH109 - text, as sys.path is
    return {**inherited, **_FIXED_ENVIRONMENT, "PYTHONPATH": path}


def _create_exchange() -> Exchange:
    """An anonymous file in memory, or an unlinked temporary file where the system has no memfd."""
    if sys.platform == "linux":
        return Exchange(os.memfd_create("signet-exchange"))
    with tempfile.TemporaryFile() as file:
        return Exchange(os.dup(file.fileno()))


class WorkerProcess:
    """One worker. Belongs to the event loop whose thread created it, and dies with that thread on Linux.

    `on_frame` is called with every message of the worker, `on_lost` once if the connection ends before `retire` or
    `kill` was called. After any of the three, await `buried()`.
    """

    def __init__(
        self,
        program: Program,
        on_frame: Callable[[WorkerProcess, Frame], None],
        on_lost: Callable[[WorkerProcess], None],
    ) -> None:
        self.ready = False
        self.outgoing = False  # a successor is being started for it
        self.jobs_taken = 0
        self._on_frame = on_frame
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._reader = FrameReader()
        self._connection, theirs = socket.socketpair()
        self._connection.setblocking(False)
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BUFFER_BYTES)
        self.exchange = _create_exchange()
        try:
            self._process = self._spawn(program, theirs)
        except BaseException:
            self._connection.close()
            self.exchange.close()
            raise
        finally:
            theirs.close()
        self._loop.add_reader(self._connection.fileno(), self._receive)

    def _spawn(self, program: Program, theirs: socket.socket) -> subprocess.Popen[bytes]:
        descriptors = (theirs.fileno(), self.exchange.descriptor)
        # A process group of its own keeps Ctrl-C of a terminal away and lets kill() reach what the task started.
        # Anything printed goes to stderr: the server's stdout may be a picture on its way into a file.
        return subprocess.Popen(  # noqa: S603 - this interpreter and names from the server's own code
            program.arguments(*descriptors),
            stdin=subprocess.DEVNULL,
            stdout=2,
            env=worker_environment(),
            pass_fds=descriptors,
            process_group=0,
        )

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def send(self, sequence: int, payload: object) -> None:
        """Hand a job over. Raises what pickling the payload raises; a dead worker is reported by `on_lost` instead."""
        message = pack(self.exchange, Kind.REQUEST, sequence, payload)
        self.jobs_taken += 1
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._connection.send(message)

    def retire(self) -> None:
        """Tell an idle worker to go."""
        self._disconnect()

    def kill(self) -> None:
        """End the worker and everything it started, now."""
        self._disconnect()
        self._kill_group()

    async def buried(self) -> int:
        """Wait until the process is gone, by force if it lingers; returns its exit code as `subprocess` does.

        Await it once: the exchange is closed with it.
        """
        self._disconnect()
        deadline = self._loop.time() + _LEAVE_SECONDS
        pause = 0.001
        while not self._has_exited():
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.05)
            if self._loop.time() > deadline:
                self._kill_group()
        self._kill_group()  # what the task started may have outlived the worker
        self.exchange.close()
        return self._process.wait()

    def _has_exited(self) -> bool:
        # Looks without reaping: until then nobody else can get the process id, and the group can be killed safely.
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS refuses for a group of zombies
            os.killpg(self._process.pid, signal.SIGKILL)

    def _receive(self) -> None:
        try:
            data = self._connection.recv(_RECEIVE_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except ConnectionResetError:
            data = b""
        if not data:
            self._disconnect()
            self._on_lost(self)
            return
        for frame in self._reader.feed(data):
            self._on_frame(self, frame)

    def _disconnect(self) -> None:
        if self._connection.fileno() >= 0:
            self._loop.remove_reader(self._connection.fileno())
            self._connection.close()
