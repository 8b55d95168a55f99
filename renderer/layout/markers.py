"""List markers (CSS Lists 3, CSS Counter Styles 3 section 6)."""

from __future__ import annotations

from renderer.document import Element
from renderer.style.computed import ComputedStyle

SYMBOLS = {"disc": "•", "circle": "◦", "square": "▪"}
ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def marker_text(element: Element, style: ComputedStyle) -> str:
    """Marker with its trailing space; empty if the item has none."""
    kind = style.list_style_type
    if kind == "none":
        return ""
    if kind in SYMBOLS:
        return SYMBOLS[kind] + " "
    if kind.startswith("string:"):
        return kind.removeprefix("string:")
    return f"{_numeral(kind, _ordinal(element))}. "


def _ordinal(element: Element) -> int:
    """Number of a list item: its `value`, or counted from the list's `start`."""
    parent = element.parent
    number = _integer(parent.attributes.get("start"), 1) - 1 if parent is not None else 0
    for sibling in parent.element_children if parent is not None else [element]:
        if sibling.style is not None and sibling.style.display == "list-item":
            number = _integer(sibling.attributes.get("value"), number + 1)
        if sibling is element:
            break
    return number


def _integer(text: str | None, default: int) -> int:
    try:
        return int(text) if text is not None else default
    except ValueError:
        return default


def _numeral(kind: str, number: int) -> str:
    match kind:
        case "decimal-leading-zero":
            return f"{number:02d}"
        case "lower-alpha" | "lower-latin" | "upper-alpha" | "upper-latin" if number > 0:
            text = _alphabetic(number)
            return text.upper() if kind.startswith("upper") else text
        case "lower-roman" | "upper-roman" if 0 < number < 4000:
            text = _roman(number)
            return text.upper() if kind.startswith("upper") else text
        case _:
            return str(number)


def _alphabetic(number: int) -> str:
    text = ""
    while number > 0:
        number, letter = divmod(number - 1, 26)
        text = chr(ord("a") + letter) + text
    return text


def _roman(number: int) -> str:
    text = ""
    for value, letters in ROMAN:
        count, number = divmod(number, value)
        text += letters * count
    return text
