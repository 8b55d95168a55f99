"""The cache tier: nginx's configuration filled in, and nginx run with it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from server.errors import ConfigurationError

_MAIN: Final = """\
${USER}
daemon off;
worker_processes auto;
worker_rlimit_nofile 8192;
pid "${DIRECTORY}/nginx.pid";
error_log stderr warn;
events { worker_connections 4096; }
http {
    default_type application/octet-stream;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 65s;
    keepalive_requests 100000;
    client_body_temp_path "${DIRECTORY}/body";
    proxy_temp_path "${DIRECTORY}/proxy";
    fastcgi_temp_path "${DIRECTORY}/fastcgi";
    uwsgi_temp_path "${DIRECTORY}/uwsgi";
    scgi_temp_path "${DIRECTORY}/scgi";
    include "${DIRECTORY}/signet.conf";
}
"""
# As root nginx would hand its workers to another user, who can't enter the data directory (mode 0700).
_KEEP_ROOT: Final = "user root;"

_VARIABLE: Final = re.compile(r"\$\{([A-Z_]+)\}")
_ADDRESS: Final = re.compile(r"(?:[A-Za-z0-9._-]+:|\[[0-9A-Fa-f:.]+\]:)?(\d{1,5})")
_SIZE: Final = re.compile(r"\d{1,12}[kmg]?")
_UNQUOTABLE: Final = re.compile(r'["\\\x00-\x1f$]')
TEMPLATE: Final = Path(__file__).parent / "nginx" / "signet.conf.template"
_PROGRAM_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """What the configuration template leaves open.

    `listen`, `inner` and `origin` are host:port (`listen` may be a port alone: all addresses), `cache_size` is nginx's
    spelling of a size (500m, 2g).

    Raises ConfigurationError for values that nginx would not understand.
    """

    listen: str
    inner: str
    origin: str
    cache: Path
    cache_size: str = "2g"
    log: Path = Path("/dev/stdout")

    def __post_init__(self) -> None:
        for name, address in (("listen", self.listen), ("inner", self.inner), ("origin", self.origin)):
            match = _ADDRESS.fullmatch(address)
            if match is None or not 0 < int(match[1]) <= 65_535 or (name != "listen" and ":" not in address):
                raise ConfigurationError(f"--{name} {address}: write it as host:port, for example 127.0.0.1:8000.")
        if _SIZE.fullmatch(self.cache_size) is None:
            raise ConfigurationError(f"--cache-size {self.cache_size}: write it as nginx does, for example 500m or 2g.")
        for path in (self.cache, self.log):
            _check_quotable(path)

    @property
    def base_url(self) -> str:
        """Where the edge can be reached from this machine."""
        return f"http://{self.listen if ':' in self.listen else f'127.0.0.1:{self.listen}'}"


def http_configuration(settings: EdgeSettings) -> str:
    """The part of the configuration that belongs into nginx's http block."""
    values = {
        "SIGNET_EDGE_LISTEN": settings.listen,
        "SIGNET_EDGE_INNER": settings.inner,
        "SIGNET_ORIGIN": settings.origin,
        "SIGNET_EDGE_CACHE": str(settings.cache),
        "SIGNET_EDGE_CACHE_SIZE": settings.cache_size,
        "SIGNET_EDGE_LOG": str(settings.log),
    }
    return _fill(TEMPLATE.read_text(encoding="utf-8"), values)


def write_configuration(settings: EdgeSettings, directory: Path) -> Path:
    """Write a complete configuration into `directory` and return nginx's main file.

    Raises:
        ConfigurationError: the folders can't be made.
    """
    _check_quotable(directory)
    main = directory / "nginx.conf"
    values = {"DIRECTORY": str(directory), "USER": _KEEP_ROOT if os.geteuid() == 0 else ""}
    try:
        for folder in (directory, settings.cache):
            folder.mkdir(parents=True, exist_ok=True)
        (directory / "signet.conf").write_text(http_configuration(settings), encoding="utf-8")
        main.write_text(_fill(_MAIN, values), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{directory} can't be used for nginx: {error.strerror}.") from error
    return main


def _user() -> str:
    """Workers run as whoever starts nginx: left to itself, root's nginx takes an account that can't read our folder."""
    return "user root;" if os.geteuid() == 0 else ""


def nginx_command(settings: EdgeSettings, directory: Path) -> list[str]:
    """The command that runs nginx in the foreground with a freshly written configuration.

    Raises:
        ConfigurationError: there is no nginx on this machine, or its folders can't be made.
    """
    program = shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", ""), _PROGRAM_PATH)))
    if program is None:
        raise ConfigurationError("nginx is not installed; on Debian: apt-get install nginx")
    return [program, "-e", "stderr", "-p", str(directory), "-c", str(write_configuration(settings, directory))]


def become_nginx(settings: EdgeSettings, directory: Path) -> NoReturn:
    """Replace this process by nginx, so that signals and the exit status are nginx's own.

    SIGTERM and Ctrl-C stop it, SIGQUIT after the requests it has begun. Raises as `nginx_command` does.
    """
    command = nginx_command(settings, directory)
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606 - our own command line, no shell


def free_loopback_address() -> str:
    """A loopback address with a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: values[match[1]], text)


def _check_quotable(path: Path) -> None:
    if _UNQUOTABLE.search(str(path)):
        raise ConfigurationError(f"{path}: nginx can't take a path with quotes, backslashes, $ or control characters.")
