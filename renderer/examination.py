"""A closer look at a page than a render has time for: contrast, cut and colliding texts, characters without a glyph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from renderer.diagnostics import Diagnostic
from renderer.layout.fragments import Fragment, TextFragment
from renderer.limits import DEFAULT_LIMITS, Limits
from renderer.paint.builder import build_display_list
from renderer.paint.contrast import contrast_findings
from renderer.paint.cut_text import Collision, colliding_texts, cut_text_findings
from renderer.paint.painted_text import painted_texts, text_owners
from renderer.pipeline import Laid
from renderer.style.computed import ComputedStyle


@dataclass(frozen=True, slots=True)
class Examination:
    """Findings beyond those of the layout, and elements whose texts overlap (which may be meant)."""

    diagnostics: tuple[Diagnostic, ...]
    collisions: tuple[Collision, ...]


def examine(laid: Laid, *, contrast: bool = True, limits: Limits = DEFAULT_LIMITS) -> Examination:
    """Look at the painted page. Measuring contrast paints it four times. Raises LimitError for too large a page."""
    width, height = laid.document.width, laid.document.height
    display = build_display_list(laid.fragment, width, height, laid.images)
    owners = text_owners(laid.fragment)
    texts = painted_texts(display, owners)
    findings = cut_text_findings(texts, width, height)
    if contrast:
        findings += contrast_findings(display, owners, laid.images, limits=limits)
    return Examination(tuple(findings), tuple(colliding_texts(texts)))


def missing_characters(laid: Laid, characters: str) -> str:
    """Those of the characters, in their order, that some text of the page could not show: no font has them."""
    missing: set[str] = set()
    seen: set[tuple[object, ...]] = set()
    for style in _text_styles(laid.fragment):
        key = (style.font_family, style.font_weight, style.font_style, style.language)
        if key not in seen:
            seen.add(key)
            runs = laid.text.shape(characters, 0, len(characters), style, 0)
            missing.update(characters[index] for run in runs for index in run.missing)
    return "".join(character for character in dict.fromkeys(characters) if character in missing)


def _text_styles(fragment: Fragment) -> Iterator[ComputedStyle]:
    for child in (*fragment.children, *fragment.positioned):
        yield from _text_styles(child)
    for line in fragment.lines:
        for item in line.items:
            if isinstance(item, Fragment):
                yield from _text_styles(item)
            elif isinstance(item, TextFragment):
                yield item.style
