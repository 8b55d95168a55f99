"""Fonts of the machine: found by walking the font folders, described by their own name and OS/2 tables."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from renderer.errors import AssetError
from renderer.text.face import Face
from renderer.text.matching import FaceDescription, Range
from renderer.text.packages import open_once

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("~/.fonts"), Path("~/.local/share/fonts"))
_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
# OS/2 usWidthClass 1–9 in percent (OpenType specification)
_WIDTHS = (50.0, 62.5, 75.0, 87.5, 100.0, 112.5, 125.0, 150.0, 200.0)


@dataclass(frozen=True, slots=True)
class FontFile:
    """A font file and its size in bytes."""

    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class SystemFace:
    """A face of the machine with all names under which it can be asked for (lower-case)."""

    description: FaceDescription
    families: frozenset[str]
    full_names: frozenset[str]


def find_files(folders: Sequence[Path] = FOLDERS) -> list[FontFile]:
    """All font files below the folders, sorted by path."""
    return sorted((file for folder in folders for file in _walk(folder.expanduser())), key=lambda file: str(file.path))


def _walk(folder: Path) -> Iterator[FontFile]:
    for parent, _, names in os.walk(folder):
        for name in names:
            if name.lower().endswith(_SUFFIXES):
                path = Path(parent, name)
                try:
                    yield FontFile(path, path.stat().st_size)
                except OSError:  # a dangling link
                    continue


def describe(file: FontFile) -> list[SystemFace]:
    """The faces of a file; none if it cannot be read."""
    try:
        first = open_once(file.path)
        faces = [first, *(open_once(file.path, i) for i in range(1, first.hb_face.count))]
    except AssetError:
        return []
    return [_describe(file.path, face) for face in faces]


def _describe(path: Path, face: Face) -> SystemFace:
    names = {number: face.hb_face.get_name(number) or "" for number in (1, 4, 6, 16)}
    weight, style, stretch = _os2(face)
    axes = face.axes
    family = names[16] or names[1] or path.stem
    description = FaceDescription(
        family=family,
        weight=_axis_range(axes, "wght") or (weight, weight),
        style=style,
        stretch=_axis_range(axes, "wdth") or (stretch, stretch),
        open=partial(open_once, path, face.index),
        name=str(path),
    )
    return SystemFace(
        description,
        frozenset(name.lower() for name in (family, names[1]) if name),
        frozenset(name.lower() for name in (names[4], names[6]) if name),
    )


def _axis_range(axes: dict[str, tuple[float, float, float]], tag: str) -> Range | None:
    axis = axes.get(tag)
    return (axis[0], axis[2]) if axis else None


def _os2(face: Face) -> tuple[float, str, float]:
    table = bytes(face.hb_face.reference_table("OS/2").data)
    if len(table) < 64:
        return 400.0, "normal", 100.0
    weight = int.from_bytes(table[4:6], "big")
    width = int.from_bytes(table[6:8], "big")
    selection = int.from_bytes(table[62:64], "big")
    style = "oblique" if selection & 0x200 else "italic" if selection & 1 else "normal"
    return float(min(max(weight, 1), 1000)), style, _WIDTHS[width - 1] if 1 <= width <= 9 else 100.0
