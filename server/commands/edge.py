"""`signet edge`: nginx in front of the origin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from server.edge import Gate
    from server.settings import Settings

_SYSTEM_CACHE = Path("/var/cache/signet-edge")  # what nginx as a system service can make by itself
_SYSTEM_LOG = Path("/var/log/nginx/access.log")
_PRINTED_INNER = "127.0.0.1:8081"


@click.command()
@click.option("--listen", default="127.0.0.1:8080", show_default=True, help="Address, or only port, to serve on.")
@click.option("--origin", default="127.0.0.1:8000", show_default=True, help="Address of the Signet origin.")
@click.option("--inner", help="A free loopback address for misses. [any; 127.0.0.1:8081 with --print]")
@click.option("--cache", type=click.Path(path_type=Path), help="Folder of the cache. [in the data directory]")
@click.option("--cache-size", default="2g", show_default=True, help="Disk that the cache may take.")
@click.option("--log", type=click.Path(path_type=Path), help="File of the access log. [standard output]")
@click.option(
    "--gate/--no-gate",
    default=None,
    help="Verify signatures in nginx, or only at the origin. [where nginx has its njs module]",
)
@click.option("--print", "only_print", is_flag=True, help="Print the configuration for a system's nginx and exit.")
def edge(
    listen: str,
    origin: str,
    inner: str | None,
    cache: Path | None,
    cache_size: str,
    log: Path | None,
    gate: bool | None,
    only_print: bool,
) -> None:
    """Run nginx as a cache in front of the origin, with its files in the data directory.

    \b
      signet serve --port 8000 &
      signet edge --listen 8080 --origin 127.0.0.1:8000
      (umask 077; signet edge --listen 80 --print > /etc/nginx/conf.d/signet.conf)
    """
    from server.edge import EdgeSettings, become_nginx, free_loopback_address, http_configuration, supervise_nginx
    from server.settings import load_settings

    settings = load_settings()
    directory = settings.data_dir.absolute() / "edge"
    if only_print:
        places = (cache or _SYSTEM_CACHE, log or _SYSTEM_LOG)
        default_inner = _PRINTED_INNER
    else:
        places = ((cache or settings.edge_cache).absolute(), log.absolute() if log else Path("/dev/stdout"))
        default_inner = free_loopback_address()
    wanted = EdgeSettings(listen, inner or default_inner, origin, places[0], cache_size, places[1])
    read_gate = _gate_reader(settings, origin) if _wants_gate(gate) else None
    if read_gate is not None:
        wanted = replace(wanted, gate=read_gate())
    if only_print:
        click.echo(http_configuration(wanted), nl=False)
        if wanted.gate is not None:
            click.echo("There are keys in this: keep the file from other users (chmod 600).", err=True)
        return
    how = "verifies signatures" if read_gate else "leaves signatures to the origin"
    click.echo(f"nginx listens on {wanted.base_url}, in front of {origin}, and {how}", err=True)
    if read_gate is None:
        become_nginx(wanted, directory)
    raise SystemExit(supervise_nginx(wanted, directory, read_gate))


def _wants_gate(asked: bool | None) -> bool:
    """Whether nginx shall verify signatures: as asked, or where it can. Raises ConfigurationError if it can't."""
    from server.edge import find_nginx, find_njs
    from server.errors import ConfigurationError

    if asked is False:
        return False
    found = find_njs(find_nginx()) is not None
    if asked and not found:
        raise ConfigurationError("nginx lacks its njs module; on Debian: apt-get install libnginx-mod-http-js")
    return found


def _gate_reader(settings: Settings, origin: str) -> Callable[[], Gate]:
    """What reads the keys of this moment. Raises ConfigurationError where no key of the origin is known."""
    from server.edge import Gate, find_nginx, find_njs
    from server.errors import ConfigurationError
    from server.keys import SIGNING_KEYS_FILE, signing_keys

    configured = [key.get_secret_value() for key in settings.signing_keys]
    local = origin.rpartition(":")[0] in ("127.0.0.1", "localhost", "[::1]", "")
    path = settings.data_dir / SIGNING_KEYS_FILE
    if not configured and not local and not path.exists():
        raise ConfigurationError(
            "The keys of an origin on another machine are not known here: set SIGNET_SIGNING_KEYS, or use --no-gate."
        )
    module = find_njs(find_nginx())
    signing_keys(configured, settings.data_dir)  # the first start of all makes one

    def read() -> Gate:
        if not configured and not path.exists():
            raise ConfigurationError(f"{path} is gone; restore it from a backup.")
        return Gate.of(signing_keys(configured, settings.data_dir), module, settings.max_url_length)

    return read
