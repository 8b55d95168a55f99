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
_CLAMPED = r"display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: \1; overflow: hidden"


def serialise(laid: Laid) -> str:
    """The document as a page: its stylesheets, then <body>."""
    sheets = "\n".join(_LINE_CLAMP.sub(_CLAMPED, sheet.text) for sheet in laid.document.stylesheets)
    sizes = {id(element): size for element, size in _fitted(laid.fragment)}
    return f"<style>{sheets}</style>\n" + "".join(_element(laid.document.body, sizes))


def _element(element: Element, sizes: dict[int, float]) -> Iterator[str]:
    if element.markup is not None:
        yield element.markup
        return
    attributes = dict(element.attributes)
    style = _LINE_CLAMP.sub(_CLAMPED, attributes.get("style", ""))
    if (size := sizes.get(id(element))) is not None:
        style = f"{style.rstrip('; ')}; font-size: {size:g}px".lstrip("; ")
    if style:
        attributes["style"] = style
    yield f"<{element.local_name}" + "".join(f' {name}="{html.escape(value)}"' for name, value in attributes.items())
    yield ">"
    if element.local_name in VOID:
        return
    for child in element.children:
        if isinstance(child, Text):
            yield html.escape(child.data, quote=False)
        elif child.local_name != "style":
            yield from _element(child, sizes)
    yield f"</{element.local_name}>"


def _fitted(fragment: Fragment) -> Iterator[tuple[Element, float]]:
    """Elements whose text was fitted, with the font size that was found."""
    if fragment.fitted_size is not None and fragment.element is not None:
        yield fragment.element, fragment.fitted_size
    for child in (*fragment.children, *fragment.positioned):
        yield from _fitted(child)
    for line in fragment.lines:
        for item in line.items:
            if isinstance(item, Fragment):
                yield from _fitted(item)
