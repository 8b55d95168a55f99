"""nginx itself: where it is, what it can do, and running it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from server.edge.configuration import EdgeSettings, Gate, write_configuration
from server.errors import ConfigurationError

_PROGRAM_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
_MODULE: Final = "ngx_http_js_module"
_MODULES_PATH: Final = re.compile(r"--modules-path=(\S+)")
_LOOK_SECONDS: Final = 1.0  # between two looks at the keys


def find_nginx() -> str:
    """The path of nginx. Raises ConfigurationError."""
    program = shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", ""), _PROGRAM_PATH)))
    if program is None:
        raise ConfigurationError("nginx is not installed; on Debian: apt-get install nginx libnginx-mod-http-js")
    return program


def find_njs(program: str) -> Path | None:
    """The file of nginx's njs module; None if this nginx has none."""
    described = subprocess.run([program, "-V"], capture_output=True, text=True, check=False).stderr  # noqa: S603 - nginx
    match = _MODULES_PATH.search(described)
    module = Path(match[1]) / f"{_MODULE}.so" if match else None
    return module if module is not None and module.is_file() else None


def nginx_command(settings: EdgeSettings, directory: Path) -> list[str]:
    """The command that runs nginx in the foreground with a freshly written configuration.

    Raises:
        ConfigurationError: there is no nginx on this machine, or its folders can't be made.
    """
    program = find_nginx()
    return [program, "-e", "stderr", "-p", str(directory), "-c", str(write_configuration(settings, directory))]


def become_nginx(settings: EdgeSettings, directory: Path) -> NoReturn:
    """Replace this process by nginx, so that signals and the exit status are nginx's own.

    SIGTERM and Ctrl-C stop it, SIGQUIT after the requests it has begun. Raises as `nginx_command` does.
    """
    command = nginx_command(settings, directory)
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606 - our own command line, no shell


def supervise_nginx(settings: EdgeSettings, directory: Path, read_gate: Callable[[], Gate]) -> int:
    """Run nginx, and have it read its configuration again when the gate has changed. Its exit status.

    Signals go on to nginx. Keys that can't be read, or files that can't be written, are said once and change nothing.
    Raises as `nginx_command` does.
    """
    process = subprocess.Popen(nginx_command(settings, directory))  # noqa: S603 - our own command line, no shell

    def pass_on(number: int, _: FrameType | None) -> None:
        process.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, pass_on)
    complaint = ""
    while True:
        try:
            return process.wait(_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        try:
            renewed = replace(settings, gate=read_gate())
            if renewed != settings:
                write_configuration(renewed, directory)
                process.send_signal(signal.SIGHUP)
                settings = renewed
            complaint = ""
        except ConfigurationError as error:
            if complaint != (complaint := str(error)):
                print(f"nginx goes on with the keys it has: {error}", file=sys.stderr)


def free_loopback_address() -> str:
    """A loopback address with a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"
