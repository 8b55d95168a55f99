"""nginx's configuration, filled in from templates that also work without this program."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.errors import ConfigurationError
from server.signing import derived_key, key_id
from server.urls import DEFAULT_MAX_URL_LENGTH

_MAIN: Final = """\
${USER}
${MODULE}
daemon off;
worker_processes auto;
worker_rlimit_nofile 8192;
pid "${DIRECTORY}/nginx.pid";
error_log stderr warn;
events { worker_connections 4096; }
http {
    default_type application/octet-stream;
    sendfile on;
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
FOLDER: Final = Path(__file__).parents[1] / "nginx"


@dataclass(frozen=True, slots=True)
class Gate:
    """What nginx needs to verify signatures itself: the derived keys as `id:hex`, oldest first, and njs.

    `module` is the file of nginx's njs module, None where it is built in or loaded elsewhere.
    """

    keys: tuple[str, ...]
    module: Path | None = None
    longest_url: int = DEFAULT_MAX_URL_LENGTH

    @classmethod
    def of(cls, secrets: Sequence[str], module: Path | None, longest_url: int = DEFAULT_MAX_URL_LENGTH) -> Gate:
        """The gate for signing keys, oldest first."""
        return cls(tuple(f"{key_id(secret)}:{derived_key(secret).hex()}" for secret in secrets), module, longest_url)


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """What the configuration template leaves open.

    `listen`, `inner` and `origin` are host:port (`listen` may be a port alone: all addresses), `cache_size` is nginx's
    spelling of a size (500m, 2g). Without a `gate` the signature is part of the cache's key.

    Raises ConfigurationError for values that nginx would not understand.
    """

    listen: str
    inner: str
    origin: str
    cache: Path
    cache_size: str = "2g"
    log: Path = Path("/dev/stdout")
    gate: Gate | None = None

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
    """What belongs into nginx's http block. With a gate there are keys in it: keep it private."""
    values = {
        "SIGNET_EDGE_LISTEN": settings.listen,
        "SIGNET_EDGE_INNER": settings.inner,
        "SIGNET_ORIGIN": settings.origin,
        "SIGNET_EDGE_CACHE": str(settings.cache),
        "SIGNET_EDGE_CACHE_SIZE": settings.cache_size,
        "SIGNET_EDGE_LOG": str(settings.log),
    }
    gate = settings.gate
    if gate is not None:
        values |= {
            "SIGNET_EDGE_SCRIPT": str(FOLDER.resolve() / "signet.js"),
            "SIGNET_EDGE_KEYS": ",".join(gate.keys),
            "SIGNET_EDGE_LONGEST_URL": str(gate.longest_url),
        }
    parts = ("plain.conf.template" if gate is None else "gate.conf.template", "signet.conf.template")
    return "\n".join(_fill((FOLDER / part).read_text(encoding="utf-8"), values) for part in parts)


def write_configuration(settings: EdgeSettings, directory: Path) -> Path:
    """Write a complete configuration into `directory` and return nginx's main file.

    Raises:
        ConfigurationError: the folders can't be made.
    """
    _check_quotable(directory)
    main = directory / "nginx.conf"
    module = settings.gate.module if settings.gate is not None else None
    values = {
        "DIRECTORY": str(directory),
        "USER": _KEEP_ROOT if os.geteuid() == 0 else "",
        "MODULE": f'load_module "{module}";' if module is not None else "",
    }
    try:
        for folder in (directory, settings.cache):
            folder.mkdir(parents=True, exist_ok=True)
        _write_private(directory / "signet.conf", http_configuration(settings))
        main.write_text(_fill(_MAIN, values), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{directory} can't be used for nginx: {error.strerror}.") from error
    return main


def _write_private(path: Path, text: str) -> None:
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: values[match[1]], text)


def _check_quotable(path: Path) -> None:
    if _UNQUOTABLE.search(str(path)):
        raise ConfigurationError(f"{path}: nginx can't take a path with quotes, backslashes, $ or control characters.")
