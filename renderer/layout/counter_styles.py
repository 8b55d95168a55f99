"""Numbers in counter styles (CSS Counter Styles 3 section 6)."""

from __future__ import annotations

SYMBOLS = {"disc": "•", "circle": "◦", "square": "▪", "none": ""}
ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def numeral(kind: str, number: int) -> str:
    """A number in a counter style; in decimal where the style has no word for it. Symbols stand for any number."""
    if kind in SYMBOLS:
        return SYMBOLS[kind]
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
