"""The commands on batches that exist: list, show, steer, fetch."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

from server.commands.batch.submit import submit
from server.commands.batch.telling import describe, line_of
from server.commands.batch.watching import watch_job
from server.commands.calls import Caller, json_text, make_caller

server_option = click.option("--server", metavar="URL", help="The server to ask. [the one of this machine]")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the server's JSON.")


@click.group()
def batch() -> None:
    """Render many pictures before they are asked for.

    \b
      signet batch submit rows.csv --template article --watch
      signet batch results batch_… --format zip -o pictures.zip
      signet batch errors batch_… -o errors.csv      rows to mend and submit again
    """


batch.add_command(submit)


@batch.command("list")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
@server_option
@json_option
def list_jobs(limit: int, server: str | None, as_json: bool) -> None:
    """The newest batches."""
    found = make_caller(server).json("GET", "/v1/batches", limit=str(limit))
    if as_json:
        click.echo(json_text(found["batches"]))
        return
    for job in found["batches"]:
        click.echo(line_of(job))


@batch.command()
@click.argument("identity", metavar="ID")
@server_option
@json_option
def show(identity: str, server: str | None, as_json: bool) -> None:
    """One batch."""
    job = make_caller(server).json("GET", f"/v1/batches/{identity}")
    click.echo(json_text(job) if as_json else describe(job))


@batch.command()
@click.argument("identity", metavar="ID")
@server_option
def watch(identity: str, server: str | None) -> None:
    """Follow a batch to its end. Exit status 1 if rows have failed."""
    raise SystemExit(watch_job(make_caller(server), identity))


@batch.command()
@click.argument("identity", metavar="ID")
@click.option("--row", "rows", type=click.IntRange(min=0), multiple=True, help="A row by its index, from 0.")
@click.option("--id", "custom_ids", multiple=True, help="A row by your own id.")
@click.option("--watch", "watching", is_flag=True, help="Follow it to its end.")
@server_option
def retry(
    identity: str, rows: tuple[int, ...], custom_ids: tuple[str, ...], watching: bool, server: str | None
) -> None:
    """Render rows again: those that failed, or chosen ones."""
    caller = make_caller(server)
    body = {"rows": list(rows), "custom_ids": list(custom_ids)} if rows or custom_ids else None
    click.echo(line_of(caller.json("POST", f"/v1/batches/{identity}/retry", body)))
    if watching:
        raise SystemExit(watch_job(caller, identity))


def _steering(name: str, summary: str) -> None:
    @batch.command(name, help=summary)
    @click.argument("identity", metavar="ID")
    @server_option
    def steer(identity: str, server: str | None) -> None:
        click.echo(line_of(make_caller(server).json("POST", f"/v1/batches/{identity}/{name}")))


_steering("continue", "Render the rows after the pilot.")
_steering("cancel", "Stop a batch; what is rendered stays.")


@batch.command()
@click.argument("identity", metavar="ID")
@server_option
def delete(identity: str, server: str | None) -> None:
    """Forget a batch; its pictures stay in the store."""
    make_caller(server).json("DELETE", f"/v1/batches/{identity}")
    click.echo(f"{identity} is forgotten")


output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write. [standard output]"
)
force_option = click.option("--force", is_flag=True, help="Write over a file that is there.")


@batch.command()
@click.argument("identity", metavar="ID")
@click.option("--format", "kind", type=click.Choice(["csv", "json", "ndjson", "zip"]), default="csv", show_default=True)
@output_option
@force_option
@server_option
def results(identity: str, kind: str, output: Path | None, force: bool, server: str | None) -> None:
    """What came of each row; as zip, the pictures."""
    if kind == "zip" and output is None:
        raise click.UsageError("Name a file for the archive: -o pictures.zip.")
    _fetch(make_caller(server), f"/v1/batches/{identity}/results.{kind}", output, force)


@batch.command()
@click.argument("identity", metavar="ID")
@output_option
@force_option
@server_option
def errors(identity: str, output: Path | None, force: bool, server: str | None) -> None:
    """Failed rows as they came, to be mended and submitted again."""
    _fetch(make_caller(server), f"/v1/batches/{identity}/errors.csv", output, force)


def _fetch(caller: Caller, path: str, output: Path | None, force: bool) -> None:
    """Into a file that is complete or not there, or to standard output."""
    if output is not None and output.exists() and not force:
        raise click.ClickException(f"{output} exists; use --force to write over it.")
    with caller.troubles(), caller.client.stream("GET", path) as answer:
        caller.check(answer)
        if output is None:
            _copy(answer.iter_bytes(), sys.stdout.buffer)
            return
        part = output.with_name(f"{output.name}.part")
        try:
            with part.open("wb") as file:
                size = _copy(answer.iter_bytes(), file)
            part.replace(output)
        except OSError as error:
            raise click.ClickException(f"{output} can't be written: {error.strerror}.") from error
        finally:
            part.unlink(missing_ok=True)
    click.echo(f"{output}: {size:,} bytes", err=True)


def _copy(blocks: Iterator[bytes], target: BinaryIO) -> int:
    size = 0
    for block in blocks:
        target.write(block)
        size += len(block)
    return size
