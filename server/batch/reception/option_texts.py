"""Options of a batch as texts: parameters of a query and fields of a form.

template=article  pilot=20  dry_run=true          texts, whole numbers, true or false
formats=png,webp  variants=light,,dark            lists; an empty variant is the template without one
columns={"SKU":"_id"}                             everything nested is JSON
_d=2  _l=de-DE                                    output options, as in URLs
options={"template":"article","pilot":20}         or all of them as one JSON object
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Final

from renderer.errors import ValueProblem
from server.batch.options import BatchOptions
from server.documents import parse_json
from server.errors import InvalidValues, MalformedBody
from server.picture_models import OptionsBody
from server.urls.query import decode_value

Pair = tuple[str, str]
Members = dict[str, object]

ALL: Final = "options"
"""The parameter that holds all members of a JSON body; what its member of this name says, `_d=` and so on say here."""

_MOST_PROBLEMS: Final = 50
_MOST_DIGITS: Final = 15
_TWICE: Final = "is given twice."
_PARAMETER: Final = {name: str(field.alias) for name, field in OptionsBody.model_fields.items()}
_OUTPUT: Final = frozenset(_PARAMETER.values())
_NUMBERS: Final = frozenset({"_d", "_q", "_w", "_h"})


def pairs_of_query(query: str) -> list[Pair]:
    """Names and values of a query string, in any spelling that image URLs may have too. Raises MalformedUrl."""
    pieces = (piece.partition("=") for piece in query.split("&") if piece)
    return [(decode_value(name, name[:40]), decode_value(value, name[:40])) for name, _, value in pieces]


def members_of(pairs: Iterable[Pair]) -> Members:
    """The members of a JSON body that would say the same as these parameters.

    Raises:
        InvalidValues: parameters that are unknown, given twice, or written in another form than theirs; all at once.
    """
    said: list[Members] = []
    problems: list[ValueProblem] = []
    seen: set[str] = set()
    for name, text in pairs:
        try:
            said.append(_member(name, text))
            if name in seen:
                problems.append(ValueProblem(name, f"is given twice.{_LISTS_HINT.get(name, '')}"))
        except ValueError as error:
            problems.append(ValueProblem(name[:80], str(error)))
        seen.add(name)
    if problems:
        raise InvalidValues(problems[:_MOST_PROBLEMS])
    return merged(said)


def merged(said: Iterable[Mapping[str, object]]) -> Members:
    """One document of members that are said in several places; output options may be in more than one of them.

    Raises:
        InvalidValues: a member is said twice.
    """
    document: Members = {}
    twice: list[str] = []
    for members in said:
        for name, value in members.items():
            known = document.get(name)
            if name == "options" and isinstance(known, Mapping) and isinstance(value, Mapping):
                twice += [inner for inner in value if inner in known]
                document[name] = {**known, **value}
            elif name in document:
                twice.append(name)
            else:
                document[name] = value
    if twice:
        raise InvalidValues([ValueProblem(name[:80], _TWICE) for name in twice])
    return document


def check_names(members: Iterable[str]) -> None:
    """Refuse members that no batch has, and tell which are near. Raises InvalidValues."""
    known = BatchOptions.model_fields
    problems = [
        ValueProblem(
            name[:80],
            'belongs into the object "options".' if name in _OUTPUT else _unknown(name, known),
        )
        for name in members
        if name not in known
    ]
    if problems:
        raise InvalidValues(problems[:_MOST_PROBLEMS])


def _member(name: str, text: str) -> Members:
    """What one parameter says. Raises ValueError."""
    if name in _OUTPUT:
        return {"options": {name: _whole_number(text) if name in _NUMBERS else text}}
    if name == ALL:
        return _json(text)
    if name not in _READERS:
        raise ValueError(_unknown(name, [*_READERS, *_OUTPUT, ALL]))
    return {name: _READERS[name](text)}


def _unknown(name: str, known: Iterable[str]) -> str:
    if name == "file":
        return 'is no option; a file needs a file name, as curl sends it for "file=@rows.csv".'
    by_plain = {each.casefold(): each for each in known}
    close = get_close_matches(name[:80].casefold(), by_plain, n=1, cutoff=0.6)
    near = _PARAMETER.get(name, by_plain[close[0]] if close else "")
    return f"is no option of a batch. Did you mean {near}?" if near else "is no option of a batch."


def _text(text: str) -> object:
    return text


def _whole_number(text: str) -> object:
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise ValueError(f"must be a whole number, not {text[:40]!r}.")
    return int(text)


def _truth(text: str) -> object:
    if text not in ("true", "false"):
        raise ValueError(f"must be true or false, not {text[:40]!r}.")
    return text == "true"


def _names(text: str) -> object:
    return [item.strip() for item in text.split(",")]


def _names_or_none(text: str) -> object:
    return [item.strip() or None for item in text.split(",")]


def _json(text: str) -> Members:
    try:
        return parse_json(text.encode(), "")
    except MalformedBody as error:
        raise ValueError(error.message.strip()) from None


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    **dict.fromkeys(("template", "webhook_url", "names"), _text),
    **dict.fromkeys(("expires_in", "pilot"), _whole_number),
    **dict.fromkeys(("dry_run", "warm_edge"), _truth),
    "formats": _names,
    "variants": _names_or_none,
    **dict.fromkeys(("variables", "columns", "export", "checks", "repeat", "metadata"), _json),
}
_LISTS_HINT: Final = {
    "formats": " Write formats=png,webp.",
    "variants": " Write variants=light,dark.",
}
