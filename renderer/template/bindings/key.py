"""Which of the pushed records of a binding a request shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from renderer.errors import ValueProblem, ValuesError
from renderer.expressions import Environment, Scope, Value
from renderer.limits import Limits
from renderer.template.analysis import Usage
from renderer.template.bindings.text import BindingText, refused
from renderer.template.nodes import Output
from renderer.template.source import SourceText

LONGEST_KEY = 200  # characters

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


class BindingKey:
    """The compiled key of a push binding."""

    def __init__(self, source: SourceText, limits: Limits) -> None:
        self._text = BindingText(source, "the key", limits, output=_checked)

    @property
    def usage(self) -> Usage:
        """What its expressions read."""
        return self._text.usage

    def render(self, values: Mapping[str, Value], environment: Environment) -> str:
        """The key for these values, 1 to 200 characters. Raises ValuesError that names the variables in it."""
        key = self._text.render(values, environment)
        if not key or len(key) > LONGEST_KEY:
            names = ", ".join(sorted(self.usage.names)) or "key"
            expected = f"1 to {LONGEST_KEY} characters that name the pushed data"
            raise ValuesError([ValueProblem(names, f"makes a key of {len(key)} characters", expected)])
        return key


def _checked(output: Output) -> Output:
    render = output.render

    def check(scope: Scope) -> str:
        text = render(scope)
        if _CONTROL.search(text):
            raise refused(output, "cannot name pushed data", "a text of one line", text)
        return text

    return replace(output, render=check)
