"""The math functions beside plain sums and products (CSS Values 4 sections 10.2 to 10.7)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from renderer.style.calc import (
    FUNCTIONS,
    Build,
    Kind,
    MathParser,
    Term,
    as_float,
    between,
    constant,
    divide,
    join,
    largest,
    scale,
    smallest,
    unify,
)
from renderer.style.tokens import InvalidValueError, Token
from renderer.style.values import LengthPercentage

Variables = Mapping[str, float]
ROUNDING = ("nearest", "up", "down", "to-zero")


def _split(tokens: Sequence[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":  # type: ignore[attr-defined]
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _terms(tokens: Sequence[Token], variables: Variables, counts: Sequence[int] = ()) -> list[Term]:
    parts = _split(tokens)
    if counts and len(parts) not in counts:
        raise InvalidValueError(f"a math function takes {' or '.join(map(str, counts))} arguments, not {len(parts)}")
    return [MathParser(part, variables).parse_all() for part in parts]


def _calc(tokens: Sequence[Token], variables: Variables) -> Term:
    return MathParser(tokens, variables).parse_all()


def _minimum(tokens: Sequence[Token], variables: Variables) -> Term:
    terms = _terms(tokens, variables)
    return join(unify(terms), lambda *values: smallest(values), *terms)


def _maximum(tokens: Sequence[Token], variables: Variables) -> Term:
    terms = _terms(tokens, variables)
    return join(unify(terms), lambda *values: largest(values), *terms)


def _is_none(tokens: Sequence[Token]) -> bool:
    words = [token for token in tokens if token.type != "whitespace"]
    return len(words) == 1 and words[0].type == "ident" and words[0].lower_value == "none"  # type: ignore[attr-defined]


def _clamp(tokens: Sequence[Token], variables: Variables) -> Term:
    parts = _split(tokens)
    if len(parts) != 3:
        raise InvalidValueError(f"clamp() takes 3 arguments, not {len(parts)}")
    low, value, high = (None if _is_none(part) else MathParser(part, variables).parse_all() for part in parts)
    if value is None:
        raise InvalidValueError("the middle argument of clamp() cannot be none")
    if low is None and high is None:
        return value
    if low is None and high is not None:
        return join(unify((value, high)), lambda *values: smallest(values), value, high)
    if low is not None and high is None:
        return join(unify((low, value)), lambda *values: largest(values), low, value)
    bounds = [term for term in (low, value, high) if term is not None]
    return join(unify(bounds), between, *bounds)


def _round_to(strategy: str, value: float, step: float) -> float:
    if step == 0 or math.isnan(step) or math.isnan(value) or math.isinf(value):
        return value if math.isinf(value) and step else math.nan
    if math.isinf(step):
        return 0.0
    step = abs(step)
    lower = math.floor(value / step) * step
    match strategy:
        case "up":
            return lower if lower == value else lower + step
        case "down":
            return lower
        case "to-zero":
            return lower if value >= 0 or lower == value else lower + step
        case _:
            return lower if value - lower < step / 2 else lower + step


def _round(tokens: Sequence[Token], variables: Variables) -> Term:
    parts = _split(tokens)
    strategy = "nearest"
    words = [token for token in parts[0] if token.type != "whitespace"]
    if len(words) == 1 and words[0].type == "ident" and words[0].lower_value in ROUNDING:  # type: ignore[attr-defined]
        strategy = words[0].lower_value  # type: ignore[attr-defined]
        parts = parts[1:]
    terms = [MathParser(part, variables).parse_all() for part in parts]
    if len(terms) == 1 and terms[0].kind == "number":
        terms.append(constant("number", 1.0))
    if len(terms) != 2:
        raise InvalidValueError("round() takes a value and a step")
    return join(unify(terms), lambda a, b: _round_to(strategy, as_float(a), as_float(b)), *terms)


def _modulo(value: float, by: float) -> float:
    if by == 0 or math.isinf(value) or math.isnan(value) or math.isnan(by):
        return math.nan
    return value % by if math.isfinite(by) else (value if (value < 0) == (by < 0) else math.nan)


def _remainder(value: float, by: float) -> float:
    if by == 0 or math.isinf(value) or math.isnan(value) or math.isnan(by):
        return math.nan
    return math.fmod(value, by)


def _floats(operation: Callable[..., float], counts: Sequence[int], result: Kind | None = None) -> Build:
    """A function of plain numbers or of dimensions of one type."""

    def build(tokens: Sequence[Token], variables: Variables) -> Term:
        terms = _terms(tokens, variables, counts)
        kind = unify(terms)
        return join(result or kind, lambda *values: operation(*map(as_float, values)), *terms)

    return build


def _numbers(operation: Callable[..., float], counts: Sequence[int], result: Kind = "number") -> Build:
    """A function that takes numbers only; a domain error is NaN."""

    def guarded(*values: LengthPercentage) -> float:
        try:
            return float(operation(*map(as_float, values)))
        except (ValueError, OverflowError):
            return math.nan

    def build(tokens: Sequence[Token], variables: Variables) -> Term:
        terms = _terms(tokens, variables, counts)
        if unify(terms) != "number":
            raise InvalidValueError("this function takes numbers only")
        return join(result, guarded, *terms)

    return build


def _trigonometric(operation: Callable[[float], float]) -> Build:
    def evaluate(kind: Kind, value: LengthPercentage) -> float:
        angle = as_float(value)
        if math.isinf(angle) or math.isnan(angle):
            return math.nan
        return operation(math.radians(angle) if kind == "angle" else angle)

    def build(tokens: Sequence[Token], variables: Variables) -> Term:
        (term,) = _terms(tokens, variables, (1,))
        if term.kind not in ("number", "angle"):
            raise InvalidValueError("this function takes an angle or a number")
        return join("number", lambda value: evaluate(term.kind, value), term)

    return build


def _absolute(tokens: Sequence[Token], variables: Variables) -> Term:
    (term,) = _terms(tokens, variables, (1,))
    return join(
        term.kind,
        lambda value: abs(value) if isinstance(value, float) else largest((value, scale(value, -1.0))),
        term,
    )


def _sign(value: float) -> float:
    return math.nan if math.isnan(value) else float((value > 0) - (value < 0))


def _logarithm(value: float, base: float = math.e) -> float:
    return -math.inf if value == 0 else divide(math.log(value), math.log(base))


FUNCTIONS |= {
    "calc": _calc,
    "-webkit-calc": _calc,
    "min": _minimum,
    "max": _maximum,
    "clamp": _clamp,
    "round": _round,
    "mod": _floats(_modulo, (2,)),
    "rem": _floats(_remainder, (2,)),
    "abs": _absolute,
    "sign": _floats(_sign, (1,), "number"),
    "sin": _trigonometric(math.sin),
    "cos": _trigonometric(math.cos),
    "tan": _trigonometric(math.tan),
    "asin": _numbers(lambda value: math.degrees(math.asin(value)), (1,), "angle"),
    "acos": _numbers(lambda value: math.degrees(math.acos(value)), (1,), "angle"),
    "atan": _numbers(lambda value: math.degrees(math.atan(value)), (1,), "angle"),
    "atan2": _floats(lambda y, x: math.degrees(math.atan2(y, x)), (2,), "angle"),
    "pow": _numbers(math.pow, (2,)),
    "sqrt": _numbers(math.sqrt, (1,)),
    "hypot": _floats(math.hypot, ()),
    "log": _numbers(_logarithm, (1, 2)),
    "exp": _numbers(math.exp, (1,)),
}
