"""Filters on text. A character is what a reader sees as one: a grapheme cluster."""

from __future__ import annotations

import re
from urllib.parse import quote

from renderer.errors import ExpressionError, LimitError
from renderer.expressions.filters.casing import capitalized, language_of, lowercase_text, uppercase_text
from renderer.expressions.filters.registry import register
from renderer.expressions.runtime.graphemes import graphemes
from renderer.expressions.runtime.operators import MAX_LIST
from renderer.expressions.runtime.printing import MAX_TEXT, to_json, to_text
from renderer.expressions.runtime.scope import Environment
from renderer.expressions.runtime.values import Value

_WORD = re.compile("[^\\W_](?:[\\w\u0300-\u036f]|['’](?=\\w))*")


@register("Text", '"straße" | uppercase', aliases=["upper", "upcase"])
def uppercase(environment: Environment, value: str) -> str:
    """Capital letters, by the rules of the locale's language."""
    return uppercase_text(value, language_of(environment.locale))


@register("Text", '"HELLO" | lowercase', aliases=["lower", "downcase"])
def lowercase(environment: Environment, value: str) -> str:
    """Small letters, by the rules of the locale's language."""
    return lowercase_text(value, language_of(environment.locale))


@register("Text", '"hello World" | capitalize')
def capitalize(environment: Environment, value: str) -> str:
    """The first letter of the text as a capital, the rest as it is."""
    language = language_of(environment.locale)
    return _WORD.sub(lambda word: capitalized(word.group(), language), value, count=1)


@register("Text", '"don\'t panic" | title')
def title(environment: Environment, value: str) -> str:
    """The first letter of every word as a capital, the rest as it is."""
    language = language_of(environment.locale)
    return _WORD.sub(lambda word: capitalized(word.group(), language), value)


@register("Text", '"  hello " | trim', aliases=["strip"])
def trim(value: str) -> str:
    """Without white space at both ends."""
    return value.strip()


@register("Text", '"Hello world" | truncate(8)')
def truncate(value: str, length: int = 80, ellipsis: str = "…", words: bool = False) -> str:
    """At most `length` characters, the `ellipsis` of a shortened text included; with `words=true` cut between words."""
    if length < 0:
        raise ExpressionError(f"`truncate` needs a length of 0 or more, but got {length}.")
    shown = graphemes(value, length + 1)
    if len(shown) <= length:
        return value
    mark = graphemes(ellipsis, length)
    kept = "".join(shown[: length - len(mark)])
    following = shown[length - len(mark)]
    if words and not following.isspace() and len(parts := kept.rsplit(maxsplit=1)) > 1:
        kept = parts[0]
    return kept.rstrip() + "".join(mark)


@register("Text", '"a-b-c" | replace("-", "+")')
def replace(value: str, old: str, new: str = "") -> str:
    """Every occurrence of the text `old` replaced by `new`."""
    if not old:
        raise ExpressionError("`replace` needs a text to look for that is not empty.")
    if len(value) + value.count(old) * (len(new) - len(old)) > MAX_TEXT:
        raise LimitError(f"The text is longer than {MAX_TEXT} characters after `replace`.")
    return value.replace(old, new)


@register("Text", '"red, green" | split(", ")')
def split(value: str, separator: str | None = None) -> list[Value]:
    """A list of the parts between separators: white space if none is given, every character if it is empty."""
    if separator == "":
        return list(graphemes(value, MAX_LIST + 1))
    return list(value.split(separator, MAX_LIST + 1))


@register("Text", '["a", "b", "c"] | join(", ", last=" and ")')
def join(value: list[Value], separator: str = ", ", last: str | None = None) -> str:
    """The printed items with `separator` between them, `last` before the last one."""
    parts: list[str] = []
    left = MAX_TEXT
    for item in value:
        parts.append(to_text(item))
        left -= len(parts[-1]) + len(separator)
        if left < -len(separator):
            raise LimitError(f"The joined text is longer than {MAX_TEXT} characters.")
    if last is not None and len(parts) > 1:
        return separator.join(parts[:-1]) + last + parts[-1]
    return separator.join(parts)


@register("Text", '"Ada King Lovelace" | initials')
def initials(environment: Environment, value: str, count: int = 2) -> str:
    """The capital first letters of a name's words, the last word's among them; at most `count`."""
    if count < 1:
        raise ExpressionError(f"`initials` needs a count of 1 or more, but got {count}.")
    words = [word for word in re.split(r"[\s_\-–]+", value) if any(map(str.isalnum, word))]
    if len(words) > count:
        words = [*words[: count - 1], words[-1]] if count > 1 else words[:1]
    letters = (graphemes(word[next(i for i, c in enumerate(word) if c.isalnum()) :], 1)[0] for word in words)
    return uppercase_text("".join(letters), language_of(environment.locale))


@register("Text", '"50% off & more" | urlencode')
def urlencode(value: str) -> str:
    """Percent-encoded for a URL: everything but letters, digits and `-._~` (RFC 3986)."""
    return quote(value, safe="")


@register("Any value", 'null | default("none")')
def default(value: Value, fallback: Value) -> Value:
    """`fallback` if the value is null or empty text; `??` replaces null only, `or` all that counts as false."""
    return fallback if value is None or value == "" else value


@register("Any value", '{a: [1, "x"]} | json')
def json(value: Value, indent: int = 0) -> str:
    """JSON text, on one line unless `indent` is given."""
    return to_json(value, min(max(indent, 0), 8))
