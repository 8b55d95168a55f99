"""`signet serve`: the origin."""

from __future__ import annotations

from pathlib import Path

import click


class _ListsSettings(click.Command):
    """A command whose help ends with all settings."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from server.settings import describe

        with formatter.section("Settings, from the environment or a file .env"):
            formatter.write_dl([(row.variable, f"{row.help} [{row.default or 'not set'}]") for row in describe()])


@click.command(cls=_ListsSettings)
@click.option("--host", help="Address to listen on [SIGNET_HOST, 127.0.0.1].")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on [SIGNET_PORT, 8000].")
@click.option("--renderers", type=click.IntRange(min=0), help="Render processes [SIGNET_RENDERERS, one per core].")
@click.option(
    "--templates", type=click.Path(path_type=Path), help="Templates folder [SIGNET_TEMPLATES_DIR, templates]."
)
@click.option("--development", is_flag=True, default=None, help="Show signed URLs in the gallery on this machine.")
@click.option("--reload", is_flag=True, default=None, help="Start again when Signet's own source files change.")
def serve(
    host: str | None,
    port: int | None,
    renderers: int | None,
    templates: Path | None,
    development: bool | None,
    reload: bool | None,
) -> None:
    """Serve images, the API and the gallery.

    Needs no configuration: keys are made in the data directory on first start. Options win over settings.
    """
    from server.running import run_reloading_server, run_server
    from server.settings import load_settings

    settings = load_settings(
        host=host,
        port=port,
        renderers=renderers,
        templates_dir=templates,
        development=development or None,
        reload=reload or None,
    )
    run = run_reloading_server if settings.reload else run_server
    run(settings)
