"""Values on the command line: `name=text`, `name:=json`, and `--vars FILE`."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import click


def read_values(pairs: tuple[str, ...], file: Path | None = None) -> dict[str, object]:
    """Values by name; pairs win over the file.

    Raises:
        click.UsageError: a pair or the file can't be read; it says which and how to write it.
    """
    values: dict[str, object] = _read_file(file) if file is not None else {}
    for pair in pairs:
        name, separator, text = pair.partition("=")
        if not separator or not name.rstrip(":"):
            raise click.UsageError(f"{pair!r}: write name=text, or name:=json for numbers, lists and objects.")
        if name.endswith(":"):
            values[name[:-1]] = _json(name[:-1], text)
        else:
            values[name] = text
    return values


def _json(name: str, text: str) -> object:
    try:
        value: object = json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise click.UsageError(f"{name}: {text!r} is no JSON ({error}); write {name}={text} for a text.") from error
    return value


def _read_file(file: Path) -> dict[str, object]:
    try:
        content: object = json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise click.UsageError(f"{file} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise click.UsageError(f"{file} is no JSON: {error}.") from error
    if not isinstance(content, dict):
        raise click.UsageError(f'{file}: expected one JSON object, {{"title": "…"}}.')
    return content
