"""@supports conditions (CSS Conditional 3 section 6)."""

from __future__ import annotations

from collections.abc import Sequence

from renderer.style.declarations import is_valid_declaration
from renderer.style.selectors import compile_selectors
from renderer.style.tokens import Cursor, InvalidValueError, Token, content_of, serialize, too_deep


def is_supported(prelude: Sequence[Token]) -> bool:
    """Whether a condition holds; one that cannot be read does not."""
    if too_deep(prelude):
        return False
    cursor = Cursor(prelude)
    try:
        result = _condition(cursor)
        cursor.expect_end()
    except InvalidValueError:
        return False
    return result


def _condition(cursor: Cursor) -> bool:
    result = _term(cursor)
    word = cursor.keyword()
    while word in ("and", "or") and cursor.take_keyword((word,)):
        other = _term(cursor)
        result = (result and other) if word == "and" else (result or other)
    return result


def _term(cursor: Cursor) -> bool:
    if cursor.take_keyword(("not",)):
        return not _term(cursor)
    function = cursor.peek()
    if function is not None and function.type == "function":
        cursor.next()
        return _function(function)
    block = cursor.take_token("() block")
    if block is None:
        raise InvalidValueError("a condition in parentheses was expected")
    content = content_of(block) or []
    inner = Cursor(content)
    first = inner.peek()
    if first is not None and (first.type in ("() block", "function") or inner.keyword() == "not"):
        return is_supported(content)
    name = inner.take_ident()
    if name is None or not inner.take_literal(":"):
        return False
    text = serialize(content)
    return is_valid_declaration(name, text.split(":", 1)[1].strip())


def _function(token: Token) -> bool:
    if token.lower_name != "selector":  # type: ignore[attr-defined]
        return False
    try:
        selectors, unsupported = compile_selectors(content_of(token) or [])
    except InvalidValueError:
        return False
    return bool(selectors) and not unsupported
