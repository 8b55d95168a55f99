"""Header values of a live binding: text, values of variables, and secrets that are filled in where they are sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from renderer.errors import TemplateSyntaxError
from renderer.expressions import Environment, Scope, Value
from renderer.limits import Limits
from renderer.template.analysis import Usage
from renderer.template.bindings.secrets import secret_name
from renderer.template.bindings.text import BindingText, literals, refused
from renderer.template.nodes import Output
from renderer.template.source import SourceText

_FIELD_TEXT = re.compile(r"[ -~\xa0-\xff]*")  # RFC 9110, 5.5, without tabs
_WORD = re.compile(r"(?<!\S)env:(\S*)")
_STRAY = re.compile(r"\Senv:[A-Z_]")
_MARK = re.compile(r"\0([^\0]*)\0")


@dataclass(frozen=True, slots=True)
class Secret:
    """The name of an environment variable; its value is for the sender alone to look up."""

    name: str


@dataclass(frozen=True, slots=True)
class HeaderValue:
    """A header's value in parts: texts of latin-1 characters, and secrets by name."""

    parts: tuple[str | Secret, ...]


class BindingHeader:
    """A compiled header value. Raises TemplateSyntaxError for `env:` without a name or inside a word."""

    def __init__(self, source: SourceText, limits: Limits) -> None:
        self._text = BindingText(source, "the header", limits, output=_checked, literal=_marked)
        for literal in literals(self._text.body):
            if not _FIELD_TEXT.fullmatch(literal.text):
                raise TemplateSyntaxError("a header has one line of latin-1 characters.", literal.position)
            if _STRAY.search(literal.text):
                message = 'env:NAME must be a word of its own, as in "Bearer env:TOKEN".'
                raise TemplateSyntaxError(message, literal.position)
            for name in _WORD.findall(literal.text):
                secret_name(f"env:{name}", literal.position)

    @property
    def usage(self) -> Usage:
        """What its expressions read."""
        return self._text.usage

    def render(self, values: Mapping[str, Value], environment: Environment) -> HeaderValue:
        """The value in parts. Raises ValuesError for a value of a variable that cannot stand in a header."""
        pieces = _MARK.split(self._text.render(values, environment).strip(" "))
        parts = [Secret(piece) if index % 2 else piece for index, piece in enumerate(pieces)]
        return HeaderValue(tuple(part for part in parts if part))


def _marked(text: str) -> str:
    """The text with secrets between NULs, which neither a template nor a checked value can hold."""
    return _WORD.sub("\0\\1\0", text)


def _checked(output: Output) -> Output:
    render = output.render

    def check(scope: Scope) -> str:
        text = render(scope)
        if not _FIELD_TEXT.fullmatch(text):
            expected = "one line of latin-1 characters for a header of live data"
            raise refused(output, "cannot stand in a header", expected, text)
        return text

    return replace(output, render=check)
