"""Media queries (Media Queries 4): which rules apply to a static picture of a given size and colour scheme."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from renderer.style.computed import ComputedStyle
from renderer.style.deferred import Context, Deferred, Environment
from renderer.style.lengths import take_length, take_number
from renderer.style.tokens import Cursor, InvalidValueError, Token, content_of, too_deep

Condition = Callable[[Environment], bool]

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}

_DISCRETE: dict[str, Callable[[Environment], str]] = {
    "orientation": lambda env: "portrait" if env.viewport_height >= env.viewport_width else "landscape",
    "prefers-color-scheme": lambda env: env.color_scheme,
    "prefers-reduced-motion": lambda _: "no-preference",
    "prefers-reduced-transparency": lambda _: "no-preference",
    "prefers-contrast": lambda _: "no-preference",
    "forced-colors": lambda _: "none",
    "inverted-colors": lambda _: "none",
    "hover": lambda _: "hover",
    "any-hover": lambda _: "hover",
    "pointer": lambda _: "fine",
    "any-pointer": lambda _: "fine",
    "color-gamut": lambda _: "srgb",
    "scripting": lambda _: "none",
    "update": lambda _: "fast",
    "display-mode": lambda _: "browser",
}
_RANGES: dict[str, Callable[[Environment], float]] = {
    "width": lambda env: env.viewport_width,
    "height": lambda env: env.viewport_height,
    "aspect-ratio": lambda env: env.viewport_width / max(env.viewport_height, 1.0),
    "color": lambda _: 8.0,
    "monochrome": lambda _: 0.0,
    "grid": lambda _: 0.0,
}


@dataclass(frozen=True, slots=True)
class MediaQuery:
    """A media query list; `applies` says whether any of its queries does."""

    queries: tuple[Condition, ...]

    def applies(self, environment: Environment) -> bool:
        """Whether rules under this list count."""
        return any(query(environment) for query in self.queries)


def parse_media(prelude: Sequence[Token]) -> tuple[MediaQuery, list[str]]:
    """A media query list and what in it was not understood: such a query never applies."""
    if too_deep(prelude):
        return MediaQuery((_never,)), ["it is nested too deeply"]
    if Cursor(prelude).done:
        return MediaQuery((_always,)), []
    queries: list[Condition] = []
    problems: list[str] = []
    try:
        parts = Cursor(prelude).split()
    except InvalidValueError as error:
        return MediaQuery((_never,)), [error.message]
    for part in parts:
        try:
            queries.append(_query(part))
            part.expect_end()
        except InvalidValueError as error:
            queries = [*queries[: len(queries)], _never]
            problems.append(error.message)
    return MediaQuery(tuple(queries)), problems


def _always(_: Environment) -> bool:
    return True


def _never(_: Environment) -> bool:
    return False


def _query(cursor: Cursor) -> Condition:
    mark = cursor.mark()
    negated = cursor.take_keyword(("not",)) is not None
    if not negated:
        cursor.take_keyword(("only",))
    medium = cursor.take_ident()
    if medium is None:
        cursor.reset(mark)
        return condition(cursor)
    matched = medium.lower() in ("all", "screen")
    terms: list[Condition] = []
    while cursor.take_keyword(("and",)):
        terms.append(_negation(cursor))

    def query(environment: Environment) -> bool:
        return (matched and all(term(environment) for term in terms)) != negated

    return query


def condition(cursor: Cursor) -> Condition:
    """<media-condition>: terms in parentheses joined by `and` or by `or`."""
    terms = [_negation(cursor)]
    word = cursor.keyword()
    if word not in ("and", "or"):
        return terms[0]
    while cursor.take_keyword((word,)):
        terms.append(_negation(cursor))
    combine = all if word == "and" else any
    return lambda environment: combine(term(environment) for term in terms)


def _negation(cursor: Cursor) -> Condition:
    if not cursor.take_keyword(("not",)):
        return _parenthesis(cursor)
    term = _parenthesis(cursor)
    return lambda environment: not term(environment)


def _parenthesis(cursor: Cursor) -> Condition:
    block = cursor.take_token("() block")
    if block is None:
        raise InvalidValueError("a condition in parentheses was expected")
    inner = Cursor(content_of(block) or ())
    first = inner.peek()
    found = condition(inner) if inner.keyword() == "not" or (first and first.type == "() block") else _feature(inner)
    inner.expect_end()
    return found


def _feature(cursor: Cursor) -> Condition:
    name = cursor.keyword()
    if name is None:
        return _range(cursor)
    if name in _DISCRETE:
        cursor.next()
        return _discrete(cursor, name)
    plain = name.removeprefix("min-").removeprefix("max-")
    if plain not in _RANGES:
        raise InvalidValueError(f"the media feature “{name}” is not supported")
    if not any(token.type == "literal" and token.value == ":" for token in cursor.tokens):  # type: ignore[attr-defined]
        return _range(cursor)
    cursor.next()
    cursor.take_literal(":")
    comparison = ">=" if name.startswith("min-") else "<=" if name.startswith("max-") else "="
    return _compare(plain, comparison, _value(cursor))


def _discrete(cursor: Cursor, name: str) -> Condition:
    actual = _DISCRETE[name]
    if cursor.done:
        return lambda environment: actual(environment) not in ("none", "no-preference")
    if not cursor.take_literal(":"):
        raise InvalidValueError("a colon was expected")
    wanted = (cursor.take_ident() or "").lower()
    return lambda environment: actual(environment) == wanted


def _range(cursor: Cursor) -> Condition:
    """`width >= 600px`, `400px <= width <= 700px`, or a bare feature."""
    if cursor.keyword() is not None:
        name = _range_name(cursor)
        if cursor.done:
            return lambda environment: _RANGES[name](environment) != 0
        return _compare(name, _comparison(cursor), _value(cursor))
    low = _value(cursor)
    first = _comparison(cursor)
    name = _range_name(cursor)
    lower = _compare(name, _MIRRORED[first], low)
    if cursor.done:
        return lower
    upper = _compare(name, _comparison(cursor), _value(cursor))
    return lambda environment: lower(environment) and upper(environment)


def _range_name(cursor: Cursor) -> str:
    name = (cursor.take_ident() or "").lower()
    if name not in _RANGES:
        raise InvalidValueError(f"the media feature “{name}” is not supported")
    return name


def _comparison(cursor: Cursor) -> str:
    for sign in "<>=":
        if cursor.take_literal(sign):
            return sign + "=" if sign != "=" and cursor.take_literal("=") else sign
    raise InvalidValueError("a comparison was expected")


Value = Callable[[Environment], float]


def _value(cursor: Cursor) -> Value:
    """A length, number or ratio; font-relative lengths refer to the initial font size."""
    number = take_number(cursor)
    if number is not None:
        if cursor.take_literal("/"):
            number /= take_number(cursor) or 1.0
        known = number
        return lambda _: known
    length = take_length(cursor)
    if length is None:
        raise InvalidValueError("a length or number was expected")
    if not isinstance(length, Deferred):
        px = length
        return lambda _: px
    later = length
    return lambda environment: later.compute(Context(ComputedStyle(), ComputedStyle(), environment))


def _compare(name: str, sign: str, value: Value) -> Condition:
    actual, compare = _RANGES[name], _COMPARE[sign]
    return lambda environment: compare(actual(environment), value(environment))
