"""`signet batch submit`: send a file of rows."""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

import click

from server.commands.batch.telling import line_of
from server.commands.batch.watching import watch_job
from server.commands.calls import Caller, NoAnswer, Refused, json_text, make_caller

_MEDIA_TYPES: Final = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".json": "application/json",
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_BLOCK: Final = 1 << 16
_ATTEMPTS: Final = 4
_SECONDS: Final = 600.0  # a large file takes its time to be read and checked


class _Pairs(click.ParamType[tuple[str, str]]):
    """`name=value`."""

    name = "name=value"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        name, equals, text = str(value).partition("=")
        if not equals or not name:
            self.fail(f"{value} is not of the form name=value.", param, ctx)
        return name, text


_PAIR: Final = _Pairs()


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True))
@click.option("--template", required=True, help="The template of all rows.")
@click.option("--format", "formats", multiple=True, help="png, jpg, webp or avif; several make several pictures a row.")
@click.option("--variant", "variants", multiple=True, help="A variant of the template; several make several pictures.")
@click.option("--column", "columns", type=_PAIR, multiple=True, help="COLUMN=VARIABLE where the names differ.")
@click.option("--var", "variables", type=_PAIR, multiple=True, help="A value that all rows share.")
@click.option("--option", "options", type=_PAIR, multiple=True, help="An option as in URLs, such as _d=2 or _l=de-DE.")
@click.option("--expires", help="How long the URLs last, such as 30d.")
@click.option("--pilot", type=click.IntRange(min=1), help="Render so many rows first, then wait for `continue`.")
@click.option("--dry-run", is_flag=True, help="Check all rows and render none.")
@click.option("--webhook-url", help="Gets a signed message at the end.")
@click.option("--warm-edge", is_flag=True, help="Fetch every picture once through the edge.")
@click.option("--export-bucket", help="Bucket that gets a copy of every picture.")
@click.option("--export-prefix", help="What names in the bucket begin with.")
@click.option("--names", help="Pattern of file names, such as {sku}_{variant}.{ext}.")
@click.option("--duplicates", is_flag=True, help="Report pictures that look the same.")
@click.option("--contrast", is_flag=True, help="Report texts of low contrast.")
@click.option("--max-bytes", type=click.IntRange(min=1), help="Report pictures of more bytes.")
@click.option("--metadata", type=_PAIR, multiple=True, help="name=value to find again in answers and webhooks.")
@click.option("--idempotency-key", help="Make no second batch of the same request. [a new one]")
@click.option("--watch", "watching", is_flag=True, help="Follow it to its end.")
@click.option("--server", metavar="URL", help="The server to ask. [the one of this machine]")
@click.option("--json", "as_json", is_flag=True, help="Print the server's JSON.")
def submit(file: Path, watching: bool, server: str | None, as_json: bool, **said: Any) -> None:  # noqa: ANN401
    """Render a picture of each row of FILE: CSV, JSON, NDJSON or XLSX; - is standard input.

    \b
      signet batch submit rows.csv --template article --watch
      signet batch submit rows.csv --template product --column "Product name=title" --column SKU=_id \\
          --format png --format webp --pilot 20 --watch
    """
    caller = make_caller(server)
    key = said.pop("idempotency_key") or str(uuid.uuid4())
    job = _sent(caller, file, _query(said), key)
    click.echo(json_text(job) if as_json else line_of(job))
    if watching:
        raise SystemExit(watch_job(caller, job["id"]))
    if not as_json:
        click.echo(f"Follow it: signet batch watch {job['id']}")


def _query(said: Mapping[str, Any]) -> dict[str, str]:
    """Options as the server reads them in a query; those that were not given are left out."""
    query: dict[str, str] = {"template": said["template"], **dict(said["options"])}
    for name in ("formats", "variants"):
        if said[name]:
            query[name] = ",".join(said[name])
    for name in ("columns", "metadata"):
        if said[name]:
            query[name] = json.dumps(dict(said[name]), ensure_ascii=False)
    if said["variables"]:
        query["variables"] = json.dumps(dict(said["variables"]), ensure_ascii=False)
    query |= {name: "true" for name in ("dry_run", "warm_edge") if said[name]}
    query |= {name: str(said[name]) for name in ("pilot", "webhook_url", "names") if said[name] is not None}
    if said["expires"] is not None:
        query["expires_in"] = str(_seconds(said["expires"]))
    checks = {name: said[name] for name in ("duplicates", "contrast", "max_bytes") if said[name]}
    if checks:
        query["checks"] = json.dumps(checks)
    if said["export_bucket"] is not None:
        query["export"] = json.dumps({"bucket": said["export_bucket"], "prefix": said["export_prefix"] or ""})
    elif said["export_prefix"] is not None:
        raise click.UsageError("--export-prefix needs --export-bucket.")
    return query


def _seconds(text: str) -> int:
    from server.quantities import parse_duration

    try:
        return int(parse_duration(text))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--expires") from None


def _sent(caller: Caller, file: Path, query: Mapping[str, str], key: str) -> dict[str, Any]:
    """The job. What is lost on the way is sent again with the same key, unless it came from standard input."""
    media_type = _MEDIA_TYPES.get(file.suffix.lower(), "application/octet-stream")
    headers = {"Content-Type": media_type, "Idempotency-Key": key}
    attempts = 1 if str(file) == "-" else _ATTEMPTS
    for attempt in range(1, attempts + 1):
        try:
            with caller.troubles():
                answer = caller.client.post(
                    "/v1/batches", params=query, content=_blocks(file), headers=headers, timeout=_SECONDS
                )
                job: dict[str, Any] = caller.read(answer)
                return job
        except NoAnswer:
            if attempt == attempts:
                raise
        except Refused as refusal:
            if attempt == attempts or refusal.status != 503:
                raise
        time.sleep(attempt)
    raise AssertionError("the last attempt returns or raises")


def _blocks(file: Path) -> Iterator[bytes]:
    """The file piece by piece, never whole."""
    if str(file) == "-":
        yield from _pieces(sys.stdin.buffer)
        return
    with file.open("rb") as stream:
        yield from _pieces(stream)


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block
