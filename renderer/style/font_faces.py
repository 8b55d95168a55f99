"""@font-face rules (CSS Fonts 4 section 11)."""

from __future__ import annotations

from collections.abc import Sequence

from renderer.style.lengths import take_angle, take_number
from renderer.style.properties.font import STRETCHES, font_stretch
from renderer.style.tokens import Cursor, InvalidValueError, Token, vocabulary
from renderer.style.values import FontFaceRule

_FORMATS = vocabulary(
    "woff woff2 truetype opentype collection woff-variations woff2-variations truetype-variations opentype-variations"
)


def read_font_face(descriptors: dict[str, Sequence[Token]]) -> tuple[FontFaceRule, list[str]]:
    """The rule and what was left out; raises InvalidValueError without a family or a usable source."""
    if "font-family" not in descriptors or "src" not in descriptors:
        raise InvalidValueError("@font-face needs font-family and src")
    family = _family(Cursor(descriptors["font-family"]))
    sources, problems = _sources(Cursor(descriptors["src"]))
    if not sources:
        raise InvalidValueError(f"@font-face of “{family}” has no source that can be read")
    rule = FontFaceRule(
        family,
        sources,
        _weights(Cursor(descriptors.get("font-weight", ()))),
        _style(Cursor(descriptors.get("font-style", ()))),
        _stretches(Cursor(descriptors.get("font-stretch", descriptors.get("font-width", ())))),
        _ranges(Cursor(descriptors.get("unicode-range", ()))),
    )
    known = {"font-family", "src", "font-weight", "font-style", "font-stretch", "font-width", "unicode-range"}
    unknown = [name for name in descriptors if name not in known and name != "font-display"]
    problems += [f"the descriptor “{name}” of @font-face is not supported" for name in unknown]
    return rule, problems


def _family(cursor: Cursor) -> str:
    name = cursor.take_string()
    if name is None:
        words = []
        while (word := cursor.take_ident()) is not None:
            words.append(word)
        name = " ".join(words)
    cursor.expect_end()
    if not name:
        raise InvalidValueError("a family name was expected")
    return name


def _sources(cursor: Cursor) -> tuple[tuple[str, ...], list[str]]:
    sources: list[str] = []
    problems: list[str] = []
    for part in cursor.split():
        try:
            source = _source(part)
        except InvalidValueError as error:
            problems.append(error.message)
            continue
        if source:
            sources.append(source)
    return tuple(sources), problems


def _source(cursor: Cursor) -> str:
    """One source; empty if its format is one that nobody needs any more."""
    local = cursor.take_function(("local",))
    if local is not None:
        return f"local:{_family(Cursor(local.arguments))}"
    url = cursor.take_url()
    if url is None:
        raise InvalidValueError("url() or local() was expected in src")
    readable = True
    hint = cursor.take_function(("format",))
    if hint is not None:
        inner = Cursor(hint.arguments)
        readable = (inner.take_string() or inner.take_ident() or "").lower() in _FORMATS
    cursor.take_function(("tech",))
    cursor.expect_end()
    return url if readable else ""


def _weight(cursor: Cursor) -> float | None:
    word = cursor.take_keyword(("normal", "bold"))
    if word is not None:
        return 400.0 if word == "normal" else 700.0
    number = take_number(cursor)
    return None if number is None else min(max(number, 1.0), 1000.0)


def _weights(cursor: Cursor) -> tuple[float, float]:
    if cursor.take_keyword(("auto",)):
        return (1.0, 1000.0)
    low = _weight(cursor)
    if low is None:
        return (400.0, 400.0)
    high = _weight(cursor)
    return (low, low) if high is None else (min(low, high), max(low, high))


def _style(cursor: Cursor) -> str:
    word = cursor.take_keyword(("normal", "italic", "oblique"))
    if word == "oblique":
        take_angle(cursor)
        take_angle(cursor)
    return word or "normal"


def _stretches(cursor: Cursor) -> tuple[float, float]:
    if cursor.done or cursor.keyword() not in (None, *STRETCHES):
        return (100.0, 100.0)
    low = font_stretch(cursor)
    high = low if cursor.done else font_stretch(cursor)
    return (min(low, high), max(low, high))


def _ranges(cursor: Cursor) -> tuple[tuple[int, int], ...]:
    ranges = []
    while (token := cursor.next()) is not None:
        if token.type == "unicode-range":
            start, end = token.start, token.end  # type: ignore[attr-defined]
            if start <= end <= 0x10FFFF:
                ranges.append((start, end))
    return tuple(ranges)
