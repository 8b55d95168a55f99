"""Tokens → syntax tree, by precedence climbing over the table in `grammar`.

pipeline    = conditional { "|" NAME [ "(" arguments ")" ] }
conditional = binary [ "?" pipeline ":" conditional ]
binary      = prefix { operator binary }                       by precedence, from the left; comparisons don't chain
prefix      = ( "-" | "!" | "not" ) binary | postfix
postfix     = primary { "." NAME | "[" pipeline "]" }
primary     = NUMBER | TEXT | "true" | "false" | "null" | NAME [ "(" arguments ")" ]
            | "(" pipeline ")" | "[" [ items ] "]" | "{" [ entries ] "}"
arguments   = [ argument { "," argument } ]
argument    = NAME "=" pipeline | NAME "=>" pipeline | pipeline
entries     = ( NAME | TEXT ) ":" pipeline { "," … }
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from renderer.expressions import grammar
from renderer.expressions.lexer import Source, Token, tokenize
from renderer.expressions.nodes import (
    Binary,
    Conditional,
    Filter,
    Index,
    Lambda,
    ListLiteral,
    Literal,
    Member,
    Name,
    Node,
    ObjectLiteral,
    Unary,
)
from renderer.limits import DEFAULT_LIMITS, Limits

MAX_LINKS = 250  # operators, members, indexes and filters of one expression: what a tree can grow to the left

_INFIX_HINTS = {
    "=": "to compare, write `==`",
    "if": "write `condition ? a : b`",
    "is": "to compare, write `==`",
}


def parse(source: Source, limits: Limits = DEFAULT_LIMITS) -> Node:
    """The syntax tree of a whole expression. Raises TemplateSyntaxError with the place and what was expected."""
    parser = Parser(source, limits)
    node = parser.pipeline()
    parser.expect_end()
    return node


class Parser:
    """Reads one source; block headers use it piecewise."""

    def __init__(self, source: Source, limits: Limits = DEFAULT_LIMITS) -> None:
        self.source = source
        self.tokens = tokenize(source)
        self.at = 0
        self._limits = limits
        self._depth = 0
        self._links = 0

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self.tokens[self.at]

    def advance(self) -> Token:
        """Read one token; the last is read over and over."""
        token = self.tokens[self.at]
        if token.kind != "end":
            self.at += 1
        return token

    def accept(self, *symbols: str) -> Token | None:
        """Read the next token if it is one of these operators or words."""
        token = self.token
        if token.kind in ("operator", "word") and token.text in symbols:
            return self.advance()
        return None

    def expect(self, symbol: str, purpose: str) -> Token:
        """Read the operator `symbol` or fail, saying what it would have been for."""
        token = self.accept(symbol)
        if token is None:
            raise self.source.error(f"Expected `{symbol}` {purpose}, found {self.token.describe()}.", self.token.offset)
        return token

    def expect_end(self) -> None:
        """Fail unless everything has been read."""
        token = self.token
        if token.kind == "end":
            return
        hint = _INFIX_HINTS.get(token.text)
        if token.text in ")]}":
            hint = f"there is no opening bracket for this `{token.text}`"
        elif token.text == ":" and self.at and self.tokens[self.at - 1].kind == "name":
            hint = f"arguments go in parentheses: `{self.tokens[self.at - 1].text}(…)`"
        raise self.source.error(
            f"Expected an operator or the end of the expression, found {token.describe()}"
            + (f"; {hint}." if hint else "."),
            token.offset,
        )

    def name(self, purpose: str) -> Token:
        """Read a name or fail, saying what it would have been for."""
        if self.token.kind != "name":
            raise self.source.error(f"Expected {purpose}, found {self.token.describe()}.", self.token.offset)
        return self.advance()

    @contextmanager
    def _nested(self) -> Iterator[None]:
        self._depth += 1
        if self._depth > self._limits.expression_depth:
            raise self.source.error(
                f"The expression is nested more than {self._limits.expression_depth} levels deep.", self.token.offset
            )
        yield
        self._depth -= 1

    def _link(self, offset: int) -> None:
        self._links += 1
        if self._links > MAX_LINKS:
            raise self.source.error(f"The expression has more than {MAX_LINKS} operations; split it up.", offset)

    def pipeline(self) -> Node:
        """A full expression with its filters."""
        with self._nested():
            node = self._conditional()
            while self.accept("|"):
                name = self.name("the name of a filter after `|`")
                self._link(name.offset)
                positional, keywords = self._arguments() if self.accept("(") else ((), ())
                node = Filter(node, name.text, positional, keywords, name.offset)
            return node

    def _conditional(self) -> Node:
        condition = self._binary(grammar.NULLISH)
        mark = self.accept("?")
        if mark is None:
            return condition
        yes = self.pipeline()
        self.expect(":", "between the two results of `? :`")
        with self._nested():
            return Conditional(condition, yes, self._conditional(), mark.offset)

    def _infix(self) -> tuple[str, int, int] | None:
        """Name, precedence and number of tokens of the operator that comes next."""
        token = self.token
        if token.text == "not" and self.tokens[self.at + 1].text == "in":
            return "not in", grammar.COMPARISON, 2
        operator = grammar.BINARY.get(token.text) if token.kind in ("operator", "word") else None
        return (operator.name, operator.precedence, 1) if operator else None

    def _binary(self, least: int) -> Node:
        left = self._prefix(least)
        while (infix := self._infix()) and infix[1] >= least:
            operator, precedence, length = infix
            offset = self.token.offset
            self.at += length
            self._link(offset)
            left = Binary(operator, left, self._binary(precedence + 1), offset)
            following = self._infix()
            if precedence == grammar.COMPARISON and following and following[1] == grammar.COMPARISON:
                raise self.source.error(
                    "Comparisons do not chain; write `a < b and b < c`, or use parentheses.", self.token.offset
                )
        return left

    def _prefix(self, least: int) -> Node:
        token = self.token
        if token.text == "not" and token.kind == "word":
            if least > grammar.NOT:
                raise self.source.error(
                    "Put `not …` in parentheses here: it binds looser than the operator before it.", token.offset
                )
            self.advance()
            with self._nested():
                return Unary("not", self._binary(grammar.NOT), token.offset)
        if self.accept("-", "!"):
            with self._nested():
                operand = self._binary(grammar.UNARY)
            return Unary("-" if token.text == "-" else "not", operand, token.offset)
        return self._postfix()

    def _postfix(self) -> Node:
        node = self._primary()
        while token := self.accept(".", "[", "("):
            self._link(token.offset)
            if token.text == ".":
                node = Member(node, self._member_name(), token.offset)
            elif token.text == "[":
                index = self.pipeline()
                self.expect("]", "after the index")
                node = Index(node, index, token.offset)
            else:
                raise self.source.error(
                    "Only functions can be called, by their name; there are no methods: write `value | filter(…)`.",
                    token.offset,
                )
        return node

    def _member_name(self) -> str:
        token = self.token
        if token.kind in ("name", "word"):
            return self.advance().text
        hint = f"; write `[{token.text}]` for an item by number" if token.kind == "number" else ""
        raise self.source.error(f"Expected a name after `.`, found {token.describe()}{hint}.", token.offset)

    def _primary(self) -> Node:
        token = self.advance()
        match token.kind, token.text:
            case (("number" | "text"), _):
                return Literal(token.value, token.offset)
            case "name", _:
                return self._call(token) if self.accept("(") else Name(token.text, token.offset)
            case "word", word if word in grammar.CONSTANTS:
                return Literal(grammar.CONSTANTS[word], token.offset)
            case "operator", "(":
                node = self.pipeline()
                self.expect(")", "after the expression in parentheses")
                return node
            case "operator", "[":
                return ListLiteral(self._items(), token.offset)
            case "operator", "{":
                return ObjectLiteral(self._entries(), token.offset)
            case _:
                raise self.source.error(f"Expected a value, found {token.describe()}.", token.offset)

    def _call(self, name: Token) -> Node:
        self._link(name.offset)
        arguments, keywords = self._arguments()
        if not arguments:
            raise self.source.error(f"The function `{name.text}` needs a value in its parentheses.", name.offset)
        return Filter(arguments[0], name.text, arguments[1:], keywords, name.offset)

    def _items(self) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self.accept("]"):
            items.append(self.pipeline())
            if not self.accept(","):
                self.expect("]", "or `,` after an item of the list")
                break
        return tuple(items)

    def _entries(self) -> tuple[tuple[str, Node], ...]:
        entries: dict[str, Node] = {}
        while not self.accept("}"):
            key = self.token
            if key.kind not in ("name", "word", "text"):
                raise self.source.error(f"Expected a key or `}}`, found {key.describe()}.", key.offset)
            self.advance()
            name = key.value if isinstance(key.value, str) else key.text
            if name in entries:
                raise self.source.error(f"The object has the key `{name}` twice.", key.offset)
            self.expect(":", "after the key")
            entries[name] = self.pipeline()
            if not self.accept(","):
                self.expect("}", "or `,` after an entry of the object")
                break
        return tuple(entries.items())

    def _arguments(self) -> tuple[tuple[Node, ...], tuple[tuple[str, Node], ...]]:
        positional: list[Node] = []
        keywords: dict[str, Node] = {}
        while not self.accept(")"):
            name, following = self.token, self.tokens[min(self.at + 1, len(self.tokens) - 1)]
            if name.kind == "name" and following.text == "=" and following.kind == "operator":
                self.at += 2
                if name.text in keywords:
                    raise self.source.error(f"The argument `{name.text}` is given twice.", name.offset)
                keywords[name.text] = self.pipeline()
            elif keywords:
                raise self.source.error("Arguments without a name come before those with one.", name.offset)
            else:
                positional.append(self._argument(name, following))
            if not self.accept(","):
                self.expect(")", "or `,` after an argument")
                break
        return tuple(positional), tuple(keywords.items())

    def _argument(self, name: Token, following: Token) -> Node:
        if name.kind == "name" and following.text == "=>":
            self.at += 2
            return Lambda(name.text, self.pipeline(), name.offset)
        return self.pipeline()
