"""The cases: pages under `cases/`, one feature each, and the gallery's templates with their example values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from renderer.template import (
    CompiledTemplate,
    bundle_from_files,
    compile_bundle,
    compile_template,
    example_values,
)

HERE = Path(__file__).parent
CASES = HERE / "cases"
TEMPLATES = HERE.parent.parent / "templates"
GALLERY = "templates"  # area of the gallery's cases

_SIZE = re.compile(r'<meta name="viewport-size" content="(\d+)x(\d+)">')
_DEFAULT_SIZE = (400, 300)


@dataclass(frozen=True)
class Case:
    """One page. `source` is what Signet compiles; of a gallery template it is the folder's template.html."""

    name: str  # "area/feature"
    source: str
    files: Mapping[str, bytes]  # what the page names by relative path

    @property
    def is_gallery(self) -> bool:
        """Whether this is a template of the gallery, which has expressions and a manifest."""
        return self.name.startswith(f"{GALLERY}/")

    @cached_property
    def compiled(self) -> CompiledTemplate:
        """The page as a template."""
        if self.is_gallery:
            return compile_template(TEMPLATES / self.name.partition("/")[2])
        width, height = page_size(self.source)
        manifest = f"size = {{ width = {width}, height = {height} }}\n"
        files = {**self.files, "template.html": self.source.encode(), "template.toml": manifest.encode()}
        return compile_bundle(bundle_from_files("case", files))

    @cached_property
    def values(self) -> Mapping[str, object]:
        """The template's example values; none for a page without expressions."""
        return example_values(self.compiled.bundle, self.compiled.manifest) if self.is_gallery else {}

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the page in CSS px."""
        if self.is_gallery:
            size = self.compiled.manifest.size
            return size.width, size.height
        return page_size(self.source)


def page_size(source: str) -> tuple[int, int]:
    """The size that a page states in `<meta name="viewport-size" content="WIDTHxHEIGHT">`, 400×300 without one."""
    found = _SIZE.search(source)
    return (int(found[1]), int(found[2])) if found else _DEFAULT_SIZE


@lru_cache(maxsize=1)
def all_cases() -> tuple[Case, ...]:
    """Every case, by name; the gallery last."""
    assets = {f"assets/{path.name}": path.read_bytes() for path in sorted((CASES / "assets").iterdir())}
    pages = sorted(CASES.glob("*/*.html"))
    found = [Case(f"{page.parent.name}/{page.stem}", page.read_text("utf-8"), _named(page, assets)) for page in pages]
    for folder in sorted(TEMPLATES.iterdir()):
        if (folder / "template.html").is_file():
            files = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
            found.append(Case(f"{GALLERY}/{folder.name}", (folder / "template.html").read_text("utf-8"), files))
    return tuple(found)


def _named(page: Path, assets: Mapping[str, bytes]) -> dict[str, bytes]:
    source = page.read_text("utf-8")
    return {path: data for path, data in assets.items() if path in source}


def matching(patterns: list[str]) -> list[Case]:
    """Cases whose name contains one of the patterns; all without patterns."""
    return [case for case in all_cases() if not patterns or any(pattern in case.name for pattern in patterns)]
