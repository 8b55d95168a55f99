"""The URL of a live binding: every value stays inside the path segment or query value in which it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from renderer.errors import LimitError, TemplateSyntaxError
from renderer.expressions import Environment, Scope, Value
from renderer.limits import Limits
from renderer.template.analysis import Usage
from renderer.template.bindings.text import BindingText, literals, refused
from renderer.template.nodes import Literal, Output
from renderer.template.source import SourceText

_ORIGIN = re.compile(r"https?://(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?]|\Z)")
_UNFIT = re.compile(r"[\s#\\\x00-\x1f\x7f]")
_SECRET = re.compile(r"env:[A-Z_]+")
_AS_WRITTEN = "%:/?[]@!$&'()*+,;=~"  # RFC 3986 reserved characters, and escapes that are there already
_MARK = re.compile(r"\0(\d+)\0")  # before each printed value; no text of a template can hold a NUL
_LONGEST = 8_000


class BindingUrl:
    """A compiled binding URL. Raises TemplateSyntaxError for one whose host or scheme could come from a value."""

    def __init__(self, source: SourceText, limits: Limits) -> None:
        self._outputs: list[Output] = []
        self._text = BindingText(source, "the URL", limits, output=self._marked, literal=_written)
        _check(self._text, source)

    @property
    def usage(self) -> Usage:
        """What its expressions read."""
        return self._text.usage

    def _marked(self, output: Output) -> Output:
        """The value percent-encoded (RFC 3986, 2.1), behind a mark that tells where it stands."""
        mark = f"\0{len(self._outputs)}\0"
        self._outputs.append(output)
        render = output.render

        def encode(scope: Scope) -> str:
            return mark + quote(render(scope), safe="", errors="replace")

        return replace(output, render=encode)

    def render(self, values: Mapping[str, Value], environment: Environment) -> str:
        """The URL for these values. Raises ValuesError for a value that would make a path of another depth."""
        marked = self._text.render(values, environment)
        path = marked.partition("?")[0].split("/", 3)[3:]
        for segment in path[0].split("/") if path else ():
            self._check_segment(segment)
        url = _MARK.sub("", marked)
        if len(url) > _LONGEST:
            raise LimitError(f"The URL has more than {_LONGEST} characters with these values.")
        return url

    def _check_segment(self, segment: str) -> None:
        printed = _MARK.findall(segment)
        bare = _MARK.sub("", segment)
        if printed and bare in ("", ".", ".."):
            # Nothing and dots, which are never percent-encoded, would name another path (RFC 3986, 5.2.4).
            message = "cannot be a part of the URL of live data" if bare else "is needed in the URL of live data"
            raise refused(self._outputs[int(printed[0])], message, "a name or number", bare)


def _written(text: str) -> str:
    return quote(text, safe=_AS_WRITTEN)


def _check(text: BindingText, source: SourceText) -> None:
    """Refuse what is no plain absolute URL around its expressions."""
    start = text.body[0] if text.body else None
    origin = _ORIGIN.match(start.text) if isinstance(start, Literal) else None
    if origin is None or (len(text.body) > 1 and origin.group()[-1] not in "/?"):
        message = "scheme and host must be plain text without a password, as in https://api.example.com/{{ id }}."
        raise TemplateSyntaxError(message, source.position(0))
    for literal in literals(text.body):
        if unfit := _UNFIT.search(literal.text):
            raise TemplateSyntaxError(f"{unfit.group()!r} has no place in a URL of data.", literal.position)
        if _SECRET.search(literal.text):
            raise TemplateSyntaxError("secrets stand in headers only: URLs get into logs.", literal.position)
