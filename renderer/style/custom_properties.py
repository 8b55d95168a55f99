"""Custom properties and var() (CSS Custom Properties 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from renderer.style.declarations import CustomValue, trimmed
from renderer.style.grammar import Wide
from renderer.style.tokens import Cursor, InvalidValueError, Token, content_of, serialize, tokenize, too_deep

MAXIMUM_TOKENS = 16384
"""A substituted value may not grow beyond this: a few references can multiply to billions of tokens."""

MAXIMUM_CHAIN = 80
"""Custom properties that refer to one another in a row, each declared before the one it refers to."""

CustomValues = Mapping[str, tuple[Token, ...]]


@dataclass(slots=True)
class Substitution:
    """Resolves the custom properties of one element: `declared` over `inherited`, cycles being invalid."""

    declared: Mapping[str, object]
    inherited: CustomValues
    initial: CustomValues = field(default_factory=dict)
    problems: list[tuple[str, object]] = field(default_factory=list)
    done: dict[str, tuple[Token, ...] | None] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    cyclic: set[str] = field(default_factory=set)

    def all_values(self) -> dict[str, tuple[Token, ...]]:
        """Every custom property of the element that has a value."""
        values = dict(self.inherited)
        for name in self.declared:
            value = self.value(name)
            if value is None:
                values.pop(name, None)
            else:
                values[name] = value
        return values

    def value(self, name: str) -> tuple[Token, ...] | None:
        """Computed value of a custom property; None if it has none (the guaranteed-invalid value)."""
        if name in self.done:
            return self.done[name]
        if name not in self.declared:
            return self.inherited.get(name)
        if name in self.open or len(self.open) > MAXIMUM_CHAIN:
            self.cyclic.update(self.open[self.open.index(name) :] if name in self.open else self.open)
            return None
        self.open.append(name)
        value = self._compute(name)
        self.open.pop()
        if name in self.cyclic:
            value = self.initial.get(name)
            self.problems.append(
                (f"the custom property “{name}” refers to itself or to a long chain of others", self.declared[name])
            )
        self.done[name] = value
        return value

    def _compute(self, name: str) -> tuple[Token, ...] | None:
        specified = self.declared[name]
        if not isinstance(specified, CustomValue):
            return self.initial.get(name) if specified is Wide.INITIAL else self.inherited.get(name)
        if not specified.references:
            return specified.tokens
        try:
            return trimmed(self.substitute(specified.tokens))
        except InvalidValueError:
            return self.initial.get(name)

    def substitute(self, tokens: Sequence[Token]) -> list[Token]:
        """Tokens with every var() replaced; raises InvalidValueError naming the property that has no value."""
        result = self._substitute(tokens, 0)
        if too_deep(result):
            raise InvalidValueError("after substitution it is nested too deeply")
        return result

    def _substitute(self, tokens: Sequence[Token], depth: int) -> list[Token]:
        result: list[Token] = []
        for token in tokens:
            inner = content_of(token)
            if token.type == "function" and token.lower_name in ("var", "env"):  # type: ignore[attr-defined]
                result += self._reference(token, depth)
            elif inner:
                result += _with_content(token, self._substitute(inner, depth + 1))
            else:
                result.append(token)
            if len(result) > MAXIMUM_TOKENS:
                raise InvalidValueError("after substitution it is too long")
        return result

    def _reference(self, token: Token, depth: int) -> Sequence[Token]:
        """The replacement of one var(); env() has no variables in a picture and yields its fallback."""
        arguments = content_of(token) or []
        name = Cursor(arguments).take_ident() or ""
        if token.lower_name == "var":  # type: ignore[attr-defined]
            if not name.startswith("--") or len(name) < 3:
                raise InvalidValueError("var() needs the name of a custom property")
            value = self.value(name)
            if value is not None and not (self.open and name in self.cyclic):
                return value
        comma = next((i for i, part in enumerate(arguments) if part.type == "literal" and part.value == ","), None)  # type: ignore[attr-defined]
        if comma is None:
            raise InvalidValueError(f"“{name}” has no value")
        return self._substitute(arguments[comma + 1 :], depth + 1)


def _with_content(token: Token, content: list[Token]) -> list[Token]:
    """The function or block with other content."""
    if content == content_of(token):
        return [token]
    kind = type(token)
    if token.type == "function":
        return [kind(token.source_line, token.source_column, token.name, content)]  # type: ignore[call-arg, attr-defined]
    return [kind(token.source_line, token.source_column, content)]  # type: ignore[call-arg]


def custom_texts(values: CustomValues) -> tuple[tuple[str, str], ...]:
    """Names and CSS texts, by name."""
    return tuple((name, serialize(values[name])) for name in sorted(values))


def custom_from_text(text: str) -> tuple[Token, ...]:
    """The value of a custom property that comes from outside of CSS."""
    return trimmed(tokenize(text))
