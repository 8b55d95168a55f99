"""Declarations: from `property: value` to typed longhands (CSS Syntax 3, CSS Cascade 5 section 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import cast

import tinycss2

from renderer.diagnostics import Code
from renderer.errors import SourcePosition
from renderer.style.grammar import Wide
from renderer.style.properties import (
    ALIASES,
    FOREIGN_PREFIXES,
    HARMLESS_VALUES,
    LONGHANDS,
    NOT_LAID_OUT,
    SHORTHANDS,
    WITHOUT_EFFECT,
)
from renderer.style.properties.logical import PHYSICAL
from renderer.style.tokens import (
    Cursor,
    InvalidValueError,
    Token,
    UnsupportedValueError,
    content_of,
    readable,
    serialize,
    tokenize,
    too_deep,
)

Place = Callable[[Token], SourcePosition | None]
"""Where a token stands in the template."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is ignored, as a browser ignores it."""

    code: Code
    message: str
    position: SourcePosition | None


@dataclass(frozen=True, slots=True, eq=False)
class Pending:
    """A value with var(): it can only be read once custom properties are known. `name` is the property as written."""

    name: str
    tokens: tuple[Token, ...]
    position: SourcePosition | None


@dataclass(frozen=True, slots=True, eq=False)
class CustomValue:
    """The value of a custom property as written."""

    tokens: tuple[Token, ...]
    references: bool  # whether it contains var()
    position: SourcePosition | None


@dataclass(frozen=True, slots=True, eq=False)
class DeclarationBlock:
    """The declarations of a rule or style attribute: longhands in order, each with its specified value.

    A specified value is a computed one, a Deferred, a Wide keyword, or Pending. `attributes`: names that attr() reads.
    """

    normal: tuple[tuple[str, object], ...] = ()
    important: tuple[tuple[str, object], ...] = ()
    logical: bool = False  # whether names in it depend on the direction
    attributes: frozenset[str] = frozenset()


EMPTY_BLOCK = DeclarationBlock()


class Declaration:
    """A declaration as tinycss2 reads it; only the attributes are described here."""

    type: str
    name: str
    lower_name: str
    value: list[Token]
    important: bool


def read_block(declarations: Iterable[Declaration], place: Place) -> tuple[DeclarationBlock, tuple[Problem, ...]]:
    """A block of declarations, and what had to be left out."""
    normal: list[tuple[str, object]] = []
    important: list[tuple[str, object]] = []
    problems: list[Problem] = []
    attributes: set[str] = set()
    for declaration in declarations:
        position = place(cast("Token", declaration))
        try:
            values, note = read_declaration(declaration, position)
        except UnsupportedValueError as error:
            problems.append(Problem("css-unsupported", _explain(declaration, error), position))
            continue
        except InvalidValueError as error:
            problems.append(Problem("css-invalid", _explain(declaration, error), position))
            continue
        if note:
            problems.append(Problem("css-unsupported", note, position))
        (important if declaration.important else normal).extend(values)
        if declaration.lower_name == "content":
            attributes |= _attribute_names(declaration.value)
    logical = any(name in PHYSICAL for name, _ in (*normal, *important))
    return DeclarationBlock(tuple(normal), tuple(important), logical, frozenset(attributes)), tuple(problems)


def read_declaration(
    declaration: Declaration, position: SourcePosition | None
) -> tuple[Sequence[tuple[str, object]], str]:
    """Longhands of one declaration and a note on what is understood but not drawn; raises InvalidValueError."""
    if declaration.name.startswith("--"):
        return [(declaration.name, custom_value(declaration.value, position))], ""
    name = ALIASES.get(declaration.lower_name, declaration.lower_name)
    if name not in LONGHANDS and name not in SHORTHANDS and name not in PHYSICAL:
        harmless = Cursor(declaration.value[:3]).take_keyword(HARMLESS_VALUES) is not None
        return [], "" if harmless else unknown_property(name)
    if too_deep(declaration.value):
        raise InvalidValueError("it is nested too deeply")
    if has_reference(declaration.value):
        pending = Pending(name, tuple(declaration.value), position)
        return [(longhand, pending) for longhand in longhands_of(name)], ""
    values = list(read_value(name, declaration.value).items())
    return values, _not_laid_out(values)


def unknown_property(name: str) -> str:
    """Why a property is ignored; empty if ignoring it is what a static picture needs."""
    if name in WITHOUT_EFFECT or name.startswith(FOREIGN_PREFIXES):
        return ""
    close = get_close_matches(name, (*LONGHANDS, *SHORTHANDS), 1, 0.85)
    return f"the property “{name}” is not supported" + (f"; did you mean “{close[0]}”?" if close else "")


def _not_laid_out(values: Iterable[tuple[str, object]]) -> str:
    for name, value in values:
        if name in NOT_LAID_OUT and value in NOT_LAID_OUT[name]:
            return f"“{name}: {value}” is not supported by layout yet"
    return ""


def _explain(declaration: Declaration, error: InvalidValueError) -> str:
    text = serialize(declaration.value)
    text = text if len(text) <= 60 else text[:57] + "…"
    reason = f": {error.message}" if error.message else ""
    if isinstance(error, UnsupportedValueError):
        return f"“{declaration.lower_name}: {text}” is not supported{reason}"
    return f"“{text}” is no valid value of “{declaration.lower_name}”{reason}"


def longhands_of(name: str) -> tuple[str, ...]:
    """The longhands that a property sets: its own name unless it is a shorthand."""
    shorthand = SHORTHANDS.get(name)
    return (name,) if shorthand is None else shorthand.longhands


def read_value(name: str, tokens: Sequence[Token]) -> Mapping[str, object]:
    """Specified values of the longhands of a property without var(); raises InvalidValueError."""
    cursor = Cursor(tokens)
    wide = take_wide(cursor)
    if wide is not None:
        return dict.fromkeys(longhands_of(name), wide)
    shorthand = SHORTHANDS.get(name)
    if shorthand is not None:
        values: Mapping[str, object] = shorthand.expand(cursor)
    else:
        physical = PHYSICAL.get(name)
        values = {name: LONGHANDS[physical[0] if physical else name].parse(cursor)}
    cursor.expect_end()
    return values


def take_wide(cursor: Cursor) -> Wide | None:
    """A CSS-wide keyword, if it is all there is."""
    if len(cursor.tokens) != 1:
        return None
    word = cursor.take_keyword(_WIDE)
    return None if word is None else _WIDE[word]


_WIDE = {wide.value: wide for wide in Wide}


def custom_value(tokens: Sequence[Token], position: SourcePosition | None) -> object:
    """The specified value of a custom property: a CSS-wide keyword or component values."""
    wide = take_wide(Cursor(tokens))
    if wide is not None:
        return wide
    if too_deep(tokens):
        raise InvalidValueError("it is nested too deeply")
    if any(token.type == "error" for token in tokens):
        raise InvalidValueError("brackets or quotes in it do not match")
    return CustomValue(trimmed(tokens), has_reference(tokens), position)


def trimmed(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Without white space at either end."""
    start, end = 0, len(tokens)
    while start < end and tokens[start].type == "whitespace":
        start += 1
    while end > start and tokens[end - 1].type == "whitespace":
        end -= 1
    return tuple(tokens[start:end])


def has_reference(tokens: Iterable[Token]) -> bool:
    """Whether var() or env() occurs anywhere."""
    for token in tokens:
        if token.type == "function" and token.lower_name in ("var", "env"):  # type: ignore[attr-defined]
            return True
        inner = content_of(token)
        if inner and has_reference(inner):
            return True
    return False


def _attribute_names(tokens: Iterable[Token]) -> set[str]:
    names = set()
    for token in tokens:
        if token.type == "function" and token.lower_name == "attr":  # type: ignore[attr-defined]
            ident = Cursor(content_of(token) or ()).take_ident()
            names |= {ident.lower()} if ident else set()
    return names


@lru_cache(maxsize=4096)
def read_style_attribute(text: str) -> tuple[DeclarationBlock, tuple[Problem, ...]]:
    """A style attribute's declarations. Problems have no position: the text may stand on many elements."""
    items = cast(
        "list[Declaration]", tinycss2.parse_declaration_list(readable(text), skip_comments=True, skip_whitespace=True)
    )
    block, problems = read_block((item for item in items if item.type == "declaration"), lambda _: None)
    broken = tuple(
        Problem("css-invalid", f"the style attribute contains {_broken(item)}, which is ignored", None)
        for item in items
        if item.type != "declaration"
    )
    return block, (*problems, *broken)


def _broken(item: object) -> str:
    if getattr(item, "type", "") == "at-rule":
        return f"@{getattr(item, 'at_keyword', '')}"
    return f"something that is no declaration ({getattr(item, 'message', '')})"


def is_valid_declaration(name: str, value: str) -> bool:
    """Whether `name: value` means something to Signet; values with var() do if the property is known."""
    lower = name.lower()
    known = ALIASES.get(lower, lower)
    tokens = tokenize(value)
    if name.startswith("--"):
        return not too_deep(tokens) and not any(token.type == "error" for token in tokens)
    if (known not in LONGHANDS and known not in SHORTHANDS and known not in PHYSICAL) or too_deep(tokens):
        return False
    if has_reference(tokens):
        return True
    try:
        read_value(known, tokens)
    except InvalidValueError:
        return False
    return True
