"""`signet serve`: the origin."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--host", help="Address to listen on [SIGNET_HOST, 127.0.0.1].")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on [SIGNET_PORT, 8000].")
@click.option("--renderers", type=click.IntRange(min=0), help="Render processes [SIGNET_RENDERERS, one per core].")
@click.option(
    "--templates", type=click.Path(path_type=Path), help="Templates folder [SIGNET_TEMPLATES_DIR, templates]."
)
@click.option("--development", is_flag=True, default=None, help="Show signed URLs in the gallery on this machine.")
def serve(
    host: str | None,
    port: int | None,
    renderers: int | None,
    templates: Path | None,
    development: bool | None,
) -> None:
    """Serve images, the API and the gallery.

    Needs no configuration: keys are made in the data directory on first start. Every setting is a SIGNET_… variable,
    also read from .env; README.md lists them.
    """
    from server.running import run_server
    from server.settings import load_settings

    run_server(
        load_settings(
            host=host, port=port, renderers=renderers, templates_dir=templates, development=development or None
        )
    )
