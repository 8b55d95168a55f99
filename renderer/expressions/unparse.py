"""Syntax tree → source text that parses back to an equal tree, with no parentheses but the needed ones."""

from __future__ import annotations

import json

from renderer.expressions import grammar
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


def unparse(node: Node) -> str:
    """Source text of a tree."""
    return _print(node, grammar.FILTER)


def _print(node: Node, least: int) -> str:
    text, precedence = _spell(node)
    return text if precedence >= least else f"({text})"


def _spell(node: Node) -> tuple[str, int]:
    """Source of a node and how tightly its outermost operator binds."""
    match node:
        case Literal(value):
            return _literal(value), grammar.POSTFIX
        case Name(name):
            return name, grammar.POSTFIX
        case ListLiteral(items):
            return f"[{', '.join(unparse(item) for item in items)}]", grammar.POSTFIX
        case ObjectLiteral(entries):
            return "{" + ", ".join(f"{_text(key)}: {unparse(item)}" for key, item in entries) + "}", grammar.POSTFIX
        case Member(target, name):
            return f"{_print(target, grammar.POSTFIX)}.{name}", grammar.POSTFIX
        case Index(target, index):
            return f"{_print(target, grammar.POSTFIX)}[{unparse(index)}]", grammar.POSTFIX
        case Unary(operator, operand):
            symbol = "-" if operator == "-" else "!"
            return symbol + _print(operand, grammar.UNARY), grammar.UNARY
        case Binary(operator, left, right):
            precedence = grammar.BINARY[operator].precedence
            tighter = precedence + (precedence == grammar.COMPARISON)
            return f"{_print(left, tighter)} {operator} {_print(right, precedence + 1)}", precedence
        case Conditional(condition, yes, no):
            choice = f"{unparse(yes)} : {_print(no, grammar.CONDITIONAL)}"
            return f"{_print(condition, grammar.NULLISH)} ? {choice}", grammar.CONDITIONAL
        case Lambda(parameter, body):
            return f"{parameter} => {unparse(body)}", grammar.FILTER
        case Filter():
            return _filter(node), grammar.FILTER


def _filter(node: Filter) -> str:
    arguments = [unparse(argument) for argument in node.arguments]
    arguments += [f"{name}={unparse(argument)}" for name, argument in node.keywords]
    brackets = f"({', '.join(arguments)})" if arguments else ""
    return f"{unparse(node.value)} | {node.name}{brackets}"


def _literal(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case _:
            return str(value)


def _text(text: str) -> str:
    return json.dumps(text)
