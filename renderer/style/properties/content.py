"""Generated content, quotes and lists (CSS Content 3, CSS Lists 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from renderer.style.deferred import Context, Deferred, combine
from renderer.style.gradients import take_image
from renderer.style.grammar import Longhand, Shorthand, optional, words
from renderer.style.lengths import take_integer
from renderer.style.tokens import Cursor, Function, InvalidValueError, UnsupportedValueError, vocabulary
from renderer.style.values import CounterReference

QUOTE_WORDS = frozenset({"open-quote", "close-quote", "no-open-quote", "no-close-quote"})


def quotes(cursor: Cursor) -> tuple[tuple[str, str], ...]:
    """auto, none, or pairs of marks from the outermost level inwards."""
    if cursor.take_keyword(("none",)):
        return ()
    if cursor.take_keyword(("auto",)):
        return DEFAULT_QUOTES
    pairs = []
    while (opening := cursor.take_string()) is not None:
        closing = cursor.take_string()
        if closing is None:
            raise InvalidValueError("quotation marks come in pairs")
        pairs.append((opening, closing))
    if not pairs:
        raise InvalidValueError("quotation marks were expected")
    return tuple(pairs)


DEFAULT_QUOTES = (("“", "”"), ("‘", "’"))


def content(cursor: Cursor) -> object:
    """None for normal and none; otherwise texts and images, an alternative text after a slash being ignored."""
    if cursor.take_keyword(("none", "normal")):
        return None
    pieces: list[object] = []
    while not cursor.done and not cursor.take_literal("/"):
        pieces.append(_piece(cursor))
    while not cursor.done:
        if cursor.take_string() is None:
            cursor.expect_end()
    if not pieces:
        raise InvalidValueError("a string, image, attr() or quote was expected")
    return combine(lambda *known: known, *pieces)


def _piece(cursor: Cursor) -> object:
    text = cursor.take_string()
    if text is not None:
        return text
    word = cursor.take_keyword(QUOTE_WORDS)
    if word is not None:
        return Deferred(lambda context: _quote(word, context))
    function = cursor.take_function(("attr",))
    if function is not None:
        return _attribute(function)
    function = cursor.take_function(("counter", "counters"))
    if function is not None:
        return _counter(function)
    image = take_image(cursor)
    if image is None:
        cursor.expect_end()
    return image


def _counter(function: Function) -> CounterReference:
    """counter(name, style?) or counters(name, "separator", style?)."""
    inner = Cursor(function.arguments)
    name = inner.take_ident()
    if name is None:
        raise InvalidValueError("the name of a counter was expected")
    separator = None
    if function.lower_name == "counters":
        separator = inner.take_string() if inner.take_literal(",") else None
        if separator is None:
            raise InvalidValueError("counters() needs a text that separates the numbers")
    style = "decimal"
    if inner.take_literal(","):
        style = list_style_type(inner)
    inner.expect_end()
    return CounterReference(name, style, separator)


def _quote(word: str, context: Context) -> str:
    """A quotation mark of the current depth (CSS Content 3 section 3.2)."""
    opening = word.endswith("open-quote")
    depth = context.quote_depth + context.opened_quotes - (0 if opening else 1)
    context.opened_quotes += 1 if opening else -1
    pairs = context.style.quotes
    if not pairs or word.startswith("no-") or depth < 0:
        return ""
    return pairs[min(depth, len(pairs) - 1)][0 if opening else 1]


def _attribute(function: Function) -> Deferred[str]:
    """attr(): the text of one of the element's attributes."""
    inner = Cursor(function.arguments)
    name = inner.take_ident()
    if name is None:
        raise InvalidValueError("attr() needs the name of an attribute")
    inner.take_keyword(("string", "raw-string"))
    fallback = ""
    if inner.take_literal(","):
        text = inner.take_string()
        if text is None:
            raise UnsupportedValueError("attr() takes a string as its fallback")
        fallback = text
    if not inner.done:
        raise UnsupportedValueError("typed attr() is not supported")
    attribute = name.lower()
    return Deferred(lambda context: context.attributes.get(attribute, fallback))


_LIST_STYLES = vocabulary(
    "disc circle square decimal decimal-leading-zero lower-alpha upper-alpha lower-latin upper-latin lower-roman "
    "upper-roman"
)


def list_style_type(cursor: Cursor) -> str:
    """A counter style that markers can be made of, a string, or none."""
    text = cursor.take_string()
    if text is not None:
        return f"string:{text}"
    word = cursor.take_keyword(_LIST_STYLES | {"none"})
    if word is not None:
        return word
    if cursor.take_ident() is not None:
        raise UnsupportedValueError("this counter style is not supported")
    raise InvalidValueError("a counter style or string was expected")


def _counters(default: int) -> Callable[[Cursor], tuple[tuple[str, int], ...]]:
    """none, or names of counters, each with an integer or else the default."""

    def parse(cursor: Cursor) -> tuple[tuple[str, int], ...]:
        if cursor.take_keyword(("none",)):
            return ()
        found: list[tuple[str, int]] = []
        while (name := cursor.take_ident()) is not None:
            number = take_integer(cursor)
            found.append((name, default if number is None else number))
        if not found:
            raise InvalidValueError("the name of a counter was expected")
        cursor.expect_end()
        return tuple(found)

    return parse


def _list_image(cursor: Cursor) -> object:
    if cursor.take_keyword(("none",)):
        return "none"
    if take_image(cursor) is not None:
        raise UnsupportedValueError("images as list markers are not supported")
    raise InvalidValueError("none or an image was expected")


_position = words("inside outside")

LONGHANDS = (
    Longhand("content", content, None, "content"),
    Longhand("counter-reset", _counters(0), (), "counter_reset"),
    Longhand("counter-increment", _counters(1), (), "counter_increment"),
    Longhand("counter-set", _counters(0), (), "counter_set"),
    Longhand("quotes", quotes, DEFAULT_QUOTES, "quotes", inherited=True),
    Longhand("list-style-type", list_style_type, "disc", "list_style_type", inherited=True),
    Longhand("list-style-position", _position, "outside", "list_style_position", inherited=True),
    Longhand("list-style-image", _list_image, "none", None, inherited=True),
)


def _list_style(cursor: Cursor) -> Mapping[str, object]:
    """Position, image and type in any order; `none` stands for type and image."""
    found: dict[str, object] = {}
    nones = 0
    while not cursor.done:
        if cursor.take_keyword(("none",)):
            nones += 1
        elif "list-style-position" not in found and (where := optional(_position)(cursor)) is not None:
            found["list-style-position"] = where
        elif "list-style-type" not in found:
            if take_image(cursor) is not None:
                raise UnsupportedValueError("images as list markers are not supported")
            found["list-style-type"] = list_style_type(cursor)
        else:
            cursor.expect_end()
    if nones > 2 or (not found and not nones):
        raise InvalidValueError("a list style was expected")
    if nones and "list-style-type" not in found:
        found["list-style-type"] = "none"
    return {"list-style-position": "outside", "list-style-type": "disc", "list-style-image": "none", **found}


SHORTHANDS = (Shorthand("list-style", ("list-style-position", "list-style-type", "list-style-image"), _list_style),)
