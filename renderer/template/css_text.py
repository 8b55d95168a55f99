"""Expressions inside CSS: what a value may be so that it stays the one value its author meant.

A value is checked where it stands alone (`color: {{ accent }}`), must be a number or part of a name where it touches
other characters (`{{ pct }}%`, `--{{ name }}`), and is escaped inside strings and url() (CSS Syntax 3, sections 4.3.5
to 4.3.7). So no value can end a declaration, open a rule or fetch anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal as OneOf

import tinycss2
from tinycss2 import ast

from renderer.errors import ExpressionError, SourcePosition, TemplateSyntaxError, ValueProblem, ValuesError
from renderer.expressions import Scope
from renderer.template.css_declarations import substituted
from renderer.template.nodes import Body, Branch, For, If, Let, Literal, Node, Output, RenderText

State = OneOf["value", '"', "'", "url", "comment"]

_MAX_VALUE = 2_000  # characters of one value in CSS
_CONTEXT = 80  # characters before a value that are looked at
UNKNOWN = "\ufffc"  # stands for text that is known only when the template is rendered
_FETCHING = frozenset({"url", "src", "image", "image-set", "-webkit-image-set", "cross-fade", "element", "attr"})

VALUE_STEP = re.compile(r"\\.|\"|'|/\*|(?<![\w-])url\(\s*(?![\s\"'])", re.IGNORECASE | re.DOTALL)
LEAVE = {
    '"': re.compile(r"(?:\\.|[^\"\\\n])*[\"\n]", re.DOTALL),
    "'": re.compile(r"(?:\\.|[^'\\\n])*['\n]", re.DOTALL),
    "url": re.compile(r"(?:\\.|[^)\\])*\)", re.DOTALL),
    "comment": re.compile(r".*?\*/", re.DOTALL),
}

_PREFIX = re.compile(r"[^\s:;,(){}\[\]/*>~=!\"']*\Z")
_SUFFIX = re.compile(rf"{UNKNOWN}|[\w%-]*\(?")
_SIMPLE = re.compile(r"[+-]?[\w.]+%?|#[0-9A-Za-z]+|--[\w-]+|[A-Za-z][\w-]*", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_UNSIGNED = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_UNSIGNED_WITH_UNIT = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:%|[A-Za-z]+)?", re.ASCII)
_NAME_PART = re.compile(r"[\w.-]+")
_UNKNOWN_PLACE = re.compile(r"(?:[+-]?[\w.-]+%?)?")
_ESCAPED = re.compile(r"[\x00-\x20\"'()\\\x7f]")


@dataclass(frozen=True, slots=True)
class _Demand:
    """What a value must look like, and how a message says so; no pattern: any single CSS value, or nothing."""

    pattern: re.Pattern[str] | None
    expected: str


_ANY = _Demand(None, "one CSS value without ; { } ! comments or url()")
_JOINED = _Demand(_UNKNOWN_PLACE, "a number or a name, because it touches what comes from another tag")


def check_css(body: Body) -> Body:
    """The same CSS text with every output checked or escaped for its place.

    Raises TemplateSyntaxError where no value could be safe, or where a block leaves a string or comment open.
    """
    checked, _ = _walk(body, "value", "", "")
    return checked


def is_property_value(text: str) -> bool:
    """Whether a text can be the whole value of a custom property: nothing in it ends the declaration."""
    *tokens, last = tinycss2.parse_component_value_list(text + ";")
    return last == ";" and not any(token.type in ("{} block", "error") or token in (";", "!") for token in tokens)


def _walk(body: Body, state: State, before: str, after: str) -> tuple[Body, State]:
    """Check a body. `before` and `after` are the texts that it touches on either side."""
    result: list[Node] = []
    visible = [node for node in body if not isinstance(node, Let)]
    following = [node.text if isinstance(node, Literal) else UNKNOWN for node in visible[1:]] + [after]
    place = 0
    for node in body:
        if isinstance(node, Let):
            result.append(node)
            continue
        next_text = following[place]
        place += 1
        match node:
            case Literal(text):
                state = _scan(text, state)
                before = (before + text)[-_CONTEXT:]
                result.append(node)
            case Output():
                result.append(_checked_output(node, state, before, next_text))
                before = UNKNOWN
            case If():
                result.append(_checked_if(node, state, before, next_text))
                before = UNKNOWN
            case For():
                inner = _same_state(node.body, state, UNKNOWN, UNKNOWN, node.position)
                otherwise = _same_state(node.otherwise, state, before, next_text, node.position)
                result.append(replace(node, body=inner, otherwise=otherwise))
                before = UNKNOWN
    return tuple(result), state


def _checked_if(node: If, state: State, before: str, after: str) -> If:
    branches = tuple(
        Branch(branch.condition, _same_state(branch.body, state, before, after, node.position))
        for branch in node.branches
    )
    return If(branches, _same_state(node.otherwise, state, before, after, node.position), node.position)


def _same_state(body: Body, state: State, before: str, after: str, position: SourcePosition) -> Body:
    checked, end = _walk(body, state, before, after)
    if end != state:
        raise TemplateSyntaxError(
            "In CSS a quote, comment or url() must be closed in the block that opens it.", position
        )
    return checked


def _scan(text: str, state: State) -> State:
    """The state after literal CSS text."""
    at = 0
    while True:
        if state == "value":
            step = VALUE_STEP.search(text, at)
            if step is None:
                return state
            at = step.end()
            state = entered(step.group())
        else:
            leave = LEAVE[state].match(text, at)
            if leave is None:
                return state
            at = leave.end()
            state = "value"


def entered(step: str) -> State:
    """The state that a match of VALUE_STEP leads to."""
    if step == '"' or step == "'":
        return "'" if step == "'" else '"'
    if step == "/*":
        return "comment"
    return "value" if step.startswith("\\") else "url"


def _checked_output(node: Output, state: State, before: str, after: str) -> Output:
    if state == "comment":
        return replace(node, render=lambda scope: "")
    if state != "value":
        return replace(node, render=_escaping(node))
    return replace(node, render=_checking(node, _demand(before, after, node.position)))


def _demand(before: str, after: str, position: SourcePosition) -> _Demand:
    prefix_match, suffix_match = _PREFIX.search(before), _SUFFIX.match(after)
    prefix = prefix_match.group() if prefix_match else ""
    suffix = suffix_match.group() if suffix_match else ""
    if prefix == UNKNOWN or suffix == UNKNOWN:
        return _JOINED
    if suffix.endswith("("):
        raise TemplateSyntaxError("In CSS a function's name cannot come from an expression.", position)
    if prefix.endswith(("\\", "@")):
        raise TemplateSyntaxError(f"In CSS no expression can follow {prefix[-1]!r}.", position)
    if not suffix and not prefix:
        return _ANY
    if not suffix and prefix in ("+", "-"):
        return _Demand(_UNSIGNED_WITH_UNIT, f"a number, because {prefix!r} stands before it")
    if suffix and (suffix[0] == "%" or suffix[0].isalpha()) and prefix in ("", "+", "-"):
        pattern = _UNSIGNED if prefix else _NUMBER
        return _Demand(pattern, f"a number, because {suffix!r} follows")
    touched = repr(prefix + "…" + suffix)
    return _Demand(_NAME_PART, f"letters, digits and hyphens, because it is a part of {touched}")


def _escaping(node: Output) -> RenderText:
    render = node.render

    def escape(scope: Scope) -> str:
        return substituted(_ESCAPED.sub(lambda match: f"\\{ord(match.group()):x} ", render(scope)), node)

    return escape


def _checking(node: Output, demand: _Demand) -> RenderText:
    render, pattern = node.render, demand.pattern

    def check(scope: Scope) -> str:
        text = render(scope)
        if pattern is None:
            if not text or _SIMPLE.fullmatch(text) or _is_single_value(text):
                return substituted(text, node)
        elif len(text) <= _MAX_VALUE and pattern.fullmatch(text):
            return substituted(text, node)
        raise _refusal(node, text, demand.expected)

    return check


def _refusal(node: Output, text: str, expected: str) -> ValuesError | ExpressionError:
    shown = text if len(text) <= 40 else text[:39] + "…"
    message = f"{shown!r} is no valid CSS value here"
    names = sorted(node.expression.names)
    if not names:
        return ExpressionError(f"{message}; expected {expected}.", node.position)
    error = ValuesError([ValueProblem(", ".join(names), message, expected, shown)])
    error.position = node.position
    return error


def _is_single_value(text: str) -> bool:
    """Whether a text is made of ordinary value tokens only, begins and ends with one, and fetches nothing."""
    if len(text) > _MAX_VALUE or "\\" in text:
        return False
    # What is still open at the end (a string, a function) swallows the semicolon instead of ending before it.
    *tokens, last = tinycss2.parse_component_value_list(text + ";")
    visible = [token for token in tokens if token.type != "whitespace"]
    if last != ";" or not visible or any(isinstance(end, ast.LiteralToken) for end in (visible[0], visible[-1])):
        return False
    return _all_harmless(tokens)


def _all_harmless(tokens: Iterable[ast.Node]) -> bool:
    pending = list(tokens)
    while pending:
        token = pending.pop()
        if isinstance(token, ast.FunctionBlock):
            if token.lower_name in _FETCHING:
                return False
            pending.extend(token.arguments)
        elif isinstance(token, ast.ParenthesesBlock):
            pending.extend(token.content)
        elif isinstance(token, ast.LiteralToken):
            if token.value not in (",", "/", "+", "-", "*"):
                return False
        elif not isinstance(token, _HARMLESS):
            return False
    return True


_HARMLESS = (
    ast.WhitespaceToken,
    ast.IdentToken,
    ast.NumberToken,
    ast.PercentageToken,
    ast.DimensionToken,
    ast.HashToken,
    ast.StringToken,
)
