"""How properties are described, and the grammars that many of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from renderer.style.colors import take_color
from renderer.style.deferred import Context, collect
from renderer.style.lengths import take_length, take_length_percentage
from renderer.style.tokens import Cursor, InvalidValueError

Parse = Callable[[Cursor], object]
Compute = Callable[[object, Context], object]


class Wide(Enum):
    """CSS-wide keywords (CSS Cascade 5 section 7.3)."""

    INHERIT = "inherit"
    INITIAL = "initial"
    UNSET = "unset"
    REVERT = "revert"
    REVERT_LAYER = "revert-layer"


@dataclass(frozen=True, slots=True)
class Longhand:
    """A property. `field`: where its computed value goes in ComputedStyle; None for those that are merged with others.

    `parse` returns the computed or a deferred value. `initial` is the initial value.
    """

    name: str
    parse: Parse
    initial: object
    field: str | None = None
    inherited: bool = False


@dataclass(frozen=True, slots=True)
class Shorthand:
    """A property that sets others. `expand` gives a value for each of `longhands`."""

    name: str
    longhands: tuple[str, ...]
    expand: Callable[[Cursor], Mapping[str, object]]


def words(keywords: str) -> Parse:
    """A grammar of single keywords, given separated by spaces."""
    allowed = frozenset(keywords.split())

    def parse(cursor: Cursor) -> str:
        word = cursor.take_keyword(allowed)
        if word is None:
            raise InvalidValueError(f"expected {' | '.join(keywords.split())}")
        return word

    return parse


def needed(take: Callable[[Cursor], object | None], what: str) -> Parse:
    """A grammar that demands what `take` may find."""

    def parse(cursor: Cursor) -> object:
        value = take(cursor)
        if value is None:
            raise InvalidValueError(f"{what} was expected")
        return value

    return parse


def either(keywords: str, take: Callable[[Cursor], object | None], what: str) -> Parse:
    """A grammar of keywords or something else."""
    allowed = frozenset(keywords.split())
    rest = needed(take, f"{' | '.join(keywords.split())} | {what}")

    def parse(cursor: Cursor) -> object:
        word = cursor.take_keyword(allowed)
        return word if word is not None else rest(cursor)

    return parse


def comma_list(parse: Parse) -> Parse:
    """A comma-separated list of what `parse` reads, as a tuple."""

    def parse_list(cursor: Cursor) -> object:
        values = []
        for part in cursor.split():
            values.append(parse(part))
            part.expect_end()
        return collect(values)

    return parse_list


def positive_length(cursor: Cursor) -> object | None:
    """A length that is not negative."""
    return take_length(cursor, negative=False)


def positive_length_percentage(cursor: Cursor) -> object | None:
    """A length or percentage that is not negative."""
    return take_length_percentage(cursor, negative=False)


color = needed(take_color, "a colour")
length = needed(take_length, "a length")
length_percentage = needed(take_length_percentage, "a length or percentage")


def parse_fully(parse: Parse, cursor: Cursor) -> object:
    """Run a grammar and insist that nothing is left."""
    value = parse(cursor)
    cursor.expect_end()
    return value


def sides(parse: Parse, names: tuple[str, ...]) -> Callable[[Cursor], Mapping[str, object]]:
    """Expansion of one to four values to top, right, bottom, left; or of one or two to start and end."""

    def expand(cursor: Cursor) -> Mapping[str, object]:
        values = [parse(cursor)]
        while not cursor.done and len(values) < len(names):
            values.append(parse(cursor))
        if len(names) == 2:
            return {names[0]: values[0], names[1]: values[-1]}
        top = values[0]
        right = values[1] if len(values) > 1 else top
        bottom = values[2] if len(values) > 2 else top
        left = values[3] if len(values) > 3 else right
        return dict(zip(names, (top, right, bottom, left), strict=True))

    return expand


def any_order(cursor: Cursor, readers: Mapping[str, Callable[[Cursor], object | None]]) -> dict[str, object]:
    """Read components that may come in any order, each at most once (the `||` combinator)."""
    found: dict[str, object] = {}
    while not cursor.done:
        for name, take in readers.items():
            if name not in found and (value := take(cursor)) is not None:
                found[name] = value
                break
        else:
            cursor.expect_end()
    if not found:
        raise InvalidValueError("a value was expected")
    return found


def optional(parse: Parse) -> Callable[[Cursor], object | None]:
    """A grammar as something that may be absent."""

    def take(cursor: Cursor) -> object | None:
        mark = cursor.mark()
        try:
            return parse(cursor)
        except InvalidValueError:
            cursor.reset(mark)
            return None

    return take
