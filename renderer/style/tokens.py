"""Component values of CSS (CSS Syntax 3) and a cursor that property grammars read them with."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from math import isnan
from typing import Protocol, cast

import tinycss2

MAXIMUM_NESTING = 48  # blocks and functions inside one value or selector; grammars are recursive
LARGEST_NUMBER = 3.4e38


class Token(Protocol):
    """A component value as tinycss2 produces it; further attributes depend on `type`."""

    type: str
    source_line: int
    source_column: int


class Function(Protocol):
    """A function with its raw arguments, white space included."""

    lower_name: str
    arguments: list[Token]


class InvalidValueError(Exception):
    """Component values that do not match a grammar. The message completes “… is invalid: ”."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class UnsupportedValueError(InvalidValueError):
    """Valid CSS that Signet does not draw."""


_ENDLESS_NUMBER = re.compile(r"[0-9]{400,}")
_SURROGATES = re.compile("[\ud800-\udfff]")


def tokenize(text: str) -> list[Token]:
    """Component values of a text, comments dropped."""
    return cast("list[Token]", tinycss2.parse_component_value_list(readable(text), skip_comments=True))


def readable(text: str) -> str:
    """The text without what the tokenizer cannot take: integers of so many digits that they are infinite anyway."""
    return _ENDLESS_NUMBER.sub(lambda match: match[0][:400], text) if len(text) > 400 else text


def serialize(tokens: Iterable[Token]) -> str:
    """CSS text of component values; an ellipsis for what is nested too deeply."""
    known = list(tokens)
    return "…" if too_deep(known) else cast("str", tinycss2.serialize(known)).strip()


def _text(value: str) -> str:
    """Escapes may name surrogates, which are no characters (CSS Syntax 3 section 4.3.7)."""
    return value if value.isascii() else _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", value)


def content_of(token: Token) -> list[Token] | None:
    """The component values inside a function or block, None for any other token."""
    if token.type == "function":
        return cast("list[Token]", token.arguments)  # type: ignore[attr-defined]
    if token.type in ("() block", "[] block", "{} block"):
        return cast("list[Token]", token.content)  # type: ignore[attr-defined]
    return None


def too_deep(tokens: Sequence[Token]) -> bool:
    """Whether functions and blocks nest deeper than grammars are ready to follow."""
    level = list(tokens)
    for _ in range(MAXIMUM_NESTING):
        level = [inner for token in level for inner in content_of(token) or ()]
        if not level:
            return False
    return True


def vocabulary(words: str) -> frozenset[str]:
    """A set of keywords, given separated by white space."""
    return frozenset(words.split())


def finite(value: float, largest: float = LARGEST_NUMBER) -> float:
    """The nearest finite number: NaN becomes 0, infinities the largest (CSS Values 4 section 10.9)."""
    if isnan(value):
        return 0.0
    return min(max(value, -largest), largest)


class Cursor:
    """Reads component values one after the other, skipping white space and comments.

    The `take_…` methods move on only if they find what they look for.
    """

    __slots__ = ("_at", "tokens")

    def __init__(self, tokens: Iterable[Token]) -> None:
        self.tokens = [token for token in tokens if token.type not in ("whitespace", "comment")]
        self._at = 0

    @property
    def done(self) -> bool:
        """Whether everything has been read."""
        return self._at >= len(self.tokens)

    def mark(self) -> int:
        """The place to come back to with `reset`."""
        return self._at

    def reset(self, mark: int) -> None:
        """Go back to a place that `mark` returned."""
        self._at = mark

    def peek(self) -> Token | None:
        """The next token, not yet read."""
        return self.tokens[self._at] if self._at < len(self.tokens) else None

    def next(self) -> Token | None:
        """Read the next token."""
        token = self.peek()
        self._at += 1
        return token

    def keyword(self) -> str | None:
        """The next token if it is an identifier, lower-case, not yet read."""
        token = self.peek()
        return _lower(token) if token is not None and token.type == "ident" else None

    def take_keyword(self, allowed: Container[str]) -> str | None:
        """Read one of the allowed keywords; returns it in lower case."""
        word = self.keyword()
        if word is None or word not in allowed:
            return None
        self._at += 1
        return word

    def take_ident(self) -> str | None:
        """Read any identifier as written."""
        token = self.peek()
        if token is None or token.type != "ident":
            return None
        self._at += 1
        return _text(token.value)  # type: ignore[attr-defined]

    def take_string(self) -> str | None:
        """Read a quoted string."""
        token = self.peek()
        if token is None or token.type != "string":
            return None
        self._at += 1
        return _text(token.value)  # type: ignore[attr-defined]

    def take_url(self) -> str | None:
        """Read url(…), quoted or not."""
        token = self.peek()
        if token is not None and token.type == "url":
            self._at += 1
            return _text(token.value)  # type: ignore[attr-defined]
        mark = self._at
        function = self.take_function(("url",))
        if function is not None:
            inner = Cursor(function.arguments)
            url = inner.take_string()
            if url is not None and inner.done:
                return url
        self._at = mark
        return None

    def take_function(self, names: Container[str]) -> Function | None:
        """Read a function with one of the given lower-case names."""
        token = self.peek()
        if token is None or token.type != "function":
            return None
        function = cast("Function", token)
        if function.lower_name not in names:
            return None
        self._at += 1
        return function

    def take_literal(self, value: str) -> bool:
        """Read a delimiter such as a comma or slash."""
        token = self.peek()
        if token is None or token.type != "literal" or token.value != value:  # type: ignore[attr-defined]
            return False
        self._at += 1
        return True

    def take_token(self, kind: str) -> Token | None:
        """Read a token of the given type."""
        token = self.peek()
        if token is None or token.type != kind:
            return None
        self._at += 1
        return token

    def split(self, separator: str = ",") -> list[Cursor]:
        """Cursors over what stands between the separators; raises InvalidValueError if a part is empty."""
        parts: list[list[Token]] = [[]]
        for token in self.tokens[self._at :]:
            if token.type == "literal" and token.value == separator:  # type: ignore[attr-defined]
                parts.append([])
            else:
                parts[-1].append(token)
        self._at = len(self.tokens)
        if not all(parts):
            raise InvalidValueError(f"nothing stands beside a “{separator}”")
        return [Cursor(part) for part in parts]

    def expect_end(self) -> None:
        """Raise InvalidValueError if something is left."""
        token = self.peek()
        if token is not None:
            raise InvalidValueError(f"“{serialize([token])}” was not expected")


def _lower(token: Token) -> str:
    return cast("str", token.lower_value)  # type: ignore[attr-defined]
