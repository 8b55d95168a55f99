"""Images and fonts that a render may use, as the caller supplied them: the renderer itself opens no socket.

A template refers to an asset by URL: a path relative to the template folder, a `data:` URI, or any other URL whose
bytes the caller passes in `supplied`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class Asset:
    """Bytes with their digest (sha256, hex), which stands for them in caches and render keys.

    With `problem` it stands for bytes that the caller could not get: a clause that says why, for the diagnostic.
    """

    data: bytes
    digest: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class IntrinsicSize:
    """Natural size of an image in CSS px after EXIF orientation; None where an SVG leaves it open."""

    width: float | None
    height: float | None
    ratio: float | None


class Images(Protocol):
    """Decoded images by key (the URL as written in the template, or `inline-svg:<digest>`)."""

    def intrinsic(self, key: str) -> IntrinsicSize | None:
        """Natural size; None (and one diagnostic) if the image is missing or unreadable."""

    def pixels(self, key: str, width: int, height: int) -> Image.Image | None:
        """The whole image scaled to width × height device px, mode RGB (opaque) or RGBA (straight alpha).

        Decoded at draw size (shrink-on-load) and cached by content and size."""

    def identity(self, key: str) -> str:
        """Digest of the image's bytes, which stands for them in caches; empty if there are none."""

    def add_svg(self, markup: str) -> str:
        """Register an inline <svg> and return its key."""


SuppliedAssets = Mapping[str, Asset]
