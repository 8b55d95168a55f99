"""`signet batch submit`: send a file of rows."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from server.commands.calls import SERVER_OPTION, Refused, json_text, make_caller, plain

if TYPE_CHECKING:
    from server.commands.batch.uploads import Sent

_LONGEST_KEY: Final = 255
_LARGE: Final = 20_000_000  # bytes from which a person wants to see how much is sent
_PERCENT: Final = 100


def _pairs(context: click.Context, parameter: click.Parameter, texts: Sequence[str]) -> dict[str, str]:
    """`name=value` several times; names and values may hold further equals signs only in the value."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{plain(text)} is not of the form name=value.")
        if name in pairs:
            raise click.BadParameter(f"{plain(name)} is given twice.")
        pairs[name] = value
    return pairs


def _seconds(context: click.Context, parameter: click.Parameter, text: str | None) -> int | None:
    from server.quantities import parse_duration

    try:
        return None if text is None else parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from error


def _size(context: click.Context, parameter: click.Parameter, text: str | None) -> int | None:
    from server.quantities import parse_size

    try:
        return None if text is None else parse_size(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from error


def _key(context: click.Context, parameter: click.Parameter, text: str | None) -> str:
    """A new key, unless one was given: submitting the same again on purpose makes another batch."""
    if text is None:
        return str(uuid.uuid4())
    if not 1 <= len(text) <= _LONGEST_KEY or not text.isascii() or not text.isprintable() or text != text.strip():
        raise click.BadParameter(f"write 1 to {_LONGEST_KEY} letters, digits and signs of ASCII, such as a UUID.")
    return text


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True, readable=True, allow_dash=True))
@click.option("--template", metavar="NAME", help="The template of all rows. A JSON file may name it itself.")
@click.option("--format", "formats", multiple=True, help="png, jpg, webp or avif; several make several pictures a row.")
@click.option("--variant", "variants", multiple=True, help="Of the template; several make several, '' is without one.")
@click.option(
    "--column",
    "columns",
    metavar="COLUMN=VARIABLE",
    multiple=True,
    callback=_pairs,
    help="Where names differ; _id is your own id, nothing leaves the column out.",
)
@click.option(
    "--var",
    "variables",
    metavar="NAME=VALUE",
    multiple=True,
    help="A value that all rows share; name:=json for numbers, lists and objects.",
)
@click.option(
    "--option",
    "options",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_pairs,
    help="An option as in URLs, such as _d=2, _l=de-DE or _q=80.",
)
@click.option("--expires", "expires_in", metavar="TIME", callback=_seconds, help="How long the URLs last, such as 30d.")
@click.option("--pilot", type=click.IntRange(1, 1000), help="Render so many rows first, then wait for `continue`.")
@click.option("--dry-run", is_flag=True, help="Check all rows and render none.")
@click.option("--webhook-url", metavar="URL", help="Gets a signed message at the end.")
@click.option("--warm-edge", is_flag=True, help="Fetch every picture once through the edge.")
@click.option("--export-bucket", metavar="NAME", help="Bucket that gets a copy of every picture.")
@click.option("--export-prefix", metavar="TEXT", help="What names in the bucket begin with.")
@click.option("--names", metavar="PATTERN", help="Names of files, such as {sku}_{variant}.{ext}.")
@click.option("--checks-duplicates", is_flag=True, help="Report pictures of different rows that look the same.")
@click.option("--checks-contrast", is_flag=True, help="Report texts of low contrast.")
@click.option("--checks-max-bytes", metavar="SIZE", callback=_size, help="Report larger pictures, such as 300kB.")
@click.option("--repeat-every", metavar="TIME", callback=_seconds, help="Run again so long after each end.")
@click.option("--repeat-on-push", metavar="BINDING", help="Run again when data of this binding is pushed.")
@click.option(
    "--metadata", metavar="NAME=VALUE", multiple=True, callback=_pairs, help="To find again in answers and webhooks."
)
@click.option(
    "--idempotency-key",
    "key",
    metavar="TEXT",
    callback=_key,
    help="Make no second batch of the same rows and options. [a new one each time]",
)
@click.option("--watch", "watching", is_flag=True, help="Follow it to its end. Exit status 1 if rows have failed.")
@SERVER_OPTION
@click.option("--json", "as_json", is_flag=True, help="Print the batch as JSON, and all else to standard error.")
def submit(
    file: Path, key: str, watching: bool, server: str | None, as_json: bool, **said: Any,  # noqa: ANN401 - options
) -> None:  # fmt: skip
    """Render pictures of each row of FILE: CSV, TSV, XLSX, NDJSON or JSON; - is standard input.

    \b
      signet batch submit rows.csv --template article --watch
      signet batch submit rows.csv --template product --column "Product name=name" --column SKU=_id \\
          --format png --format webp --pilot 20 --watch
    """
    from server.commands.batch.api import BatchApi
    from server.commands.batch.telling import in_words_of_the_command, line_of
    from server.commands.batch.uploads import readable_again, send, taken_or_not
    from server.commands.batch.watching import INTERRUPTED, watch_job

    fields = form_fields(said)
    if "template" not in fields and file.suffix.lower() != ".json" and str(file) != "-":
        raise click.UsageError("Name the template: --template NAME.")
    api = BatchApi(make_caller(server))
    stream = sys.stderr if as_json else sys.stdout
    try:
        with readable_again(file) as rows:
            submitted = send(api, rows, fields, key, _progress())
    except Refused as refusal:
        raise in_words_of_the_command(refusal) from None
    except KeyboardInterrupt:
        click.echo(f"\nStopped. {taken_or_not(key)}", err=True)
        raise SystemExit(INTERRUPTED) from None
    job = submitted.job
    click.echo(line_of(job), file=stream)
    if not submitted.new:
        click.echo("The same request came before with this key: this is its batch.", err=True)
    if watching:
        raise SystemExit(watch_job(api, job.id, stream, known=job, as_json=as_json))
    if as_json:
        click.echo(json_text(job.model_dump(exclude_unset=True)))
    else:
        click.echo(f"Follow it: signet batch watch {job.id}")


def form_fields(said: Mapping[str, Any]) -> dict[str, str]:
    """Options as fields of the form that is sent; those that were not given are left out.

    Raises click.UsageError for values that are no pairs or no JSON, and a prefix without its bucket.
    """
    from server.commands.values import read_values

    if said["export_prefix"] is not None and said["export_bucket"] is None:
        raise click.UsageError("--export-prefix needs --export-bucket.")
    fields = dict(said["options"])
    for name in ("template", "pilot", "webhook_url", "names", "expires_in"):
        if said[name] is not None:
            fields[name] = str(said[name])
    fields |= {name: "true" for name in ("dry_run", "warm_edge") if said[name]}
    fields |= {name: ",".join(said[name]) for name in ("formats", "variants") if said[name]}
    nested = {
        "columns": said["columns"],
        "metadata": said["metadata"],
        "variables": read_values(said["variables"]),
        "checks": _given(said, "checks", ("duplicates", "contrast", "max_bytes")),
        "repeat": _given(said, "repeat", ("every", "on_push")),
        "export": _given(said, "export", ("bucket", "prefix")),
    }
    for name, members in nested.items():
        if members:
            fields[name] = json.dumps(members, ensure_ascii=False, default=float)
    return fields


def _given(said: Mapping[str, Any], group: str, names: Sequence[str]) -> dict[str, object]:
    values = {name: said[f"{group}_{name}"] for name in names}
    return {name: value for name, value in values.items() if value is not None and value is not False}


def _progress() -> Sent:
    """Tells on a terminal how much of a large file is sent."""
    shown = -1

    def sent(now: int, size: int) -> None:
        nonlocal shown
        percent = _PERCENT * now // max(size, 1)
        if size < _LARGE or percent == shown or not sys.stderr.isatty():
            return
        shown = percent
        end = "\r\x1b[K" if now >= size else ""
        click.echo(f"\r\x1b[Ksending {percent}% of {size // 1_000_000:,} MB{end}", nl=False, err=True)

    return sent
