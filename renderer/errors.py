"""Everything that can go wrong in the renderer, and nothing else. Imports nothing.

RendererError
├── TemplateError          the template itself is broken (whoever wrote it must act)
│   ├── TemplateSyntaxError    HTML blocks, expressions or CSS that cannot be read
│   └── ManifestError          template.toml: unknown key, wrong type, impossible value
├── ValuesError            the values of one request do not fit the template (whoever asked must act)
├── ExpressionError        an expression failed while it was evaluated
├── LimitError             a cap of renderer.limits was reached
├── AssetError             an image or font cannot be read
└── EncodeError            the pixels cannot be written in the wanted format
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourcePosition:
    """A place in a template's source: file name inside the folder, line and column counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class RendererError(Exception):
    """Base of all renderer errors; `message` is a full sentence fit for the person who asked."""

    def __init__(self, message: str, position: SourcePosition | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position

    def __str__(self) -> str:
        return f"{self.position}: {self.message}" if self.position else self.message

    def __reduce__(self) -> tuple[object, ...]:
        # Errors travel from render processes to the server; keep every attribute on the way.
        return (_rebuild, (type(self), self.__dict__.copy()))


def _rebuild(kind: type[RendererError], state: dict[str, object]) -> RendererError:
    error = kind.__new__(kind)
    Exception.__init__(error, state.get("message"))
    error.__dict__.update(state)
    return error


class TemplateError(RendererError):
    """The template is broken."""


class TemplateSyntaxError(TemplateError):
    """A block, expression or stylesheet of the template cannot be read."""


class ManifestError(TemplateError):
    """template.toml is not a valid manifest."""


@dataclass(frozen=True, slots=True)
class ValueProblem:
    """One value that does not fit: the variable's path (`tags[2].name`), what came and what was expected.

    `code` is a stable name of the kind of problem, where programs have a use for it.
    """

    name: str
    message: str
    expected: str = ""
    got: str = ""
    code: str = ""


class ValuesError(RendererError):
    """One or more values do not fit the template's variables; all problems are listed at once."""

    def __init__(self, problems: list[ValueProblem]) -> None:
        super().__init__("; ".join(f"{p.name}: {p.message}" for p in problems))
        self.problems = problems


class ExpressionError(RendererError):
    """An expression could not be evaluated with the given values."""


class LimitError(RendererError):
    """A cap was reached (nodes, loop turns, output pixels, source pixels, text length …)."""


class AssetError(RendererError):
    """An image or font is missing, unreadable or not allowed."""


class EncodeError(RendererError):
    """The finished pixels cannot be encoded as asked."""
