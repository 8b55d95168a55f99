"""The URL of a live binding: text with expressions, each percent-encoded for its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from renderer.document import Element
from renderer.errors import SourcePosition, TemplateSyntaxError, ValueProblem, ValuesError
from renderer.expressions import Environment, Scope, Value
from renderer.limits import Limits
from renderer.template.analysis import Usage
from renderer.template.blocks import read_text
from renderer.template.expansion import Expansion
from renderer.template.nodes import Literal, Output, map_text
from renderer.template.program import compile_text
from renderer.template.source import SourceText
from renderer.template.tokens import split_text

_ORIGIN = re.compile(r"https?://[^/?#\s@]+[/?]")


class BindingUrl:
    """A compiled binding URL; `usage` is what its expressions read."""

    def __init__(self, file: str, url: str, limits: Limits) -> None:
        source = SourceText(file, url)
        body = read_text(source, split_text(source), limits, "the URL", 0)
        fixed = isinstance(body[0], Literal) and (len(body) == 1 or _ORIGIN.match(body[0].text)) if body else False
        if not fixed:
            raise TemplateSyntaxError(
                "scheme and host must be plain text, as in https://api.example.com/{{ id }}.", source.position(0)
            )
        self.usage = Usage()
        self.usage.visit(body)
        self._limits = limits
        self._make = compile_text(map_text(body, str, _encoded))

    def render(self, values: Mapping[str, Value], environment: Environment) -> str:
        """The URL for these values. Raises ValuesError for a value that would leave its path segment."""
        scope = Scope(dict(values), environment)
        holder = Element("", {}, SourcePosition("", 1, 1), 0)
        return self._make(Expansion(scope, holder, self._limits))


def _encoded(output: Output) -> Output:
    render = output.render

    def encode(scope: Scope) -> str:
        text = render(scope)
        if text in (".", ".."):
            # Dots are never percent-encoded, so these would name another path.
            name = ", ".join(sorted(output.expression.names)) or "url"
            raise ValuesError([ValueProblem(name, "cannot be a part of a URL", "a name or number", text)])
        return quote(text, safe="")

    return replace(output, render=encode)
