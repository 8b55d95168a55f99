"""How one picture is wanted, and what a render gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from renderer.diagnostics import Diagnostic
from renderer.media_types import OutputFormat


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """Everything beside template, values and assets that changes the bytes.

    `scale` is the device pixel ratio. `width` and `height` (CSS px) replace the template's own size where its manifest
    allows it. `now` must be aware; None: the template may not ask for the time.
    """

    format: OutputFormat = "png"
    scale: int = 1
    quality: int | None = None  # 1–100 for JPEG and WebP; None: the format's default
    locale: str | None = None
    variant: str | None = None
    width: int | None = None
    height: int | None = None
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class RenderResult:
    """A finished picture. `width` and `height` in device px; `timings` in seconds per step of the pipeline.

    `fingerprint` tells which pictures look the same (`renderer.fingerprint`); it is there if it was asked for.
    """

    data: bytes
    media_type: str
    width: int
    height: int
    diagnostics: tuple[Diagnostic, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    fingerprint: str | None = None
