"""What beside template, values and options decides the bytes: this renderer, the libraries it draws with, the fonts."""

from __future__ import annotations

import hashlib
import importlib.metadata
from functools import cache
from pathlib import Path

from renderer.text.library import default_library

_LIBRARIES = (
    "babel",
    "brotli",
    "cssselect2",
    "fonttools",
    "icu4py",
    "numpy",
    "pillow",
    "pyvips",
    "pyvips-binary",
    "tinycss2",
    "uharfbuzz",
    "uniseg",
    "zlib-ng",
)


@cache
def environment_digest() -> str:
    """Digest (sha256, hex) of the renderer's sources, its libraries' versions and the fonts of this machine.

    Part of every render key, so that no cache takes the picture of another version for its own.
    """
    digest = hashlib.sha256()
    root = Path(__file__).parent
    for source in sorted(root.rglob("*.py")):
        digest.update(source.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(source.read_bytes()).digest())
    for name in _LIBRARIES:
        digest.update(f"{name}={_version(name)};".encode())
    digest.update(default_library().digest.encode())
    return digest.hexdigest()


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "absent"
