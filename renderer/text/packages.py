"""Fonts installed as Python packages of the fontpkg family (`fontpkg-inter` …).

Every such package is a folder `fontpkg_NAME` with a metadata.json that names its family, files and axes, so that no
font has to be opened to know what is there. The folders are found by listing sys.path: asking importlib.metadata for
entry points reads the metadata of every installed distribution, which takes longer than a whole render.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import TypedDict

from renderer.text.face import Face, open_file
from renderer.text.matching import FaceDescription, Range


class _Axis(TypedDict):
    tag: str
    min: float
    max: float


class _File(TypedDict):
    path: str
    style: str
    weight: float | None


class _Metadata(TypedDict):
    family: str
    version: str
    category: list[str]
    subsets: list[str]
    axes: list[_Axis]
    files: list[_File]


@dataclass(frozen=True)
class FontPackage:
    """One installed font package; its metadata is read when first needed."""

    slug: str  # as in `fontpkg-SLUG`
    folder: Path

    @cached_property
    def metadata(self) -> _Metadata:
        """The package's own description."""
        metadata: _Metadata = json.loads((self.folder / "metadata.json").read_bytes())
        return metadata

    @property
    def family(self) -> str:
        """Family name."""
        return self.metadata["family"]

    @cached_property
    def subsets(self) -> frozenset[str]:
        """Names of the character sets it serves, as Google Fonts calls them (`arabic`, `latin-ext`, …)."""
        return frozenset(self.metadata["subsets"])

    @cached_property
    def faces(self) -> tuple[FaceDescription, ...]:
        """Its faces."""
        axes = {axis["tag"]: (axis["min"], axis["max"]) for axis in self.metadata["axes"]}
        return tuple(self._describe(file, axes) for file in self.metadata["files"])

    def _describe(self, file: _File, axes: dict[str, Range]) -> FaceDescription:
        path = self.folder / file["path"]
        weight = file["weight"]
        return FaceDescription(
            family=self.family,
            weight=axes.get("wght", (400.0, 400.0)) if weight is None else (float(weight), float(weight)),
            style=file["style"],
            stretch=axes.get("wdth", (100.0, 100.0)),
            open=partial(open_once, path),
            name=str(path),
        )


@lru_cache(maxsize=4_096)
def open_once(path: Path, index: int = 0) -> Face:
    """The opened face of a file, shared by all who ask."""
    return open_file(path, index)


def installed() -> list[FontPackage]:
    """All font packages that Python can import, sorted by name; the first one on sys.path wins."""
    found: dict[str, FontPackage] = {}
    for entry in _folders():
        slug = entry.name.removeprefix("fontpkg_").replace("_", "-")
        if slug not in found:
            found[slug] = FontPackage(slug, Path(entry.path))
    return [found[slug] for slug in sorted(found)]


def _folders() -> Iterator[os.DirEntry[str]]:
    for place in sys.path:
        if not os.path.isdir(place or "."):  # noqa: PTH112 - sys.path holds strings, and this runs at start-up
            continue
        with os.scandir(place or ".") as entries:
            for entry in entries:
                if entry.name.startswith("fontpkg_") and "." not in entry.name and _is_package(entry.path):
                    yield entry


def _is_package(folder: str) -> bool:
    return os.path.exists(f"{folder}/metadata.json")  # noqa: PTH110
