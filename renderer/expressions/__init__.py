"""The expression language of templates: `{{ price * 0.9 | currency }}`.

Source passes `lexer` → `parser` → `nodes` → `compiler`; `runtime` is what the closures compute with, `filters` the
functions behind `|`, `cldr` the data and patterns they format by. The language is described in docs/expressions.md.
"""

from renderer.expressions.cldr.locales import is_known_locale, text_direction
from renderer.expressions.expression import Expression, compile_expression, evaluate_text
from renderer.expressions.headers import compile_for, compile_let
from renderer.expressions.lexer import find_tag_end
from renderer.expressions.runtime.access import loop_items
from renderer.expressions.runtime.printing import to_text
from renderer.expressions.runtime.scope import Environment, Scope
from renderer.expressions.runtime.values import Value, from_json, normalize, truthy
from renderer.expressions.strings import strings_for
from renderer.expressions.unparse import unparse

__all__ = [
    "Environment",
    "Expression",
    "Scope",
    "Value",
    "compile_expression",
    "compile_for",
    "compile_let",
    "evaluate_text",
    "find_tag_end",
    "from_json",
    "is_known_locale",
    "loop_items",
    "normalize",
    "strings_for",
    "text_direction",
    "to_text",
    "truthy",
    "unparse",
]
