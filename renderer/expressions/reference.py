"""Writes docs/expressions.md: `python -m renderer.expressions.reference > docs/expressions.md`.

Operators come from the precedence table, filters from the registry; every example is evaluated here, so that the page
cannot say what the code does not do.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from renderer.errors import SourcePosition
from renderer.expressions import grammar
from renderer.expressions.expression import compile_expression
from renderer.expressions.filters import FILTERS
from renderer.expressions.filters.registry import FilterDefinition
from renderer.expressions.runtime.scope import Environment, Scope

GROUPS = ("Text", "Numbers", "Dates", "Lists", "Colours", "Translation", "Any value")

_EXAMPLE_SURROUNDINGS = Environment(
    now=datetime(2026, 3, 5, 17, 7, tzinfo=UTC),
    strings={"left": {"one": "# seat left", "other": "# seats left"}},
)

_INTRODUCTION = """\
# Expressions

<!-- Written by `python -m renderer.expressions.reference`; change the code, not this page. -->

`{{ price * 0.9 | currency }}` prints `$44.10` when `price` is 49: a filter applies to everything on its left.

## Values

| value | written | counts as false |
|---|---|---|
| null | `null`; also every variable, key or item that is not there | always |
| boolean | `true`, `false` | `false` |
| number | `49`, `0.5`, `1e3`; decimal, so `0.1 + 0.2` is `0.3` | `0` |
| text | `"…"` or `'…'`, with `\\b \\f \\n \\r \\t \\\\ \\" \\' \\/ \\uXXXX \\u{X…}` | `""` |
| list | `[1, "a"]` | `[]` |
| object | `{name: "Ada", "full name": "Ada Lovelace"}` | `{}` |
| date, date and time | from variables, `now`, or ISO 8601 text where a date is needed | never |
| duration | the difference of two dates | the empty one |

**Printing.** Null prints nothing, booleans `true` and `false`, numbers plainly (no grouping, no exponent between
1e-6 and 1e21, fractions to 15 significant digits), lists and objects as JSON, dates as ISO 8601.

**Missing.** `a.b[0].c` is null as soon as one part is not there. Arithmetic with null is null; filters pass null
through unless they say otherwise. So `{{ price * 0.9 | currency }}` without a price prints nothing.

**Members.** `.key` of objects, `.length` of lists and texts, `.year .month .day .hour .minute .second` of dates (in
the template's time zone). Values have no other members, whatever their name.

## Operators

Tightest first; rows group from the left unless they say otherwise.

| operators | meaning |
|---|---|
"""

_RULES = """
**Arithmetic** takes numbers, and text that spells one in plain notation (`"49" * 2` is `98`); anything else is an
error. `+` joins as soon as one side is text (`"49" + 2` is `"492"`), and joins two lists. Results keep 24
significant digits (quotients 28, so that `10 / 3 * 3` is 10) and stay below 1e309; dividing by zero is an error.
`date - date` is a duration, `date + duration` a date.

**Comparison.** Numbers compare by value, text by code point, dates by moment. Text beside a number is read as a
number, text beside a date as an ISO 8601 date, if it spells one. Otherwise values of different types are unequal,
and asking for their order is an error. Null equals null only, and is neither smaller nor larger than anything.
Lists and objects are equal if all their items are.

**`in`** looks for an item in a list, a key in an object, a part in a text.

**`and`, `or`** give one of their sides, as in JavaScript, and evaluate the right one only if needed.

**Functions.** Every filter can be called as a function, its value first: `max(a, b)` is `a | max(b)`. A function of
your own, `x => x.price * x.count`, can be given to the list filters that take a `by`.

**`now`** is the time of the render, rounded down to the template's `ttl`.

**Bounds.** 20,000 characters of source, 64 levels of nesting, 250 operations, 100,000 characters of output, 10,000
items in a list, and a fixed amount of work in all; what is more is an error that names the place.

## Filters
"""


def reference() -> str:
    """The reference page as Markdown."""
    rows = [_row(forms, meaning) for _, forms, meaning in grammar.LADDER]
    definitions = sorted({definition.name: definition for definition in FILTERS.values()}.values(), key=_name)
    sections = [_section(group, [d for d in definitions if d.group == group]) for group in GROUPS]
    return _INTRODUCTION + "\n".join(rows) + "\n" + _RULES + "\n".join(sections)


def _row(forms: tuple[str, ...], meaning: str) -> str:
    # A table cell ends at a bar even inside code.
    spellings = " ".join(_code(form) for form in forms).replace("|", "\\|")
    return f"| {spellings} | {meaning} |"


def _name(definition: FilterDefinition) -> str:
    return definition.name


def _section(group: str, definitions: list[FilterDefinition]) -> str:
    return f"\n### {group}\n" + "".join(_entry(definition) for definition in definitions)


def _entry(definition: FilterDefinition) -> str:
    aliases = f" (also {', '.join(_code(alias) for alias in definition.aliases)})" if definition.aliases else ""
    null = " Takes null as well." if definition.accepts_null else ""
    shown = _evaluate(definition.example)
    return (
        f"\n**{_code(definition.signature)}**{aliases} — {definition.summary}\n"
        f"Works on {definition.subject.label}.{null} Example: {_code(definition.example)} → {_code(shown)}\n"
    )


def _evaluate(example: str) -> str:
    expression = compile_expression(example, SourcePosition("reference", 1, 1))
    return expression.render(Scope({}, _EXAMPLE_SURROUNDINGS))


def _code(text: str) -> str:
    """Inline code."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


if __name__ == "__main__":
    sys.stdout.write(reference())
