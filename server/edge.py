"""The cache tier: nginx's configuration filled in, and nginx run with it."""

from __future__ import annotations

import importlib.resources
import shutil
import string
import subprocess
from dataclasses import dataclass
from pathlib import Path

from server.errors import ConfigurationError

_MAIN = """\
daemon off;
worker_processes auto;
worker_rlimit_nofile 8192;
pid $directory/nginx.pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
    default_type application/octet-stream;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 65s;
    keepalive_requests 100000;
    client_body_temp_path $directory/body;
    proxy_temp_path $directory/proxy;
    fastcgi_temp_path $directory/fastcgi;
    uwsgi_temp_path $directory/uwsgi;
    scgi_temp_path $directory/scgi;
    include $directory/signet.conf;
}
"""


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """What the configuration template leaves open."""

    listen: str
    inner: str
    origin: str
    cache: Path
    cache_size: str = "2g"


def template_path() -> Path:
    """The configuration template: beside the packages in a checkout, inside the installation otherwise."""
    checkout = Path(__file__).parent.parent / "nginx" / "signet.conf.template"
    if checkout.is_file():
        return checkout
    return Path(str(importlib.resources.files("server"))) / "nginx" / "signet.conf.template"


def http_configuration(settings: EdgeSettings) -> str:
    """The part of the configuration that belongs into nginx's http block."""
    text = template_path().read_text(encoding="utf-8")
    values = {
        "${SIGNET_EDGE_LISTEN}": settings.listen,
        "${SIGNET_EDGE_INNER}": settings.inner,
        "${SIGNET_ORIGIN}": settings.origin,
        "${SIGNET_EDGE_CACHE_SIZE}": settings.cache_size,
        "${SIGNET_EDGE_CACHE}": str(settings.cache),
    }
    for variable, value in values.items():
        text = text.replace(variable, value)
    return text


def write_configuration(settings: EdgeSettings, directory: Path) -> Path:
    """Write a complete configuration into `directory` and return nginx's main file."""
    for folder in (directory, settings.cache):
        folder.mkdir(parents=True, exist_ok=True)
    (directory / "signet.conf").write_text(http_configuration(settings), encoding="utf-8")
    main = directory / "nginx.conf"
    main.write_text(string.Template(_MAIN).substitute(directory=directory), encoding="utf-8")
    return main


def nginx_command(settings: EdgeSettings, directory: Path) -> list[str]:
    """The command that runs nginx in the foreground with a freshly written configuration.

    Raises:
        ConfigurationError: there is no nginx on this machine.
    """
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        raise ConfigurationError("nginx is not installed; on Debian: apt-get install nginx")
    return [program, "-p", str(directory), "-c", str(write_configuration(settings, directory))]


def run_nginx(settings: EdgeSettings, directory: Path) -> int:
    """Run nginx until it ends; returns its exit status."""
    command = nginx_command(settings, directory)
    try:
        return subprocess.run(command, check=False).returncode  # noqa: S603 - our own command line, no shell
    except KeyboardInterrupt:
        return 0
