"""Styles for a document, with parsed stylesheets and engines kept from render to render."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from renderer.diagnostics import Diagnostic, Diagnostics
from renderer.document import Document, StyleSource
from renderer.errors import SourcePosition
from renderer.style.cascade import Environment, StyleEngine, Stylesheet, parse_stylesheet
from renderer.style.computed import ComputedStyle
from renderer.style.deferred import FontUnits
from renderer.style.values import FontFaceRule
from renderer.text.cache import GenerationCache
from renderer.text.types import TextEngine

_SHEETS = 256  # parsed stylesheets
_ENGINES = 64  # sets of stylesheets in one environment; each keeps the styles it computed


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A stylesheet with the warnings that reading it gave, which every render repeats."""

    sheet: Stylesheet
    warnings: tuple[Diagnostic, ...]


_SheetKey = tuple[str, SourcePosition]
_sheets: GenerationCache[_SheetKey, _Parsed] = GenerationCache(_SHEETS)
_engines: GenerationCache[tuple[tuple[_SheetKey, ...], int, int, str, object], StyleEngine] = GenerationCache(_ENGINES)


def styled(
    document: Document, text_for: Callable[[tuple[FontFaceRule, ...]], TextEngine], diagnostics: Diagnostics
) -> TextEngine:
    """Set the styles of all elements; returns the text engine that has the document's @font-face rules.

    `text_for` makes that engine. Units such as ch and ex ask it for the fonts' measures.
    """
    parsed = [_parse(source) for source in document.stylesheets]
    for one in parsed:
        for warning in one.warnings:
            diagnostics.add(warning)
    text = text_for(tuple(rule for one in parsed for rule in one.sheet.font_faces))
    keys = tuple((source.text, source.position) for source in document.stylesheets)
    key = (keys, document.width, document.height, document.color_scheme, text.fonts)
    engine = _engines.get(key)
    if engine is None:
        environment = Environment(
            viewport_width=float(document.width),
            viewport_height=float(document.height),
            color_scheme=document.color_scheme,
            measure=lambda style: _measure(style, text),
        )
        engine = StyleEngine([one.sheet for one in parsed], environment)
        _engines.put(key, engine)
    engine.apply(document.root, diagnostics)
    return text


def _measure(style: ComputedStyle, text: TextEngine) -> FontUnits:
    """What the font-relative units refer to: the style's first available font."""
    metrics = text.primary_font(style).metrics
    unspaced = replace(style, letter_spacing=0.0)
    zero, ideograph = (sum(run.width for run in text.shape(sample, 0, 1, unspaced, 0)) for sample in "0水")
    return FontUnits(
        metrics.x_height,
        zero,
        metrics.cap_height,
        ideograph,
        metrics.ascent + metrics.descent + metrics.line_gap,
    )


def _parse(source: StyleSource) -> _Parsed:
    key = (source.text, source.position)
    parsed = _sheets.get(key)
    if parsed is None:
        warnings = Diagnostics()
        sheet = parse_stylesheet(source.text, source.position, warnings)
        parsed = _Parsed(sheet, tuple(warnings.items))
        _sheets.put(key, parsed)
    return parsed
