"""The operators of the expression language: one table that parser, printer and reference page share.

Higher precedence binds tighter. The ladder follows JavaScript and Python where the two agree; filters bind loosest of
all, so `price * 0.9 | currency` formats the product.
"""

from __future__ import annotations

from typing import NamedTuple

FILTER = 0
CONDITIONAL = 1
NULLISH = 2
OR = 3
AND = 4
NOT = 5
COMPARISON = 6
JOIN = 7
SUM = 8
PRODUCT = 9
UNARY = 10
POSTFIX = 11


class BinaryOperator(NamedTuple):
    """An infix operator: the name its node carries and how tightly it binds. All of them group from the left."""

    name: str
    precedence: int


BINARY = {
    "??": BinaryOperator("??", NULLISH),
    "or": BinaryOperator("or", OR),
    "||": BinaryOperator("or", OR),
    "and": BinaryOperator("and", AND),
    "&&": BinaryOperator("and", AND),
    "==": BinaryOperator("==", COMPARISON),
    "!=": BinaryOperator("!=", COMPARISON),
    "<": BinaryOperator("<", COMPARISON),
    "<=": BinaryOperator("<=", COMPARISON),
    ">": BinaryOperator(">", COMPARISON),
    ">=": BinaryOperator(">=", COMPARISON),
    "in": BinaryOperator("in", COMPARISON),
    "not in": BinaryOperator("not in", COMPARISON),
    "~": BinaryOperator("~", JOIN),
    "+": BinaryOperator("+", SUM),
    "-": BinaryOperator("-", SUM),
    "*": BinaryOperator("*", PRODUCT),
    "/": BinaryOperator("/", PRODUCT),
    "%": BinaryOperator("%", PRODUCT),
}

CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
WORD_OPERATORS = frozenset({"and", "or", "not", "in"})
BLOCK_WORDS = frozenset({"if", "elif", "else", "end", "for", "let", "include"})
"""Words that begin a block tag; a variable that a template defines itself cannot be called so."""

LADDER: tuple[tuple[int, tuple[str, ...], str], ...] = (
    (POSTFIX, ("a.b", "a[0]", 'a["key"]', "f(x)"), "member, index (negative from the end), function call"),
    (UNARY, ("-a", "!a"), "negative number; not"),
    (PRODUCT, ("a * b", "a / b", "a % b"), "product, quotient, remainder (with the sign of `a`)"),
    (SUM, ("a + b", "a - b"), "sum, difference; `+` joins if either side is text, and joins two lists"),
    (JOIN, ("a ~ b",), "joins the printed forms of both sides"),
    (
        COMPARISON,
        ("a == b", "a != b", "a < b", "a <= b", "a > b", "a >= b", "a in b", "a not in b"),
        "comparison and membership; does not chain: write `a < b and b < c`",
    ),
    (NOT, ("not a",), "not, binding looser than comparison: `not a == b` is `not (a == b)`"),
    (AND, ("a and b", "a && b"), "`a` if it counts as false, else `b`"),
    (OR, ("a or b", "a || b"), "`a` if it counts as true, else `b`"),
    (NULLISH, ("a ?? b",), "`a` unless it is null, else `b`"),
    (CONDITIONAL, ("a ? b : c",), "`b` if `a` counts as true, else `c`; groups from the right"),
    (FILTER, ("a | f", "a | f(x, key=y)"), "filter, applied to everything on its left"),
)
"""Rows of the precedence table, tightest first: precedence, spellings, meaning."""
