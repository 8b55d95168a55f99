"""The fonts that renders may use: Python packages and the machine's own. One library serves a whole process."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path

from renderer.text import system
from renderer.text.matching import FaceDescription
from renderer.text.packages import FontPackage, installed

# Families of the generic names (CSS Fonts 4 section 2.1.2), best first.
GENERIC = {
    "sans-serif": ("Inter", "Noto Sans", "DejaVu Sans"),
    "serif": ("Source Serif 4", "Noto Serif", "DejaVu Serif"),
    "monospace": ("JetBrains Mono", "DejaVu Sans Mono"),
    "cursive": ("Caveat", "Dancing Script", "Inter"),
    "fantasy": ("Lobster", "Inter"),
    "math": ("STIX Two Math", "DejaVu Math TeX Gyre", "Inter"),
    "emoji": ("Noto Color Emoji", "Twemoji", "Apple Color Emoji", "Segoe UI Emoji"),
}
GENERIC["ui-sans-serif"] = GENERIC["ui-rounded"] = GENERIC["system-ui"] = GENERIC["sans-serif"]
GENERIC["-apple-system"] = GENERIC["blinkmacsystemfont"] = GENERIC["sans-serif"]
GENERIC["ui-serif"], GENERIC["ui-monospace"] = GENERIC["serif"], GENERIC["monospace"]

# Free families with the widths of well-known ones, as fontconfig substitutes them (30-metric-aliases.conf).
METRIC_ALIASES = {
    "arial": ("Liberation Sans", "Arimo"),
    "helvetica": ("Liberation Sans", "Arimo"),
    "times new roman": ("Liberation Serif", "Tinos"),
    "times": ("Liberation Serif", "Tinos"),
    "courier new": ("Liberation Mono", "Cousine"),
    "courier": ("Liberation Mono", "Cousine"),
    "arial narrow": ("Liberation Sans Narrow",),
    "calibri": ("Carlito",),
    "cambria": ("Caladea",),
    "georgia": ("Gelasio",),
}


class FontLibrary:
    """Families by name. Nothing is opened before it is needed; the machine's fonts are the last resort.

    `folders` are those of the machine's fonts, `packages` the font packages (by default all that are installed).
    """

    def __init__(self, folders: Sequence[Path] = system.FOLDERS, packages: Sequence[FontPackage] | None = None) -> None:
        self._folders = tuple(folders)
        self.packages = tuple(installed() if packages is None else packages)
        self._by_slug = {package.slug: package for package in self.packages}

    @cached_property
    def digest(self) -> str:
        """Identity of all fonts that could serve: package versions, and paths and sizes of the machine's files."""
        parts = [f"{package.slug}={package.metadata['version']}" for package in self.packages]
        parts += [f"{file.path}={file.size}" for file in self._files]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @cached_property
    def _files(self) -> list[system.FontFile]:
        return system.find_files(self._folders)

    @cached_property
    def system_faces(self) -> tuple[system.SystemFace, ...]:
        """The machine's faces, sorted by file."""
        return tuple(face for file in self._files for face in system.describe(file))

    @cached_property
    def _system_families(self) -> dict[str, list[FaceDescription]]:
        families: dict[str, list[FaceDescription]] = {}
        for face in self.system_faces:
            for name in sorted(face.families):
                families.setdefault(name, []).append(face.description)
        return families

    def family(self, name: str) -> Sequence[FaceDescription]:
        """Faces of a family: a package's if one is installed, else the machine's; empty if there is none."""
        package = self._by_slug.get("-".join(name.lower().split()))
        if package is not None and package.family.lower() == name.lower():
            return package.faces
        faces: Sequence[FaceDescription] = self._system_families.get(name.lower(), ())
        return faces or self._alias(name.lower())

    def generic(self, name: str) -> Sequence[FaceDescription]:
        """Faces of the first available family of a generic name; empty if `name` is no generic name."""
        for family in GENERIC.get(name.lower(), ()):
            if faces := self.family(family):
                return faces
        return ()

    def named_face(self, name: str) -> FaceDescription | None:
        """The face with a full or PostScript name, as `src: local(NAME)` asks for it."""
        for face in self.system_faces:
            if name.lower() in face.full_names:
                return face.description
        faces = self.family(name)
        return faces[0] if faces else None

    def _alias(self, name: str) -> Sequence[FaceDescription]:
        for other in METRIC_ALIASES.get(name, ()):
            if faces := self.family(other):
                return faces
        return ()


@lru_cache(maxsize=1)
def default_library() -> FontLibrary:
    """The process's library of installed packages and the machine's fonts."""
    return FontLibrary()
