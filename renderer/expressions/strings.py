"""The strings of a template in many languages → those of one locale, for `Environment.strings`."""

from __future__ import annotations

from collections.abc import Mapping

from renderer.errors import ManifestError
from renderer.expressions.runtime.scope import Strings

PLURAL_FORMS = frozenset({"zero", "one", "two", "few", "many", "other"})


def strings_for(languages: Mapping[str, object], locale: str, fallback: str = "en") -> Strings:
    """The texts of a locale from the tables of a `strings.toml`, one table a language or locale.

    `de-AT` takes its texts from the tables `de-AT`, `de` and those of the `fallback` locale, the nearest first. A table
    inside a table is either a text's plural forms (all keys among zero one two few many other) or a group, whose keys
    are joined with dots. Raises ManifestError for anything else than texts and tables.
    """
    known = {name.lower().replace("_", "-"): name for name in languages}
    result: dict[str, str | Mapping[str, str]] = {}
    for tag in [*_chain(locale), *_chain(fallback)]:
        name = known.get(tag)
        if name is not None:
            table = languages[name]
            if not isinstance(table, Mapping):
                raise ManifestError(f"strings.toml: `{name}` must be a table of texts.")
            for key, text in _flatten(table, name, ""):
                result.setdefault(key, text)
    return result


def _chain(locale: str) -> list[str]:
    """A tag and what is left when its subtags are taken off one by one, in lower case."""
    subtags = locale.lower().replace("_", "-").partition("-u-")[0].split("-")
    return ["-".join(subtags[:length]) for length in range(len(subtags), 0, -1)]


def _flatten(table: Mapping[object, object], path: str, prefix: str) -> list[tuple[str, str | Mapping[str, str]]]:
    found: list[tuple[str, str | Mapping[str, str]]] = []
    for key, value in table.items():
        name, where = f"{prefix}{key}", f"{path}.{key}"
        if isinstance(value, str):
            found.append((name, value))
        elif isinstance(value, Mapping) and value and value.keys() <= PLURAL_FORMS:
            found.append((name, _forms(value, where)))
        elif isinstance(value, Mapping):
            found += _flatten(value, where, f"{name}.")
        else:
            raise ManifestError(f"strings.toml: `{where}` must be a text or a table, not {type(value).__name__}.")
    return found


def _forms(table: Mapping[object, object], path: str) -> dict[str, str]:
    forms = {str(form): text for form, text in table.items() if isinstance(text, str)}
    if len(forms) != len(table) or "other" not in forms:
        raise ManifestError(f"strings.toml: the plural forms of `{path}` must be texts, `other` among them.")
    return forms
