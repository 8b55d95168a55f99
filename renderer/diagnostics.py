"""What a render has to say about its own picture: warnings that never fail it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from renderer.errors import SourcePosition

Code = Literal[
    "css-unsupported",  # a property, value, selector or at-rule that is ignored, as a browser ignores it
    "css-invalid",
    "html-unsupported",
    "text-overflow",  # text is larger than the box that clips or holds it
    "text-clamped",
    "text-fitted",
    "missing-glyph",
    "font-missing",
    "image-unresolved",
    "low-contrast",
    "blank-picture",  # every pixel has the same colour
    "expression",
    "limit",
    "variable-unused",
    "variable-undeclared",
    "variable-unbounded",  # a text without a greatest length, so that no check can try it
    "binding-without-example",  # live data that no check can show
    "fallback",  # the template that stands in for this one cannot
    "values",  # example values that don't fit the variables
    "template",  # the template cannot be compiled
]

Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: what, where in the template (if known), which element, and its measures."""

    code: Code
    message: str
    severity: Severity = "warning"
    position: SourcePosition | None = None
    element: str = ""  # e.g. `h1#title.big`
    data: tuple[tuple[str, float | str], ...] = ()  # e.g. (("font_size", 41.5),)


@dataclass(slots=True)
class Diagnostics:
    """Collects findings of one compile or render, each once, in order of discovery."""

    items: list[Diagnostic] = field(default_factory=list)
    _seen: set[Diagnostic] = field(default_factory=set)

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a finding unless the very same was kept before."""
        if diagnostic not in self._seen:
            self._seen.add(diagnostic)
            self.items.append(diagnostic)

    def warn(
        self,
        code: Code,
        message: str,
        position: SourcePosition | None = None,
        element: str = "",
        **data: float | str,
    ) -> None:
        """Keep a warning built from its parts."""
        self.add(Diagnostic(code, message, "warning", position, element, tuple(sorted(data.items()))))
