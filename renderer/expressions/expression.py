"""The face of the expression language: compile once, evaluate often."""

from __future__ import annotations

from renderer.errors import ExpressionError, LimitError, SourcePosition
from renderer.expressions.compiler import Evaluator, compile_node
from renderer.expressions.lexer import Source, find_tag_end
from renderer.expressions.nodes import Filter, Node, free_names, walk
from renderer.expressions.parser import parse
from renderer.expressions.runtime.printing import to_text
from renderer.expressions.runtime.scope import STEPS, Environment, Scope
from renderer.expressions.runtime.values import Value
from renderer.limits import DEFAULT_LIMITS, Limits

_CLOCK_FILTERS = frozenset({"relative"})


class Expression:
    """A compiled expression.

    `names` are the variables it reads (not `now`, and not parameters of its own functions); `uses_now` says whether
    its value can change with the time.
    """

    __slots__ = ("_evaluate", "_limit", "names", "node", "position", "source", "uses_now")

    def __init__(self, node: Node, evaluate: Evaluator, source: Source, limits: Limits) -> None:
        self.node = node
        self.source = source.text
        self.position = source.start
        read = free_names(node)
        self.names = read - {"now"}
        self.uses_now = "now" in read or any(isinstance(n, Filter) and n.name in _CLOCK_FILTERS for n in walk(node))
        self._evaluate = evaluate
        self._limit = limits.expression_output

    def evaluate(self, scope: Scope) -> Value:
        """The expression's value. Raises ExpressionError or LimitError with the place of what failed."""
        scope.meter.left = STEPS
        try:
            return self._evaluate(scope)
        except (ArithmeticError, RecursionError, MemoryError) as error:
            raise ExpressionError(
                f"The expression cannot be computed ({type(error).__name__}).", self.position
            ) from None

    def render(self, scope: Scope) -> str:
        """The value as text: null prints nothing, numbers plainly, lists and objects as JSON."""
        value = self.evaluate(scope)
        try:
            text = value if type(value) is str else to_text(value)
        except LimitError as error:
            error.position = self.position
            raise
        except RecursionError:
            raise LimitError("The value is nested too deeply to be printed.", self.position) from None
        if len(text) > self._limit:
            raise LimitError(f"The expression prints more than {self._limit} characters.", self.position)
        return text

    def __repr__(self) -> str:
        return f"<Expression {self.source!r}>"


def compile_expression(source: str, position: SourcePosition, *, limits: Limits = DEFAULT_LIMITS) -> Expression:
    """Compile an expression whose first character stands at `position`. Raises TemplateSyntaxError."""
    return compile_parsed(Source(source, position), parse(Source(source, position), limits), limits)


def compile_parsed(source: Source, node: Node, limits: Limits, start: int = 0) -> Expression:
    """Compile a tree that was read from `source`, `start` characters from its beginning."""
    own = Source(source.text[start:], source.position(start))
    return Expression(node, compile_node(node, source), own, limits)


def evaluate_text(text: str, values: dict[str, Value], environment: Environment, *, file: str = "expression") -> str:
    """Print a text with every `{{ … }}` in it evaluated; block tags are not known here. Raises RendererError."""
    scope = Scope(values, environment)
    parts: list[str] = []
    at = 0
    while (start := text.find("{{", at)) >= 0:
        where = Source(text, SourcePosition(file, 1, 1))
        end = find_tag_end(text, start + 2)
        if end < 0:
            raise where.error("This `{{` has no closing `}}`.", start)
        parts.append(text[at:start])
        parts.append(compile_expression(text[start + 2 : end], where.position(start + 2)).render(scope))
        at = end + 2
    return "".join(parts) + text[at:]
