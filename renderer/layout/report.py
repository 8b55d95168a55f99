"""What a reader of the picture would miss: overflowing, clamped and fitted text, missing glyphs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Literal

from renderer.diagnostics import Code, Diagnostic, Diagnostics
from renderer.document import Element
from renderer.layout.fragments import Fragment, TextFragment

_TOLERANCE = 1.0  # px: rounding of fonts and boxes is no overflow


def report_layout(root: Fragment, diagnostics: Diagnostics) -> None:
    """Add the findings of a finished layout."""
    _visit(root, None, diagnostics)


def _visit(fragment: Fragment, owner: Element | None, diagnostics: Diagnostics) -> None:
    owner = fragment.element or owner
    if fragment.lines:
        _report_lines(fragment, owner, diagnostics)
    for child in (*fragment.children, *fragment.positioned):
        _visit(child, owner, diagnostics)
    for line in fragment.lines:
        for item in line.items:
            if isinstance(item, Fragment):
                _visit(item, owner, diagnostics)


def _report_lines(fragment: Fragment, owner: Element | None, diagnostics: Diagnostics) -> None:
    if owner is None:
        return
    if fragment.fitted_size is not None and abs(fragment.fitted_size - fragment.style.font_size) > 0.01:
        size = round(fragment.fitted_size, 2)
        _add(diagnostics, "text-fitted", f"The text was fitted to {size:g} px.", owner, "info", font_size=size)
    if fragment.clamped:
        _add(diagnostics, "text-clamped", "The text was cut to fit.", owner, "info", lines=len(fragment.lines))
    _report_overflow(fragment, owner, diagnostics)
    missing = "".join(sorted({char for text in _texts(fragment) for char in _missing(text)}))
    if missing:
        names = ", ".join(f"U+{ord(char):04X} {unicodedata.name(char, 'unnamed')}" for char in missing[:8])
        _add(diagnostics, "missing-glyph", f"No font has {names}.", owner, "warning", characters=missing[:64])


def _report_overflow(fragment: Fragment, owner: Element, diagnostics: Diagnostics) -> None:
    right = max((line.x + line.width for line in fragment.lines), default=0.0)
    last = fragment.lines[-1]
    across = right - fragment.content_width
    down = last.y + last.height - fragment.content_height - fragment.padding.bottom
    if across > _TOLERANCE and not (fragment.clamped and fragment.style.text_overflow != "clip"):
        message = f"The text is {across:.0f} px wider than its box."
        _add(diagnostics, "text-overflow", message, owner, "warning", across=round(across, 2))
    if down > _TOLERANCE:
        message = f"The text is {down:.0f} px taller than its box."
        _add(diagnostics, "text-overflow", message, owner, "warning", down=round(down, 2))


def _texts(fragment: Fragment) -> Iterator[TextFragment]:
    for line in fragment.lines:
        for item in line.items:
            if isinstance(item, TextFragment):
                yield item


def _missing(text: TextFragment) -> Iterator[str]:
    """Characters of a text fragment that no font has. Runs count them from the paragraph's start."""
    start = min((run.start for run in text.runs), default=0)
    for run in text.runs:
        for index in run.missing:
            if 0 <= index - start < len(text.text):
                yield text.text[index - start]


def _add(
    diagnostics: Diagnostics,
    code: Code,
    message: str,
    owner: Element,
    severity: Literal["info", "warning"],
    **data: float | str,
) -> None:
    finding = Diagnostic(code, message, severity, owner.position, owner.describe(), tuple(sorted(data.items())))
    diagnostics.add(finding)
