"""Files of the server: whole under their names, or not there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

from server.commands.batch.telling import size_text
from server.commands.calls import Caller


def fetch(caller: Caller, path: str, output: Path | None, *, force: bool) -> None:
    """Write what the server sends, while it comes, to a file or to standard output.

    The file is `NAME.part` until it is complete.

    Raises:
        ClickException: the file exists and `force` does not let it be overwritten, or it can't be written.
        NoAnswer, Refused.
    """
    if output is not None and output.exists() and not force:
        raise click.ClickException(f"{output} exists; use --force to write over it.")
    with caller.troubles(), caller.client.stream("GET", path) as answer:
        caller.check(answer)
        if output is None:
            _copy(answer.iter_bytes(), sys.stdout.buffer)
            sys.stdout.flush()
            return
        size = _keep(answer.iter_bytes(), output)
    click.echo(f"{output}: {size_text(size)}", err=True)


def _keep(blocks: Iterator[bytes], output: Path) -> int:
    part = output.with_name(f"{output.name}.part")
    try:
        with part.open("wb") as file:
            size = _copy(blocks, file)
        part.replace(output)
    except OSError as error:
        raise click.ClickException(f"{output} can't be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    return size


def _copy(blocks: Iterator[bytes], target: BinaryIO) -> int:
    size = 0
    for block in blocks:
        target.write(block)
        size += len(block)
    return size
