"""What a render process does: the only module of the server that runs there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cachetools import LRUCache

import renderer
from renderer import Asset, CompiledTemplate, Diagnostic, ImageFacts, Limits, RenderOptions, RenderResult
from renderer.expressions import Value
from server.versions import unpack

_TEMPLATES: LRUCache[str, CompiledTemplate] = LRUCache(64)


@dataclass(frozen=True, slots=True)
class RenderJob:
    """One render: a template version by its archive, typed values, and the assets that they name.

    With a fingerprint the picture is the same, and pictures that look like it can be found.
    """

    template: str
    digest: str
    archive: Path
    values: Mapping[str, Value]
    options: RenderOptions
    limits: Limits
    assets: Mapping[str, Asset] = field(default_factory=dict)
    with_fingerprint: bool = False


@dataclass(frozen=True, slots=True)
class ImageCheck:
    """The question whether bytes are an image that can be drawn."""

    data: bytes
    limits: Limits


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The fingerprint of a picture that was rendered without."""

    data: bytes
    limits: Limits


@dataclass(frozen=True, slots=True)
class Examination:
    """A closer look at what a render shows: contrast, and texts that are cut."""

    job: RenderJob


def initialize() -> None:
    """Load fonts and libraries before the first job."""
    renderer.initialize()


def run(
    job: RenderJob | ImageCheck | Fingerprint | Examination,
) -> RenderResult | ImageFacts | str | tuple[Diagnostic, ...]:
    """Do one job. Raises RendererError."""
    match job:
        case ImageCheck():
            return renderer.check_image(job.data, job.limits)
        case Fingerprint():
            return renderer.fingerprint_of_file(job.data, job.limits)
        case Examination():
            return _examine(job.job)
        case RenderJob():
            return renderer.render_typed(
                _compiled(job),
                job.values,
                job.options,
                assets=job.assets,
                limits=job.limits,
                with_fingerprint=job.with_fingerprint,
            )


def _examine(job: RenderJob) -> tuple[Diagnostic, ...]:
    laid = renderer.lay_out(_compiled(job), job.values, job.options, assets=job.assets, limits=job.limits)
    return renderer.examine(laid, limits=job.limits).diagnostics


def _compiled(job: RenderJob) -> CompiledTemplate:
    compiled = _TEMPLATES.get(job.digest)
    if compiled is None:
        bundle = unpack(job.template, job.digest, job.archive.read_bytes())
        compiled = _TEMPLATES[job.digest] = renderer.compile_bundle(bundle, limits=job.limits)
    return compiled
