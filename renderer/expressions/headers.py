"""Headers of block tags that hold more than an expression: `for x in xs`, `for k, v in obj`, `let name = value`."""

from __future__ import annotations

from renderer.errors import SourcePosition
from renderer.expressions.expression import Expression, compile_parsed
from renderer.expressions.grammar import BLOCK_WORDS
from renderer.expressions.lexer import Source
from renderer.expressions.parser import Parser
from renderer.limits import DEFAULT_LIMITS, Limits

_RESERVED = BLOCK_WORDS | {"now", "loop"}


def compile_for(
    header: str, position: SourcePosition, *, limits: Limits = DEFAULT_LIMITS
) -> tuple[tuple[str, ...], Expression]:
    """Read `x in xs` or `k, v in obj`, with or without the leading `for`: the names and what they run over.

    Raises TemplateSyntaxError.
    """
    source = Source(header, position)
    parser = Parser(source, limits)
    _skip_keyword(parser, "for")
    names = [_new_name(parser, source, "a name for the items after `for`")]
    if parser.accept(","):
        names.append(_new_name(parser, source, "a second name after `,`"))
        if names[0] == names[1]:
            raise source.error(f"Both names of this loop are `{names[0]}`.", parser.tokens[parser.at - 1].offset)
    parser.expect("in", "between the names and the list, as in `for x in xs`")
    return tuple(names), _rest(parser, source, limits)


def compile_let(header: str, position: SourcePosition, *, limits: Limits = DEFAULT_LIMITS) -> tuple[str, Expression]:
    """Read `name = value`, with or without the leading `let`. Raises TemplateSyntaxError."""
    source = Source(header, position)
    parser = Parser(source, limits)
    _skip_keyword(parser, "let")
    name = _new_name(parser, source, "a name after `let`")
    parser.expect("=", "after the name, as in `let total = price * count`")
    return name, _rest(parser, source, limits)


def _skip_keyword(parser: Parser, keyword: str) -> None:
    if parser.token.kind == "name" and parser.token.text == keyword:
        parser.advance()


def _new_name(parser: Parser, source: Source, purpose: str) -> str:
    token = parser.name(purpose)
    if token.text in _RESERVED:
        raise source.error(f"`{token.text}` has a meaning of its own; choose another name.", token.offset)
    return token.text


def _rest(parser: Parser, source: Source, limits: Limits) -> Expression:
    start = parser.token.offset
    node = parser.pipeline()
    parser.expect_end()
    return compile_parsed(source, node, limits, start)
