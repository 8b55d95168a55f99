"""A laid-out document → HTML that Chromium shows the same way.

Signet's own properties have no counterpart in Chromium: a text fitted by `text-fit` gets the size that was found, and
`line-clamp` is written in the -webkit- form.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from renderer.document import Element, Text
from renderer.layout.fragments import Fragment
from renderer.pipeline import Laid
from renderer.template.html_rules import VOID

_LINE_CLAMP = re.compile(r"(?<![-\w])line-clamp\s*:\s*(\d+)")
_CLAMP = r"display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: \1"
# Chromium goes on painting the lines beyond the clamp; Signet leaves them out, and cuts no descenders of the last one.
_CLIP = "overflow: clip; overflow-clip-margin: 0.12em"


def serialise(laid: Laid) -> str:
    """The document as a page: its stylesheets, then <body>."""
    sheets = "\n".join(_LINE_CLAMP.sub(_CLAMP, sheet.text) for sheet in laid.document.stylesheets)
    return f"<style>{sheets}</style>\n" + "".join(_element(laid.document.body, dict(_outcomes(laid.fragment))))


def _element(element: Element, outcomes: dict[int, str]) -> Iterator[str]:
    if element.markup is not None:
        yield element.markup
        return
    attributes = dict(element.attributes)
    declarations = [_LINE_CLAMP.sub(_CLAMP, attributes.get("style", "")).rstrip("; "), outcomes.get(id(element), "")]
    if style := "; ".join(filter(None, declarations)):
        attributes["style"] = style
    yield f"<{element.local_name}" + "".join(f' {name}="{html.escape(value)}"' for name, value in attributes.items())
    yield ">"
    if element.local_name in VOID:
        return
    for child in element.children:
        if isinstance(child, Text):
            yield html.escape(child.data, quote=False)
        elif child.local_name != "style":
            yield from _element(child, outcomes)
    yield f"</{element.local_name}>"


def _outcomes(fragment: Fragment) -> Iterator[tuple[int, str]]:
    """Declarations for elements (by identity) whose text was fitted or clamped."""
    declarations = []
    if fragment.fitted_size is not None:
        declarations.append(f"font-size: {fragment.fitted_size:g}px")
    if fragment.clamped and fragment.style.line_clamp is not None:
        declarations.append(_CLIP)
    if declarations and fragment.element is not None:
        yield id(fragment.element), "; ".join(declarations)
    for child in (*fragment.children, *fragment.positioned):
        yield from _outcomes(child)
    for line in fragment.lines:
        for item in line.items:
            if isinstance(item, Fragment):
                yield from _outcomes(item)
