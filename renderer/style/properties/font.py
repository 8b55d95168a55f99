"""Fonts (CSS Fonts 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from renderer.style.deferred import Context, Deferred
from renderer.style.grammar import Longhand, Shorthand, any_order, optional, words
from renderer.style.lengths import (
    LengthOrPercentage,
    take_angle,
    take_integer,
    take_length_percentage,
    take_number,
    take_percentage,
)
from renderer.style.tokens import Cursor, InvalidValueError, UnsupportedValueError, vocabulary
from renderer.style.values import Factor, LengthPercentage, resolve

ABSOLUTE_SIZES = {
    "xx-small": 9.0,
    "x-small": 10.0,
    "small": 13.0,
    "medium": 16.0,
    "large": 18.0,
    "x-large": 24.0,
    "xx-large": 32.0,
    "xxx-large": 48.0,
}
MONOSPACE_SIZES = {
    "xx-small": 9.0,
    "x-small": 10.0,
    "small": 12.0,
    "medium": 13.0,
    "large": 16.0,
    "x-large": 20.0,
    "xx-large": 26.0,
    "xxx-large": 40.0,
}
"""Chromium's default size for the lone generic family `monospace` is 13px, and its keywords scale with it."""

LARGEST_FONT_SIZE = 10000.0  # px, as Chromium limits it
GENERIC_FAMILIES = vocabulary(
    "serif sans-serif monospace cursive fantasy system-ui ui-serif ui-sans-serif ui-monospace ui-rounded math emoji"
)
STRETCHES = {
    "ultra-condensed": 50.0,
    "extra-condensed": 62.5,
    "condensed": 75.0,
    "semi-condensed": 87.5,
    "normal": 100.0,
    "semi-expanded": 112.5,
    "expanded": 125.0,
    "extra-expanded": 150.0,
    "ultra-expanded": 200.0,
}
FONT_RELATIVE = vocabulary("em ex ch cap ic lh")  # of the parent; Chromium takes rem as absolute
WIDE_KEYWORDS = frozenset({"inherit", "initial", "unset", "revert", "revert-layer", "default"})


@dataclass(frozen=True, slots=True)
class FontSize:
    """A specified font size. `size` is computed with the parent's style; `keyword` names an absolute-size keyword.

    `absolute`: it does not follow the parent's size.
    """

    size: float | Deferred[float]
    keyword: str | None = None
    absolute: bool = False


MEDIUM = FontSize(16.0, "medium", absolute=False)


def font_size(cursor: Cursor) -> FontSize:
    """A keyword, or a length or percentage of the parent's size."""
    word = cursor.take_keyword(ABSOLUTE_SIZES)
    if word is not None:
        return FontSize(ABSOLUTE_SIZES[word], word)
    word = cursor.take_keyword(("larger", "smaller"))
    if word is not None:
        factor = 1.2 if word == "larger" else 1 / 1.2
        return FontSize(Deferred(lambda context: min(context.style.font_size * factor, LARGEST_FONT_SIZE)))
    token = cursor.peek()
    value = take_length_percentage(cursor, negative=False)
    if value is None:
        raise InvalidValueError("a font size was expected")
    if isinstance(value, float):
        return FontSize(min(value, LARGEST_FONT_SIZE), absolute=True)
    relative = token is not None and (
        token.type == "percentage" or (token.type == "dimension" and token.lower_unit in FONT_RELATIVE)  # type: ignore[attr-defined]
    )
    return FontSize(Deferred(lambda context: _size_of(value, context)), absolute=not relative)


def _size_of(value: LengthOrPercentage, context: Context) -> float:
    settled = value.compute(context) if isinstance(value, Deferred) else value
    return min(max(resolve(settled, context.style.font_size), 0.0), LARGEST_FONT_SIZE)


def font_weight(cursor: Cursor) -> float | Deferred[float]:
    """A weight; bolder and lighter look at the parent (CSS Fonts 4 section 2.2.1)."""
    word = cursor.take_keyword(("normal", "bold", "bolder", "lighter"))
    match word:
        case "normal":
            return 400.0
        case "bold":
            return 700.0
        case "bolder":
            return Deferred(lambda context: _bolder(context.style.font_weight))
        case "lighter":
            return Deferred(lambda context: _lighter(context.style.font_weight))
    weight = take_number(cursor)
    if weight is None or not 1 <= weight <= 1000:
        raise InvalidValueError("a weight between 1 and 1000 was expected")
    return weight


def _bolder(weight: float) -> float:
    if weight < 350:
        return 400.0
    return 700.0 if weight < 550 else max(weight, 900.0)


def _lighter(weight: float) -> float:
    if weight < 100:
        return weight
    if weight < 550:
        return 100.0
    return 400.0 if weight < 750 else 700.0


def font_style(cursor: Cursor) -> str:
    """normal, italic, or oblique with an angle, which is not kept."""
    word = cursor.take_keyword(("normal", "italic", "oblique"))
    if word is None:
        raise InvalidValueError("normal | italic | oblique was expected")
    if word == "oblique":
        take_angle(cursor, unitless_zero=True)
    return word


def font_stretch(cursor: Cursor) -> float:
    """A keyword or percentage."""
    word = cursor.take_keyword(STRETCHES)
    if word is not None:
        return STRETCHES[word]
    percentage = take_percentage(cursor, negative=False)
    if percentage is None:
        raise InvalidValueError("a width keyword or percentage was expected")
    return percentage.fraction * 100


def font_family(cursor: Cursor) -> tuple[str, ...]:
    """Family names: quoted, or identifiers joined by spaces. Generic names are lower-case."""
    return tuple(_family(part) for part in cursor.split())


def _family(cursor: Cursor) -> str:
    name = cursor.take_string()
    if name is None:
        idents = []
        while (ident := cursor.take_ident()) is not None:
            idents.append(ident)
        if len(idents) == 1 and idents[0].lower() in WIDE_KEYWORDS:
            raise InvalidValueError(f"“{idents[0]}” is no family name")
        name = " ".join(idents)
        if name.lower() in GENERIC_FAMILIES:
            name = name.lower()
    cursor.expect_end()
    if not name:
        raise InvalidValueError("a family name was expected")
    return name


def line_height(cursor: Cursor) -> object:
    """normal, a factor, or a length; percentages are of the element's own font size."""
    if cursor.take_keyword(("normal",)):
        return "normal"
    number = take_number(cursor, negative=False)
    if number is not None:
        return Factor(number)
    value = take_length_percentage(cursor, negative=False)
    if value is None:
        raise InvalidValueError("normal, a number, a length or a percentage was expected")
    if isinstance(value, float):
        return value
    return Deferred(lambda context: _size_line(value, context))


def _size_line(value: LengthOrPercentage, context: Context) -> float:
    settled: LengthPercentage = value.compute(context) if isinstance(value, Deferred) else value
    return resolve(settled, context.style.font_size)


def _tag(cursor: Cursor) -> str:
    tag = cursor.take_string()
    if tag is None or len(tag) != 4 or not all(" " <= letter <= "~" for letter in tag):
        raise InvalidValueError("a quoted tag of four characters was expected")
    return tag


def font_feature_settings(cursor: Cursor) -> tuple[tuple[str, int], ...]:
    """normal, or OpenType tags with on, off or a number."""
    if cursor.take_keyword(("normal",)):
        return ()
    settings: dict[str, int] = {}
    for part in cursor.split():
        tag = _tag(part)
        word = part.take_keyword(("on", "off"))
        number = take_integer(part, negative=False) if word is None else int(word == "on")
        part.expect_end()
        settings[tag] = 1 if number is None else number
    return tuple(sorted(settings.items()))


def font_variation_settings(cursor: Cursor) -> tuple[tuple[str, float], ...]:
    """normal, or axis tags with a value; of equal tags the last counts."""
    if cursor.take_keyword(("normal",)):
        return ()
    settings: dict[str, float] = {}
    for part in cursor.split():
        tag, value = _tag(part), take_number(part)
        if value is None:
            raise InvalidValueError(f"a number was expected after “{tag}”")
        part.expect_end()
        settings[tag] = value
    return tuple(sorted(settings.items()))


_NUMERIC = (
    ("lining-nums", "oldstyle-nums"),
    ("proportional-nums", "tabular-nums"),
    ("diagonal-fractions", "stacked-fractions"),
    ("ordinal",),
    ("slashed-zero",),
)
_LIGATURES = {
    "common-ligatures": "normal",
    "no-common-ligatures": "none",
    "contextual": "normal",
    "no-discretionary-ligatures": "normal",
    "no-historical-ligatures": "normal",
}
_CAPS = words("normal small-caps all-small-caps petite-caps all-petite-caps unicase titling-caps")


def font_variant_numeric(cursor: Cursor) -> tuple[str, ...]:
    """normal, or one keyword of each group."""
    if cursor.take_keyword(("normal",)):
        return ()
    chosen: list[str] = []
    while not cursor.done:
        word = next((word for group in _NUMERIC if (word := cursor.take_keyword(group))), None)
        group = next((group for group in _NUMERIC if word in group), ())
        if word is None or any(other in group for other in chosen):
            raise InvalidValueError("these numeric variants cannot stand together")
        chosen.append(word)
    if not chosen:
        raise InvalidValueError("a numeric variant was expected")
    return _canonical(chosen)


def _canonical(chosen: list[str]) -> tuple[str, ...]:
    """In the order of the groups, so that equal choices are equal values."""
    return tuple(word for group in _NUMERIC for word in group if word in chosen)


def font_variant_ligatures(cursor: Cursor) -> str:
    """normal or none; finer control is left to font-feature-settings."""
    word = cursor.take_keyword(("normal", "none"))
    if word is not None:
        return word
    word = cursor.take_keyword(_LIGATURES)
    if word is not None and cursor.done:
        return _LIGATURES[word]
    raise UnsupportedValueError("this combination of ligatures is not supported; use font-feature-settings")


LONGHANDS = (
    Longhand("font-family", font_family, ("sans-serif",), "font_family", inherited=True),
    Longhand("font-size", font_size, MEDIUM, "font_size", inherited=True),
    Longhand("font-weight", font_weight, 400.0, "font_weight", inherited=True),
    Longhand("font-style", font_style, "normal", "font_style", inherited=True),
    Longhand("font-stretch", font_stretch, 100.0, "font_stretch", inherited=True),
    Longhand("font-optical-sizing", words("auto none"), "auto", "font_optical_sizing", inherited=True),
    Longhand("font-feature-settings", font_feature_settings, (), "font_feature_settings", inherited=True),
    Longhand("font-variation-settings", font_variation_settings, (), "font_variation_settings", inherited=True),
    Longhand("font-variant-caps", _CAPS, "normal", "font_variant_caps", inherited=True),
    Longhand("font-variant-numeric", font_variant_numeric, (), "font_variant_numeric", inherited=True),
    Longhand("font-variant-ligatures", font_variant_ligatures, "normal", "font_variant_ligatures", inherited=True),
    Longhand("font-kerning", words("auto normal none"), "auto", "font_kerning", inherited=True),
    Longhand("line-height", line_height, "normal", "line_height", inherited=True),
)

FONT_RESETS: dict[str, object] = {
    "font-style": "normal",
    "font-variant-caps": "normal",
    "font-weight": 400.0,
    "font-stretch": 100.0,
    "line-height": "normal",
    "font-variant-numeric": (),
    "font-variant-ligatures": "normal",
    "font-feature-settings": (),
    "font-variation-settings": (),
    "font-kerning": "auto",
    "font-optical-sizing": "auto",
}
SYSTEM_FONTS = ("caption", "icon", "menu", "message-box", "small-caption", "status-bar")


def _stretch_keyword(cursor: Cursor) -> object | None:
    word = cursor.take_keyword(STRETCHES)
    return None if word is None else STRETCHES[word]


def _small_caps(cursor: Cursor) -> object | None:
    return cursor.take_keyword(("small-caps",))


def _font(cursor: Cursor) -> Mapping[str, object]:
    """style, variant, weight, stretch in any order; size, perhaps /line-height; families."""
    if cursor.take_keyword(SYSTEM_FONTS):
        raise UnsupportedValueError("system fonts are not supported")
    found: dict[str, object] = {}
    readers = {
        "font-style": optional(font_style),
        "font-variant-caps": _small_caps,
        "font-weight": optional(font_weight),
        "font-stretch": _stretch_keyword,
    }
    for _ in range(4):
        if cursor.take_keyword(("normal",)):
            continue
        for name, take in readers.items():
            if name not in found and (value := take(cursor)) is not None:
                found[name] = value
                break
    found["font-size"] = font_size(cursor)
    if cursor.take_literal("/"):
        found["line-height"] = line_height(cursor)
    found["font-family"] = font_family(cursor)
    return {**FONT_RESETS, **found}


def _take_word(group: tuple[str, ...], cursor: Cursor) -> object | None:
    return cursor.take_keyword(group)


def _font_variant(cursor: Cursor) -> Mapping[str, object]:
    initial: dict[str, object] = {
        "font-variant-caps": "normal",
        "font-variant-numeric": (),
        "font-variant-ligatures": "normal",
    }
    if cursor.take_keyword(("normal",)):
        return initial
    if cursor.take_keyword(("none",)):
        return {**initial, "font-variant-ligatures": "none"}
    numeric: list[str] = []
    caps = vocabulary("small-caps all-small-caps petite-caps all-petite-caps unicase titling-caps")
    readers: dict[str, Callable[[Cursor], object | None]] = {
        "font-variant-caps": lambda part: part.take_keyword(caps),
        "font-variant-ligatures": lambda part: _LIGATURES.get(part.take_keyword(_LIGATURES) or ""),
        **{str(index): partial(_take_word, group) for index, group in enumerate(_NUMERIC)},
    }
    found = any_order(cursor, readers)
    numeric = [str(value) for name, value in found.items() if name.isdigit()]
    known = {name: value for name, value in found.items() if not name.isdigit()}
    return {**initial, **known, "font-variant-numeric": _canonical(numeric)}


SHORTHANDS = (
    Shorthand("font", (*FONT_RESETS, "font-size", "font-family"), _font),
    Shorthand("font-variant", ("font-variant-caps", "font-variant-numeric", "font-variant-ligatures"), _font_variant),
)
