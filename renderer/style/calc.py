"""Math functions: calc(), min(), max(), clamp(), round() … (CSS Values 4 section 10).

A parsed expression knows its type and evaluates to a number, or to a length that may still depend on a percentage.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from renderer.style.deferred import Context
from renderer.style.tokens import (
    Function,
    InvalidValueError,
    Token,
    UnsupportedValueError,
    content_of,
    finite,
    serialize,
    too_deep,
)
from renderer.style.units import ABSOLUTE, ANGLES, RELATIVE, TIMES
from renderer.style.values import Calculation, LengthPercentage, Percentage

Kind = Literal["number", "length", "percentage", "mixed", "angle", "time"]
Evaluate = Callable[[Context | None], LengthPercentage]

Build = Callable[[Sequence[Token], Mapping[str, float]], "Term"]
FUNCTIONS: dict[str, Build] = {}
"""Grammars of the math functions by name; renderer.style.math_functions fills it, since each refers to the other."""

CONSTANTS = {"e": math.e, "pi": math.pi, "infinity": math.inf, "-infinity": -math.inf, "nan": math.nan}


@dataclass(frozen=True, slots=True)
class Term:
    """A typed part of an expression. Lengths are in px, angles in degrees, times in seconds.

    `relative`: it can only be evaluated with a context.
    """

    kind: Kind
    evaluate: Evaluate
    relative: bool = False


def constant(kind: Kind, value: LengthPercentage) -> Term:
    """A term that is the same everywhere."""
    return Term(kind, lambda _: value)


def add(first: LengthPercentage, second: LengthPercentage) -> LengthPercentage:
    """Sum in the simplest form."""
    if isinstance(first, float) and isinstance(second, float):
        return first + second
    if isinstance(first, Percentage) and isinstance(second, Percentage):
        return Percentage(first.fraction + second.fraction)
    length, fraction, others = 0.0, 0.0, []
    for term in (*_summands(first), *_summands(second)):
        match term:
            case Percentage(part):
                fraction += part
            case float():
                length += term
            case _:
                others.append(term)
    return Calculation("sum", (length, Percentage(fraction), *others))


def _summands(value: LengthPercentage) -> tuple[LengthPercentage, ...]:
    return value.terms if isinstance(value, Calculation) and value.operator == "sum" else (value,)


def scale(value: LengthPercentage, factor: float) -> LengthPercentage:
    """Product with a number."""
    match value:
        case float():
            return value * factor
        case Percentage(fraction):
            return Percentage(fraction * factor)
        case Calculation("sum", terms):
            return Calculation("sum", tuple(scale(term, factor) for term in terms))
        case _:
            return Calculation("product", (value,), factor)


def smallest(values: Sequence[LengthPercentage]) -> LengthPercentage:
    """min()."""
    numbers = [value for value in values if isinstance(value, float)]
    if len(numbers) == len(values):
        return math.nan if any(map(math.isnan, numbers)) else min(numbers)
    return Calculation("min", tuple(values))


def largest(values: Sequence[LengthPercentage]) -> LengthPercentage:
    """max()."""
    numbers = [value for value in values if isinstance(value, float)]
    if len(numbers) == len(values):
        return math.nan if any(map(math.isnan, numbers)) else max(numbers)
    return Calculation("max", tuple(values))


def between(low: LengthPercentage, value: LengthPercentage, high: LengthPercentage) -> LengthPercentage:
    """clamp()."""
    if isinstance(low, float) and isinstance(value, float) and isinstance(high, float):
        return largest((low, smallest((value, high))))
    return Calculation("clamp", (low, value, high))


def finite_length(value: LengthPercentage, largest_length: float) -> LengthPercentage:
    """The value with every number in it finite."""
    match value:
        case float():
            return finite(value, largest_length)
        case Percentage(fraction):
            return Percentage(finite(fraction, largest_length))
        case Calculation(operator, terms, factor):
            inner = tuple(finite_length(term, largest_length) for term in terms)
            return Calculation(operator, inner, finite(factor, largest_length))


@dataclass(slots=True)
class MathParser:
    """Recursive descent over raw tokens: white space around `+` and `-` is part of the grammar."""

    tokens: Sequence[Token]
    variables: Mapping[str, float] = field(default_factory=dict)
    at: int = 0

    def parse_all(self) -> Term:
        """The whole sequence as one sum."""
        term = self.parse_sum()
        self.skip_space()
        if self.at < len(self.tokens):
            raise InvalidValueError(f"“{serialize([self.tokens[self.at]])}” was not expected in a calculation")
        return term

    def skip_space(self) -> bool:
        """Skip white space; whether there was any."""
        start = self.at
        while self.at < len(self.tokens) and self.tokens[self.at].type in ("whitespace", "comment"):
            self.at += 1
        return self.at > start

    def take(self, operators: str) -> str:
        """Read one of the operators, or return an empty string."""
        if self.at >= len(self.tokens):
            return ""
        token = self.tokens[self.at]
        if token.type == "literal" and token.value in operators:  # type: ignore[attr-defined]
            self.at += 1
            return str(token.value)  # type: ignore[attr-defined]
        return ""

    def parse_sum(self) -> Term:
        """<calc-sum>."""
        term = self.parse_product()
        while True:
            mark = self.at
            spaced = self.skip_space()
            operator = self.take("+-")
            if not operator:
                self.at = mark
                return term
            if not spaced or not self.skip_space():
                raise InvalidValueError(f"“{operator}” needs white space on both sides")
            term = _sum(term, self.parse_product(), -1.0 if operator == "-" else 1.0)

    def parse_product(self) -> Term:
        """<calc-product>."""
        term = self.parse_value()
        while True:
            mark = self.at
            self.skip_space()
            operator = self.take("*/")
            if not operator:
                self.at = mark
                return term
            other = self.parse_value()
            term = _product(term, other) if operator == "*" else _quotient(term, other)

    def parse_value(self) -> Term:
        """<calc-value>."""
        self.skip_space()
        if self.at >= len(self.tokens):
            raise InvalidValueError("a calculation ends too early")
        token = self.tokens[self.at]
        self.at += 1
        match token.type:
            case "() block":
                return MathParser(content_of(token) or (), self.variables).parse_all()
            case "function":
                return parse_function(token, self.variables)  # type: ignore[arg-type]
            case "ident":
                return self.named(token.lower_value)  # type: ignore[attr-defined]
            case "number" | "percentage" | "dimension":
                return leaf(token)
        raise InvalidValueError(f"“{serialize([token])}” is no number")

    def named(self, name: str) -> Term:
        """A constant, or a channel of a relative colour."""
        if name in self.variables:
            return constant("number", self.variables[name])
        if name in CONSTANTS:
            return constant("number", CONSTANTS[name])
        raise InvalidValueError(f"“{name}” is no number")


def leaf(token: Token) -> Term:
    """A literal number, percentage or dimension."""
    value: float = token.value  # type: ignore[attr-defined]
    if token.type == "number":
        return constant("number", value)
    if token.type == "percentage":
        return constant("percentage", Percentage(value / 100))
    unit: str = token.lower_unit  # type: ignore[attr-defined]
    if unit in ABSOLUTE:
        return constant("length", value * ABSOLUTE[unit])
    if unit in RELATIVE:
        px = RELATIVE[unit]

        def evaluate(context: Context | None) -> float:
            if context is None:
                raise InvalidValueError(f"“{unit}” cannot be used here")
            return value * px(context)

        return Term("length", evaluate, relative=True)
    if unit in ANGLES:
        return constant("angle", value * ANGLES[unit])
    if unit in TIMES:
        return constant("time", value * TIMES[unit])
    raise InvalidValueError(f"“{unit}” is no known unit")


def parse_function(function: Function, variables: Mapping[str, float] | None = None) -> Term:
    """A math function; raises InvalidValueError if it is none or its types do not fit."""
    build = FUNCTIONS.get(function.lower_name)
    if build is None:
        raise InvalidValueError(f"“{function.lower_name}()” is no math function")
    if too_deep(function.arguments):
        raise InvalidValueError("the calculation is nested too deeply")
    return build(function.arguments, variables or {})


def unify(terms: Sequence[Term]) -> Kind:
    """The common type of terms that are added or compared."""
    kinds = {term.kind for term in terms}
    if len(kinds) == 1:
        return kinds.pop()
    if kinds <= {"length", "percentage", "mixed"}:
        return "mixed"
    raise InvalidValueError(f"a calculation mixes {' and '.join(sorted(kinds))}")


def _sum(first: Term, second: Term, sign: float) -> Term:
    kind = unify((first, second))
    return join(kind, lambda a, b: add(a, scale(b, sign)), first, second)


def _product(first: Term, second: Term) -> Term:
    if first.kind != "number":
        first, second = second, first
    if first.kind != "number":
        raise InvalidValueError("only one factor of a product may have a unit")
    return join(second.kind, lambda factor, value: scale(value, as_float(factor)), first, second)


def _quotient(first: Term, second: Term) -> Term:
    if second.kind == first.kind and first.kind in ("length", "angle", "time"):
        return join("number", lambda a, b: divide(as_float(a), as_float(b)), first, second)
    if second.kind != "number":
        raise InvalidValueError(f"cannot divide {first.kind} by {second.kind}")
    return join(first.kind, lambda value, by: scale(value, divide(1.0, as_float(by))), first, second)


def divide(value: float, by: float) -> float:
    """Division by zero as IEEE 754 has it."""
    if by:
        return value / by
    if not value or math.isnan(value):
        return math.nan
    return math.copysign(math.inf, value) * math.copysign(1.0, by)


def as_float(value: LengthPercentage) -> float:
    """The value of a term that cannot be a percentage."""
    if not isinstance(value, float):
        raise UnsupportedValueError("this calculation cannot take percentages")
    return value


def join(kind: Kind, build: Callable[..., LengthPercentage], *terms: Term) -> Term:
    """A term computed from others; folded at once if all of them are constant."""

    def evaluate(context: Context | None) -> LengthPercentage:
        values = [term.evaluate(context) for term in terms]
        try:
            return build(*values)
        except (ArithmeticError, ValueError):
            return math.nan

    if any(term.relative for term in terms):
        return Term(kind, evaluate, relative=True)
    return constant(kind, evaluate(None))
