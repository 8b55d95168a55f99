"""The commands on batches that exist: list, show, steer, fetch."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from server.commands.batch.submit import submit
from server.commands.calls import SERVER_OPTION, json_text, make_caller

if TYPE_CHECKING:
    from server.commands.batch.api import BatchApi

_INTERRUPTED: Final = 130
_KINDS: Final = ("csv", "json", "ndjson", "zip")


class _Group(click.Group):
    """Ends with the status that shells expect after Ctrl-C; click's own is 1, which is that of failed rows."""

    def invoke(self, context: click.Context) -> object:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # not every terminal knows every character
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            raise SystemExit(_INTERRUPTED) from None


class _BatchId(click.ParamType[str]):
    """An id of a batch; it becomes part of a path."""

    name = "id"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if re.fullmatch("[A-Za-z0-9_-]{1,100}", text) is None:
            self.fail("this is no id of a batch; `signet batch list` shows them.", param, ctx)
        return text


_identity = click.argument("identity", metavar="ID", type=_BatchId())
_json = click.option("--json", "as_json", is_flag=True, help="Print the server's JSON.")
_watch = click.option("--watch", "watching", is_flag=True, help="Follow it to its end.")
_output = click.option(
    *("-o", "--output"),
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="File to write. [standard output]",
)
_force = click.option("--force", is_flag=True, help="Write over a file that is there.")


@click.group(cls=_Group)
def batch() -> None:
    """Render many pictures before they are asked for.

    \b
      signet batch submit rows.csv --template article --watch
      signet batch results batch_… -o pictures.zip
      signet batch errors batch_… -o errors.csv      rows to mend and submit again

    Exit status: 0 if no row has failed, 1 if rows have failed or something else has, 2 if the command is wrong,
    130 after Ctrl-C, which stops no batch.
    """


batch.add_command(submit)


@batch.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many, from the newest.")
@SERVER_OPTION
@_json
def list_jobs(limit: int, server: str | None, as_json: bool) -> None:
    """The newest batches."""
    from server.commands.batch.telling import line_of

    jobs = _api(server).newest(limit)
    if as_json:
        click.echo(json_text([job.model_dump(exclude_unset=True) for job in jobs]))
        return
    none = True
    for job in jobs:
        none = False
        click.echo(line_of(job))
    if none:
        click.echo("There are no batches.", err=True)


@batch.command()
@_identity
@SERVER_OPTION
@_json
def show(identity: str, server: str | None, as_json: bool) -> None:
    """One batch."""
    from server.commands.batch.telling import describe

    job = _api(server).job(identity)
    click.echo(json_text(job.model_dump(exclude_unset=True)) if as_json else describe(job))


@batch.command()
@_identity
@SERVER_OPTION
@click.option("--json", "as_json", is_flag=True, help="Print the batch as JSON in the end, and all else to errors.")
def watch(identity: str, server: str | None, as_json: bool) -> None:
    """Follow a batch to its end, or until its pilot waits. Exit status 1 if rows have failed."""
    raise SystemExit(_watched(_api(server), identity, as_json))


@batch.command()
@_identity
@click.option("--row", "rows", type=click.IntRange(min=0), multiple=True, help="A row by its index, from 0.")
@click.option("--id", "custom_ids", multiple=True, help="A row by your own id.")
@_watch
@SERVER_OPTION
def retry(
    identity: str, rows: tuple[int, ...], custom_ids: tuple[str, ...], watching: bool, server: str | None
) -> None:
    """Render rows again: those that failed, or chosen ones."""
    # Without the member `rows`, all that have failed are meant.
    body = {name: list(chosen) for name, chosen in (("rows", rows), ("custom_ids", custom_ids)) if chosen}
    _steer(server, identity, "retry", body or None, watching=watching)


@batch.command("continue")
@_identity
@_watch
@SERVER_OPTION
def go_on(identity: str, watching: bool, server: str | None) -> None:
    """Render the rows after the pilot."""
    _steer(server, identity, "continue", None, watching=watching)


@batch.command()
@_identity
@SERVER_OPTION
def cancel(identity: str, server: str | None) -> None:
    """Stop a batch; what is rendered stays."""
    _steer(server, identity, "cancel", None, watching=False)


@batch.command()
@_identity
@SERVER_OPTION
def delete(identity: str, server: str | None) -> None:
    """Forget a batch, whatever its state; its pictures stay in the store."""
    _api(server).forget(identity)
    click.echo(f"{identity} is forgotten")


@batch.command()
@_identity
@click.option("--format", "kind", type=click.Choice(_KINDS), help="[the extension of the file, or csv]")
@_output
@_force
@SERVER_OPTION
def results(identity: str, kind: str | None, output: Path | None, force: bool, server: str | None) -> None:
    """What came of each row; as zip, the pictures."""
    extension = "" if output is None else output.suffix[1:].lower()
    chosen = kind or (extension if extension in _KINDS else "csv")
    if chosen == "zip" and output is None and sys.stdout.isatty():
        raise click.UsageError("Name a file for the archive: -o pictures.zip.")
    _fetch(server, identity, f"results.{chosen}", output, force)


@batch.command()
@_identity
@_output
@_force
@SERVER_OPTION
def errors(identity: str, output: Path | None, force: bool, server: str | None) -> None:
    """Failed rows as they came and what is wrong with them, to be mended and submitted again."""
    _fetch(server, identity, "errors.csv", output, force)


def _api(server: str | None) -> BatchApi:
    from server.commands.batch.api import BatchApi

    return BatchApi(make_caller(server))


def _steer(server: str | None, identity: str, action: str, body: object, *, watching: bool) -> None:
    from server.commands.batch.telling import line_of

    api = _api(server)
    click.echo(line_of(api.steer(identity, action, body)))
    if watching:
        raise SystemExit(_watched(api, identity, as_json=False))


def _watched(api: BatchApi, identity: str, as_json: bool) -> int:
    from server.commands.batch.watching import watch_job

    return watch_job(api, identity, sys.stderr if as_json else sys.stdout, as_json=as_json)


def _fetch(server: str | None, identity: str, name: str, output: Path | None, force: bool) -> None:
    from server.commands.batch.api import path_of
    from server.commands.batch.downloads import fetch

    fetch(make_caller(server), path_of(identity, name), None if output == Path("-") else output, force=force)
