"""Declarations with values from expressions, checked as a whole: `width: {{ size }}` must be a width.

`css_text` makes sure that a value stays inside its declaration; here the property's own grammar has the last word, so
that a wrong value is an error that names its variable instead of a declaration that silently has no effect.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

from renderer.errors import ExpressionError, ValueProblem, ValuesError
from renderer.style.declarations import has_reference, read_value
from renderer.style.properties import ALIASES, LONGHANDS, SHORTHANDS
from renderer.style.properties.logical import PHYSICAL
from renderer.style.tokens import InvalidValueError, UnsupportedValueError, tokenize, too_deep
from renderer.template.nodes import Output

# What stands between two of ; { } that end declarations and selectors. The possessive repetition never backtracks.
_CHUNK = re.compile(
    r"""(?: [^;{}"'\\/uU]+ | u(?!rl\() | url\([^)]*\)? | /(?!\*) | /\*.*?(?:\*/|\Z)
          | "(?:[^"\\\n]|\\.)*+"? | '(?:[^'\\\n]|\\.)*+'? | \\.? )*+ [;{}]?""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_DECLARATION = re.compile(
    r"(?:\s|/\*(?:(?!\*/).)*+\*/)*+([A-Za-z-][\w-]*)\s*:(.*?)(?:!\s*important\s*)?[;}]?\Z", re.DOTALL | re.I
)


class Substituted(str):
    """A text that came from an expression, on its way into CSS; it still knows from which."""

    __slots__ = ("node",)

    node: Output


def substituted(text: str, node: Output) -> Substituted:
    """The text with a note on where it came from."""
    result = Substituted(text)
    result.node = node
    return result


def check_declarations(css: str, pieces: Sequence[str]) -> None:
    """Check the declarations of `css`, which the pieces add up to, that contain substituted texts.

    Raises ValuesError naming the variables of a declaration whose value its property does not take (ExpressionError if
    there are none). Properties that Signet does not know are left to the cascade's warnings.
    """
    starts: list[int] = []
    nodes: list[Output] = []
    offset = 0
    for piece in pieces:
        if isinstance(piece, Substituted):
            starts.append(offset)
            nodes.append(piece.node)
        offset += len(piece)
    if not starts:
        return
    for chunk in _CHUNK.finditer(css):
        low, high = bisect_left(starts, chunk.start()), bisect_left(starts, chunk.end())
        if low < high and not chunk.group().endswith("{"):
            _check_chunk(chunk.group(), nodes[low:high])


def _check_chunk(chunk: str, nodes: Sequence[Output]) -> None:
    match = _DECLARATION.match(chunk)
    if match is None:
        return
    name, value = match[1].lower(), match[2].strip()
    complaint = _complaint(name, value)
    if complaint is None:
        return
    shown = value if len(value) <= 60 else value[:59] + "…"
    message = f"{shown!r} is no valid value of the CSS property {name}"
    expected = complaint.removeprefix("expected ").removesuffix(" was expected") or f"a value of {name}"
    names = sorted(frozenset().union(*(node.expression.names for node in nodes)))
    if not names:
        raise ExpressionError(f"{message}; expected {expected}.", nodes[0].position)
    error = ValuesError([ValueProblem(", ".join(names), message, expected, shown)])
    error.position = nodes[0].position
    raise error


@lru_cache(maxsize=4096)
def _complaint(name: str, value: str) -> str | None:
    """Why a known property does not take a value, in the words of its grammar; None if it does."""
    known = ALIASES.get(name, name)
    if not value or (known not in LONGHANDS and known not in SHORTHANDS and known not in PHYSICAL):
        return None
    tokens = tokenize(value)
    if too_deep(tokens):
        return "less nesting"
    if has_reference(tokens):
        return None
    try:
        read_value(known, tokens)
    except UnsupportedValueError:
        return None
    except InvalidValueError as error:
        return error.message
    return None
