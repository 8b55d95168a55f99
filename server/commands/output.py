"""What commands print and write."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from renderer import MEDIA_TYPES, Diagnostic, OutputFormat

COLORS = {"error": "red", "warning": "yellow", "info": "cyan"}


def writable_format(extension: str) -> OutputFormat:
    """The format of a name such as `png`, `JPEG`. Raises click.UsageError for one that can't be written."""
    name = extension.lower().replace("jpeg", "jpg")
    if name not in MEDIA_TYPES:
        raise click.UsageError(f"{extension!r} is no format; there are {', '.join(MEDIA_TYPES)}.")
    return name


def image_format(path: Path) -> OutputFormat:
    """The format that a file name asks for. Raises click.UsageError for an unknown extension."""
    if not path.suffix:
        raise click.UsageError(f"{path}: end the file name in .{', .'.join(MEDIA_TYPES)}.")
    return writable_format(path.suffix[1:])


def write_file(path: Path, data: bytes) -> None:
    """Write a file. Raises click.ClickException with the reason if that fails."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise click.ClickException(f"{path} can't be written: {error.strerror}.") from error


def diagnostic_line(diagnostic: Diagnostic) -> str:
    """One line: place, severity, message and code, in the order compilers use."""
    place = f"{diagnostic.position}: " if diagnostic.position else ""
    element = f" <{diagnostic.element}>" if diagnostic.element else ""
    return f"{place}{diagnostic.severity}: {diagnostic.message}{element} [{diagnostic.code}]"


def echo_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Print diagnostics to standard error, coloured on a terminal."""
    for diagnostic in diagnostics:
        click.secho(diagnostic_line(diagnostic), fg=COLORS[diagnostic.severity], err=True)
