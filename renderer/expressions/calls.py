"""Compiles the application of a filter: its name and arguments are matched once, values are converted at each call."""

from __future__ import annotations

from collections.abc import Callable

from renderer.errors import ExpressionError, LimitError, RendererError, SourcePosition, TemplateSyntaxError
from renderer.expressions.filters import FILTERS
from renderer.expressions.filters.conversion import Converter, MismatchError, Selector
from renderer.expressions.filters.registry import FilterDefinition, suggestion
from renderer.expressions.lexer import Source
from renderer.expressions.nodes import Filter, Lambda, Literal, Node, walk
from renderer.expressions.runtime.operators import MAX_LIST
from renderer.expressions.runtime.printing import MAX_TEXT
from renderer.expressions.runtime.scope import Environment, Scope, text_steps
from renderer.expressions.runtime.values import Value, describe

Evaluator = Callable[[Scope], Value]
NodeCompiler = Callable[[Node, Source], Evaluator]
Argument = Callable[[Scope], object]


def compile_filter(node: Filter, source: Source, compile_node: NodeCompiler) -> Evaluator:
    """The closure that applies a filter. Raises TemplateSyntaxError if name or arguments don't fit."""
    definition = FILTERS.get(node.name)
    if definition is None:
        raise source.error(
            f"There is no filter or function called `{node.name}`.{suggestion(node.name, FILTERS)}", node.offset
        )
    arguments, keywords = _Arguments(node, definition, source, compile_node).bind()
    value = compile_node(node.value, source)
    return _application(node.name, definition, value, arguments, keywords, source.position(node.offset))


def _application(
    name: str,
    definition: FilterDefinition,
    value: Evaluator,
    arguments: list[Argument],
    keywords: dict[str, Argument],
    position: SourcePosition,
) -> Evaluator:
    function, subject, cost = definition.function, definition.subject, definition.cost
    convert, accepts_null, context = subject.convert, definition.accepts_null, definition.context

    def apply(scope: Scope) -> Value:
        left = value(scope)
        if left is None and not accepts_null:
            return None
        environment = scope.environment
        try:
            scope.meter.charge(cost + _size(left))
            prefix = () if context is None else (environment,) if context == "environment" else (scope,)
            named = {name: argument(scope) for name, argument in keywords.items()} if keywords else {}
            converted = convert(left, environment)
            return _bounded(function(*prefix, converted, *[argument(scope) for argument in arguments], **named))
        except MismatchError:
            message = f"The filter `{name}` needs {subject.label}, but got {describe(left)}."
            raise ExpressionError(message, position) from None
        except RendererError as error:
            error.position = error.position or position
            raise

    return apply


def _size(value: Value) -> int:
    """Steps that looking at all of a value takes."""
    if isinstance(value, str):
        return text_steps(value)
    return len(value) if isinstance(value, list) else 0


def _bounded(result: Value) -> Value:
    if isinstance(result, str) and len(result) > MAX_TEXT:
        raise LimitError(f"The result is longer than {MAX_TEXT} characters.")
    if isinstance(result, list) and len(result) > MAX_LIST:
        raise LimitError(f"The result has more than {MAX_LIST} items.")
    return result


class _Arguments:
    """Matches the arguments of one application with the parameters of its filter."""

    def __init__(self, node: Filter, definition: FilterDefinition, source: Source, compile_node: NodeCompiler) -> None:
        self._node = node
        self._definition = definition
        self._source = source
        self._compile_node = compile_node

    def bind(self) -> tuple[list[Argument], dict[str, Argument]]:
        """Arguments in the order of the function's parameters, and those it takes by name besides."""
        definition, given = self._definition, dict(self._node.keywords)
        positional: list[Argument] = []
        for number, parameter in enumerate(definition.parameters):
            argument: Node | None = given.pop(parameter.name, None)
            if number < len(self._node.arguments):
                if argument is not None:
                    raise self._error(f"The argument `{parameter.name}` of `{definition.name}` is given twice.")
                argument = self._node.arguments[number]
            if argument is not None:
                positional.append(self._argument(argument, parameter.converter, parameter.name))
            elif parameter.required:
                raise self._error(f"`{definition.name}` needs the argument `{parameter.name}`: {definition.signature}.")
            else:
                positional.append(_constant(parameter.default))
        positional += self._surplus(self._node.arguments[len(definition.parameters) :])
        return positional, self._named(given)

    def _surplus(self, arguments: tuple[Node, ...]) -> list[Argument]:
        converter = self._definition.more
        if converter is None and arguments:
            count = len(self._definition.parameters)
            raise self._error(
                f"`{self._definition.name}` takes {count or 'no'} argument{'' if count == 1 else 's'}, "
                f"but got {len(self._node.arguments)}: {self._definition.signature}."
            )
        return [self._argument(argument, converter, "") for argument in arguments] if converter else []

    def _named(self, given: dict[str, Node]) -> dict[str, Argument]:
        converter = self._definition.named
        if converter is None and given:
            name = next(iter(given))
            hint = suggestion(name, [parameter.name for parameter in self._definition.parameters])
            raise self._error(f"`{self._definition.name}` has no argument `{name}`.{hint}")
        return (
            {name: self._argument(argument, converter, name) for name, argument in given.items()} if converter else {}
        )

    def _argument(self, node: Node, converter: Converter, name: str) -> Argument:
        if isinstance(node, Lambda):
            return self._function(node, converter)
        position = self._source.position(node.offset)
        title = f"argument `{name}` of `{self._definition.name}`" if name else f"argument of `{self._definition.name}`"
        if isinstance(node, Literal):
            try:
                return _constant(_convert(converter, node.value, Environment(), title, position))
            except ExpressionError as error:
                raise TemplateSyntaxError(error.message, position) from None
        evaluate = self._compile_node(node, self._source)
        return lambda scope: _convert(converter, evaluate(scope), scope.environment, title, position)

    def _function(self, node: Lambda, converter: Converter) -> Argument:
        if not converter.accepts_function:
            raise self._source.error(
                f"`{self._definition.name}` takes no function here; expected {converter.label}.", node.offset
            )
        body = self._compile_node(node.body, self._source)
        steps = 1 + sum(1 for _ in walk(node.body)) // 3
        parameter = node.parameter

        def bind(scope: Scope) -> Selector:
            variables: dict[str, Value] = {}
            inner = scope.child(variables)

            def select(item: Value) -> Value:
                scope.meter.charge(steps)
                variables[parameter] = item
                return body(inner)

            return select

        return bind

    def _error(self, message: str) -> TemplateSyntaxError:
        return self._source.error(message, self._node.offset)


def _constant(value: object) -> Argument:
    return lambda scope: value


def _convert(
    converter: Converter, value: Value, environment: Environment, title: str, position: SourcePosition
) -> object:
    try:
        return converter.convert(value, environment)
    except MismatchError:
        raise ExpressionError(f"The {title} must be {converter.label}, but is {describe(value)}.", position) from None
