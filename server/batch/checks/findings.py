"""What there is to say about one finished picture."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Final, TypeVar

from renderer import page_size
from server.batch.checks.errors import BrokenPicture
from server.batch.checks.files import Size, TornFileError, intact_size
from server.batch.options import ChecksBody
from server.batch.records import Finding
from server.diagnostics import binding_findings
from server.errors import QueueFull, RenderError, SignetError, UnreadableAsset, UnusableRequest
from server.farm.jobs import Priority
from server.images import ImageService, Picture
from server.plans import RenderPlan
from server.store import StoredRender
from server.store.entries import Json

T = TypeVar("T")

# What a render says about its values; what it says about its template is the same for all rows, and its author's.
CODES: Final[Mapping[str, str]] = {
    "blank-picture": "blank",
    "text-overflow": "text-overflow",
    "text-clamped": "text-clamped",
    "missing-glyph": "missing-glyph",
    "image-unresolved": "image-unresolved",
    "low-contrast": "low-contrast",
    "live-data": "live-data",
}

_MOST: Final = 20  # findings of a picture: a list of a thousand texts may overflow a thousand times
_PREVIEW_BYTES: Final = 300_000  # above, WhatsApp and others show no preview of a link
_PREVIEW_SHAPES: Final = (1.8, 2.1)  # width to height of pictures that are made for previews of links
_FULL_SECONDS: Final = 0.25  # until the queue of the render processes is asked again


async def findings_of(
    images: ImageService, picture: Picture, checks: ChecksBody
) -> tuple[tuple[Finding, ...], str | None]:
    """Whatever somebody should look at, sorted by code, and the fingerprint if duplicates are looked for.

    Raises:
        BrokenPicture: the file is damaged. It is forgotten, so that the next attempt renders it.
        Unavailable: the render processes are ending or cannot be started.
    """
    render, plan = picture.render, picture.plan
    found = {*_reported(render.meta.get("diagnostics")), *_reported(binding_findings(plan.problems))}
    fingerprint = None
    try:
        _check_file(render, expected_size(plan))
        found |= set(_size_findings(render, checks.max_bytes))
        if checks.contrast:
            examined = await _looked_at(lambda: images.examined(plan, Priority.BATCH), found)
            found |= set(_reported(examined))
        if checks.duplicates:
            fingerprint = await _looked_at(lambda: _fingerprint(images, picture), found)
    except BrokenPicture:
        await images.forget(plan)
        raise
    return _first(sorted(found, key=lambda finding: (finding.code, finding.message))), fingerprint


def expected_size(plan: RenderPlan) -> Size:
    """Device pixels that the picture of a plan has."""
    options = plan.job.options
    width, height = page_size(plan.template.compiled.manifest, options.variant, options.width, options.height)
    return Size(width * options.scale, height * options.scale)


def _check_file(render: StoredRender, expected: Size) -> None:
    try:
        size = intact_size(render.body, render.media_type)
    except TornFileError as error:
        raise BrokenPicture(f"The picture's file is damaged: {error}.") from error
    if size != expected:
        raise BrokenPicture(
            f"The picture has {size.width} × {size.height} pixels instead of {expected.width} × {expected.height}."
        )


async def _fingerprint(images: ImageService, picture: Picture) -> str:
    try:
        return await images.fingerprint(picture, Priority.BATCH)
    except UnreadableAsset as error:
        raise BrokenPicture(f"The picture's file is damaged: {error.message}.") from error


async def _looked_at(look: Callable[[], Awaitable[T]], found: set[Finding]) -> T | None:
    """What a closer look gives. That it fails makes the picture no worse, but somebody should know."""
    while True:
        try:
            return await look()
        except QueueFull:  # other jobs were quicker
            await asyncio.sleep(_FULL_SECONDS)
        except (RenderError, UnusableRequest) as error:
            found.add(_unchecked(error))
            return None


def _unchecked(error: SignetError) -> Finding:
    return Finding("unchecked", f"The picture could not be checked closely: {error.message}")


def _reported(found: Json) -> Iterator[Finding]:
    """Findings from diagnostics as JSON."""
    for each in found if isinstance(found, list) else ():
        if isinstance(each, dict) and (code := CODES.get(str(each.get("code")))) is not None:
            element = f"{each['element']}: " if each.get("element") else ""
            yield Finding(code, f"{element}{each.get('message', '')}")


def _size_findings(render: StoredRender, most: int | None) -> Iterator[Finding]:
    size = len(render.body)
    if most is not None:
        if size > most:
            yield Finding("too-large", f"The file has {size:,} bytes; at most {most:,} were wanted.")
    elif size > _PREVIEW_BYTES and _is_for_previews(render.meta):
        yield Finding(
            "large-for-previews",
            f"The file has {size:,} bytes; above {_PREVIEW_BYTES:,} some apps show no preview of a link.",
        )


def _is_for_previews(meta: Mapping[str, Json]) -> bool:
    width, height = meta.get("width"), meta.get("height")
    if not isinstance(width, int) or not isinstance(height, int):
        return False
    return _PREVIEW_SHAPES[0] <= width / height <= _PREVIEW_SHAPES[1]


def _first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    findings = tuple(found)
    if len(findings) <= _MOST:
        return findings
    return (*findings[:_MOST], Finding("more", f"There are {len(findings) - _MOST:,} more findings."))
