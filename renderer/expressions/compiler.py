"""Syntax tree → closures, once per template. Names of filters and their arguments are checked here."""

from __future__ import annotations

from collections.abc import Callable

from renderer.errors import ExpressionError, RendererError
from renderer.expressions.calls import compile_filter
from renderer.expressions.lexer import Source
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
from renderer.expressions.runtime.access import item, member
from renderer.expressions.runtime.operators import OPERATIONS, negative
from renderer.expressions.runtime.scope import Scope
from renderer.expressions.runtime.values import Value

Evaluator = Callable[[Scope], Value]


def compile_node(node: Node, source: Source) -> Evaluator:
    """The closure that evaluates a tree. Raises TemplateSyntaxError for filters that don't exist or don't fit."""
    match node:
        case Literal(value):
            return lambda scope: value
        case Name(name):
            return _now(source, node.offset) if name == "now" else _variable(name)
        case ListLiteral(items):
            evaluators = [compile_node(entry, source) for entry in items]
            return lambda scope: [evaluate(scope) for evaluate in evaluators]
        case ObjectLiteral(entries):
            pairs = [(key, compile_node(entry, source)) for key, entry in entries]
            return lambda scope: {key: evaluate(scope) for key, evaluate in pairs}
        case Member(target, name):
            return _member(compile_node(target, source), name)
        case Index(target, index):
            return _index(compile_node(target, source), compile_node(index, source))
        case Unary(operator, operand):
            return _unary(operator, compile_node(operand, source), source, node.offset)
        case Binary():
            return _binary(node, source)
        case Conditional(condition, yes, no):
            return _conditional(compile_node(condition, source), compile_node(yes, source), compile_node(no, source))
        case Filter():
            return compile_filter(node, source, compile_node)
        case Lambda():
            raise source.error("A function `x => …` can only be an argument of a list filter.", node.offset)


def _variable(name: str) -> Evaluator:
    def variable(scope: Scope) -> Value:
        current: Scope | None = scope
        while current is not None:
            if name in current.variables:
                return current.variables[name]
            current = current.parent
        return None

    return variable


def _now(source: Source, offset: int) -> Evaluator:
    position = source.position(offset)

    def now(scope: Scope) -> Value:
        moment = scope.environment.now
        if moment is None:
            raise ExpressionError("`now` is not known here: this render was given no time.", position)
        return moment

    return now


def _member(target: Evaluator, name: str) -> Evaluator:
    def get_member(scope: Scope) -> Value:
        value = target(scope)
        return value.get(name) if type(value) is dict else member(value, name, scope.environment)

    return get_member


def _index(target: Evaluator, index: Evaluator) -> Evaluator:
    return lambda scope: item(target(scope), index(scope))


def _conditional(condition: Evaluator, yes: Evaluator, no: Evaluator) -> Evaluator:
    return lambda scope: yes(scope) if condition(scope) else no(scope)


def _unary(operator: str, operand: Evaluator, source: Source, offset: int) -> Evaluator:
    if operator == "not":
        return lambda scope: not operand(scope)
    position = source.position(offset)

    def minus(scope: Scope) -> Value:
        value = operand(scope)
        try:
            return negative(value)
        except ExpressionError as error:
            error.position = error.position or position
            raise

    return minus


def _binary(node: Binary, source: Source) -> Evaluator:
    left, right = compile_node(node.left, source), compile_node(node.right, source)
    match node.operator:
        case "and":
            return lambda scope: right(scope) if (value := left(scope)) else value
        case "or":
            return lambda scope: value if (value := left(scope)) else right(scope)
        case "??":
            return lambda scope: right(scope) if (value := left(scope)) is None else value
    operation = OPERATIONS[node.operator]
    position = source.position(node.offset)

    def operate(scope: Scope) -> Value:
        first, second = left(scope), right(scope)
        try:
            return operation(first, second, scope)
        except RendererError as error:
            error.position = error.position or position
            raise

    return operate
