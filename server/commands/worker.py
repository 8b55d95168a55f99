"""`signet worker`: renders batches for servers on this or other machines."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--concurrency", type=click.IntRange(1, 64), default=2, show_default=True, help="Pieces of work at the same time."
)
@click.option("--renderers", type=click.IntRange(min=0), help="Render processes [SIGNET_RENDERERS, one per core].")
@click.option(
    "--templates", type=click.Path(path_type=Path), help="Templates folder [SIGNET_TEMPLATES_DIR, templates]."
)
def worker(concurrency: int, renderers: int | None, templates: Path | None) -> None:
    """Render batches that servers receive, on this or another machine.

    Needs SIGNET_BATCH_ENGINE=celery, SIGNET_DATABASE_URL (PostgreSQL), SIGNET_CELERY_BROKER (Redis) and the data folder
    and templates of the server; see docs/batch-machines.md. SIGTERM ends it in order.
    """
    from server.settings import load_settings

    settings = load_settings(renderers=renderers, templates_dir=templates)
    # Checked before what it needs is imported, which may be what is missing.
    from server.batch.distributed.broker import checked_broker

    checked_broker(settings)
    from server.batch.distributed.process import run_worker

    raise SystemExit(run_worker(settings, concurrency))
