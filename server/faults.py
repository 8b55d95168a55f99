"""What is wrong with a template, with the line of its source that shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from renderer.errors import RendererError, SourcePosition
from renderer.template.bundle import TemplateBundle

_LONGEST_LINE = 400  # characters; minified files have one line


@dataclass(frozen=True, slots=True)
class Fault:
    """An error of a template and the source line at its place, where there is one."""

    error: RendererError
    source_line: str | None = None

    def __str__(self) -> str:
        return str(self.error)

    @property
    def position(self) -> SourcePosition | None:
        """Where the error is."""
        return self.error.position


def fault_in_folder(error: RendererError, folder: Path) -> Fault:
    """An error of a template folder."""
    root = folder.resolve()

    def read(file: str) -> bytes:
        path = (root / file).resolve()
        # Positions name files of the template; nothing outside it is ever shown.
        return path.read_bytes() if path.is_relative_to(root) else b""

    return Fault(error, _line(error.position, read))


def fault_in_bundle(error: RendererError, bundle: TemplateBundle) -> Fault:
    """An error of a template's files in memory."""
    return Fault(error, _line(error.position, lambda file: bundle.files.get(file, b"")))


def _line(position: SourcePosition | None, read: Callable[[str], bytes]) -> str | None:
    if position is None:
        return None
    try:
        lines = read(position.file).decode("utf-8-sig", "replace").splitlines()
    except OSError:
        return None
    if not 1 <= position.line <= len(lines):
        return None
    line = lines[position.line - 1].rstrip()
    return line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + "…"
