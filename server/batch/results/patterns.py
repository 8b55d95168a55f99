"""Patterns of file names: `{sku}/{variant}.{ext}`. Braces are written `{{` and `}}`, slashes make folders."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from renderer.errors import ValueProblem
from server.errors import InvalidValues

FIELD: Final = "names"
OWN_WORDS: Final = ("index", "_id", "variant", "ext", "format", "etag")
"""Placeholders that are no values of the row; of these, only `variant` gives way to a variable of that name."""

MOST_PARTS: Final = 8

_SEPARATORS: Final = ("_", "-", ".", " ")
_TELLING_NOTHING: Final = frozenset({"variant", "ext", "format"})
_TOKEN: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|/|[^{}/]+")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What stands in braces."""

    name: str


Part = tuple[str | Placeholder, ...]
"""A folder or the file: texts and placeholders."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that was read; the last part is the file's."""

    parts: tuple[Part, ...]

    @property
    def placeholders(self) -> list[str]:
        """The names in braces, in order."""
        return [piece.name for part in self.parts for piece in part if isinstance(piece, Placeholder)]

    def fill(self, text_of: Callable[[str], str]) -> list[str]:
        """The parts with a text for each placeholder.

        Where the text is empty, a separator beside the placeholder goes too: `{sku}_{variant}` is the sku alone.
        """
        return [_filled(part, text_of) for part in self.parts]


def read_pattern(text: str) -> Pattern:
    """Raises InvalidValues for single braces, and for paths that are absolute or lead upwards."""
    parts: list[list[str | Placeholder]] = [[]]
    for token in _TOKEN.finditer(text):
        whole, name = token.group(), token.group(1)
        if whole == "/":
            parts.append([])
        elif name is not None:
            parts[-1].append(Placeholder(name.strip()))
        elif whole in "{}":
            raise _refused(f"has a single {whole} at character {token.start() + 1}; a brace itself is {whole * 2}.")
        else:
            parts[-1].append({"{{": "{", "}}": "}"}.get(whole, whole))
    _check_path(text, parts)
    return Pattern(tuple(tuple(part) for part in parts))


def check_names(pattern: str, variables: Iterable[str]) -> None:
    """Whether a pattern can name the pictures of rows with these variables or columns.

    Raises:
        InvalidValues: it has a mistake, names something unknown, or names all rows' pictures the same.
    """
    used = read_pattern(pattern).placeholders
    known = [*OWN_WORDS, *variables]
    for name in used:
        if name not in known:
            raise _refused(f"has {{{name[:80]}}}, which is no variable and no column.{_hint(name, known)}")
    if not set(used) - (_TELLING_NOTHING - set(variables)):
        raise _refused("gives all rows the same name; add {index}, {_id} or a variable.")


def _filled(part: Part, text_of: Callable[[str], str]) -> str:
    done, superfluous = "", False
    for piece in part:
        text = piece if isinstance(piece, str) else text_of(piece.name)
        if not text and done.endswith(_SEPARATORS):
            done = done[:-1]
        elif not text:
            superfluous = not done
        elif superfluous and isinstance(piece, str) and piece.startswith(_SEPARATORS):
            done, superfluous = piece[1:], False
        else:
            done, superfluous = done + text, False
    return done


def _check_path(text: str, parts: list[list[str | Placeholder]]) -> None:
    if text.startswith("/"):
        raise _refused("begins with a slash; names stand in the archive or behind the export's prefix.")
    if "\\" in text:
        raise _refused("has a backslash; folders are written with /.")
    if not text.isprintable():
        raise _refused("has a control character.")
    if len(parts) > MOST_PARTS:
        raise _refused(f"has {len(parts) - 1} folders within each other; at most {MOST_PARTS - 1} are made.")
    for part in parts:
        literal = "".join(piece if isinstance(piece, str) else "x" for piece in part).strip()
        if not literal.strip("."):
            raise _refused("has an empty folder or file name, or one that leads elsewhere: . or ..")
        if any(isinstance(piece, Placeholder) and not piece.name for piece in part):
            raise _refused("has braces with nothing in them; braces themselves are {{ and }}.")


def _hint(name: str, known: list[str]) -> str:
    by_plain = {each.casefold(): each for each in known}
    close = get_close_matches(name.casefold(), by_plain, n=1, cutoff=0.5)
    if close:
        return f" Did you mean {{{by_plain[close[0]]}}}?"
    return f" There are: {', '.join(f'{{{each}}}' for each in known[:20])}."


def _refused(message: str) -> InvalidValues:
    return InvalidValues([ValueProblem(FIELD, message)])
