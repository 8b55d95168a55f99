"""`signet edge`: nginx in front of the origin."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--listen", default="127.0.0.1:8080", show_default=True, help="Address that nginx serves on.")
@click.option("--origin", default="127.0.0.1:8000", show_default=True, help="Address of the Signet origin.")
@click.option("--inner", default="127.0.0.1:8081", show_default=True, help="A free loopback address for misses.")
@click.option("--cache-size", default="2g", show_default=True, help="Disk that the cache may take.")
@click.option("--print", "only_print", is_flag=True, help="Print the configuration and exit.")
def edge(listen: str, origin: str, inner: str, cache_size: str, only_print: bool) -> None:
    """Run nginx as a cache in front of the origin, with its files in the data directory.

    \b
      signet serve &  signet edge --listen 127.0.0.1:8080
      signet edge --print > /etc/nginx/conf.d/signet.conf
    """
    from server.edge import EdgeSettings, http_configuration, run_nginx
    from server.settings import load_settings

    settings = load_settings()
    directory: Path = settings.data_dir.absolute() / "edge"
    edge_settings = EdgeSettings(listen, inner, origin, directory / "cache", cache_size)
    if only_print:
        click.echo(http_configuration(edge_settings), nl=False)
        return
    click.echo(f"nginx listens on http://{listen}, in front of {origin}")
    raise SystemExit(run_nginx(edge_settings, directory))
