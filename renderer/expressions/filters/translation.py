"""`t("key")`: texts of the template in the language of the locale, from its strings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from renderer.errors import ExpressionError
from renderer.expressions.filters.numbers import plural_text
from renderer.expressions.filters.registry import register, suggestion
from renderer.expressions.runtime.printing import to_text
from renderer.expressions.runtime.scope import Environment
from renderer.expressions.runtime.values import Value

_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


@register("Translation", 't("left", count=3)', name="t", aliases=["translate"], cost=10)
def translate(environment: Environment, value: str, **values: Value) -> str:
    """The template's text of that key in the locale's language: `t("sold_out")`, `t("left", count=3)`.

    `{name}` in the text stands for the value given by that name. A key may have plural forms (`one`, `other` …),
    chosen by the value called `count`, for which `#` stands.
    """
    text = environment.strings.get(value)
    if text is None:
        hint = suggestion(value, environment.strings)
        raise ExpressionError(f"The strings for the locale {environment.locale} have no key `{value}`.{hint}")
    if isinstance(text, Mapping):
        count = values.get("count")
        if not isinstance(count, int | Decimal) or isinstance(count, bool):
            raise ExpressionError(f'The key `{value}` has plural forms; give `count`, as in `t("{value}", count=3)`.')
        text = plural_text(environment, count, dict(text))

    def fill(place: re.Match[str]) -> str:
        if place[1] not in values:
            raise ExpressionError(f"The text `{value}` needs a value for `{{{place[1]}}}`.")
        return to_text(values[place[1]])

    return _PLACE.sub(fill, text)
