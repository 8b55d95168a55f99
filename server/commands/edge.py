"""`signet edge`: nginx in front of the origin."""

from __future__ import annotations

from pathlib import Path

import click

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
@click.option("--print", "only_print", is_flag=True, help="Print the configuration for a system's nginx and exit.")
def edge(
    listen: str,
    origin: str,
    inner: str | None,
    cache: Path | None,
    cache_size: str,
    log: Path | None,
    only_print: bool,
) -> None:
    """Run nginx as a cache in front of the origin, with its files in the data directory.

    \b
      signet serve --port 8000 &
      signet edge --listen 8080 --origin 127.0.0.1:8000
      signet edge --listen 80 --print > /etc/nginx/conf.d/signet.conf
    """
    from server.edge import EdgeSettings, become_nginx, free_loopback_address, http_configuration
    from server.settings import load_settings

    if only_print:
        system = EdgeSettings(
            listen, inner or _PRINTED_INNER, origin, cache or _SYSTEM_CACHE, cache_size, log or _SYSTEM_LOG
        )
        click.echo(http_configuration(system), nl=False)
        return
    directory = load_settings().data_dir.absolute() / "edge"
    settings = EdgeSettings(
        listen,
        inner or free_loopback_address(),
        origin,
        (cache or directory / "cache").absolute(),
        cache_size,
        log.absolute() if log else Path("/dev/stdout"),
    )
    click.echo(f"nginx listens on {settings.base_url}, in front of {origin}", err=True)
    become_nginx(settings, directory)
