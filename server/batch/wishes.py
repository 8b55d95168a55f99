"""From a row to the pictures that it asks for: columns become variables and options, a format and variant each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Final

from renderer.errors import ValueProblem
from server.batch.options import BatchOptions
from server.batch.records import ID, REPORT_PREFIX, Job
from server.errors import InvalidValues
from server.links import query_text
from server.urls import ImageRequest, Options
from server.urls.options import read_options

ROW_OPTIONS: Final = ("_v", "_e", "_d", "_q", "_l", "_variant", "_w", "_h")
"""Reserved names that a row may have beside `_id`."""

UNKNOWN_COLUMN: Final = "unknown-column"
"""The code of the problem of a column that stands for nothing: whoever reads it can say what the column stands for."""

_MEND_COLUMNS: Final = ' Rename unknown columns, map them with "columns", or map them to "" to leave them out.'
_MAPPING: Final = 'the name of a variable, or a variable for it in "columns", or "" there to leave it out'
_MOST_TOLD: Final = 20  # problems, in one sentence
_LONGEST_ID: Final = 200
_LONGEST_COLUMN: Final = 200  # that `columns` can name


@dataclass(frozen=True, slots=True)
class Wish:
    """One picture that a row asks for."""

    format: str
    variant: str | None
    request: ImageRequest


def named(values: Mapping[str, Any], options: BatchOptions) -> dict[str, Any]:
    """A row's values by the names of variables and options, instead of those of its columns.

    Raises:
        InvalidValues: two columns stand for one name.
    """
    found: dict[str, Any] = {}
    for column, value in values.items():
        name = options.columns.get(column, column)
        if not name or name.startswith(REPORT_PREFIX):
            continue
        if name in found:
            raise InvalidValues([ValueProblem(name, f"is given twice, also by the column {column[:80]!r}.")])
        found[name] = value
    return found


def id_of(values: Mapping[str, Any]) -> str | None:
    """The caller's own id of a row with these names. Raises InvalidValues."""
    value = values.get(ID)
    if value is None or value == "":
        return None
    text = _text(ID, value)
    if len(text) > _LONGEST_ID or "\0" in text:
        expected = f"a text of at most {_LONGEST_ID} characters"
        raise InvalidValues([ValueProblem(ID, "is no usable id.", expected, text[:40])])
    return text


def wishes_of(job: Job, values: Mapping[str, Any]) -> list[Wish]:
    """The pictures of a row with these names.

    Raises:
        InvalidValues, InvalidOption: reserved names that mean nothing, and impossible values.
    """
    wanted = job.options
    reserved = {name: value for name, value in values.items() if name.startswith("_") and name != ID}
    unknown = [name for name in reserved if name not in ROW_OPTIONS]
    if unknown:
        raise InvalidValues([ValueProblem(name, _no_option(name)) for name in unknown])
    given = {**wanted.variables, **{name: value for name, value in values.items() if not name.startswith("_")}}
    variables = {name: _text(name, value) for name, value in given.items() if value is not None}
    options = _options(job)
    if reserved:
        own = {name: _text(name, value) for name, value in reserved.items() if value not in (None, "")}
        options = read_options(options.parameters() | own)
    outputs = wanted.outputs()
    if reserved.get("_variant"):
        outputs = [(fmt, options.variant) for fmt in dict.fromkeys(fmt for fmt, _ in outputs)]
    return [
        Wish(fmt, variant, ImageRequest(wanted.template, fmt, variables, replace(options, variant=variant)))
        for fmt, variant in outputs
    ]


def check_columns(columns: Iterable[str], options: BatchOptions, known: Iterable[str], required: Iterable[str]) -> None:
    """Whether the columns of a table are what a template needs.

    Raises:
        InvalidValues: columns that stand for nothing, and required variables without a column, all at once.
    """
    names, variables = list(columns), list(known)
    targets = {column: options.columns.get(column, column) for column in names}
    allowed = {*variables, ID, *ROW_OPTIONS}
    problems = [
        ValueProblem(
            column[:_LONGEST_COLUMN],
            _unknown_column(column, variables, targets.values()),
            _MAPPING,
            code=UNKNOWN_COLUMN,
        )
        for column, target in targets.items()
        if target and not target.startswith(REPORT_PREFIX) and target not in allowed
    ]
    given = {*targets.values(), *options.variables}
    problems += [
        ValueProblem(name, f"is required, but no column and no shared value stands for it.{_hint(name, names)}")
        for name in required
        if name not in given
    ]
    problems += [
        ValueProblem(f"columns.{column[:80]}", f"names a column that the file does not have.{_hint(column, names)}")
        for column in options.columns
        if column not in targets
    ]
    if problems:
        listed = "; ".join(f"{problem.name}: {problem.message}" for problem in problems[:_MOST_TOLD])
        if len(problems) > _MOST_TOLD:
            listed += f"; and {len(problems) - _MOST_TOLD} more."
        unknown = any(problem.code == UNKNOWN_COLUMN for problem in problems)
        raise InvalidValues(problems, f"{listed}{_MEND_COLUMNS}" if unknown else listed)


def _text(name: str, value: object) -> str:
    """A value as URLs carry it. Raises InvalidValues."""
    try:
        return query_text(value)
    except (TypeError, ValueError, RecursionError):
        raise InvalidValues([ValueProblem(name[:80], "holds what JSON has no form for, such as 1e999.")]) from None


def _options(job: Job) -> Options:
    """What the job says for all its rows."""
    body = job.options.options
    expires = None if job.options.expires_in is None else int(job.created_at) + job.options.expires_in
    return Options(
        version=body.version,
        expires=expires,
        dpr=body.dpr,
        quality=body.quality,
        locale=body.locale,
        variant=body.variant,
        width=body.width,
        height=body.height,
    )


def _no_option(name: str) -> str:
    return f"is no option of a row; there are {ID}, {', '.join(ROW_OPTIONS)}.{_hint(name, (ID, *ROW_OPTIONS))}"


def _unknown_column(column: str, variables: list[str], taken: Iterable[str]) -> str:
    free = [name for name in variables if name not in set(taken)]
    return f"is no variable of the template.{_hint(column, free) or _hint(column, variables)}"


def _hint(name: str, known: Iterable[str]) -> str:
    by_plain = {each.casefold(): each for each in known}
    close = get_close_matches(name.casefold(), by_plain, n=1, cutoff=0.5)
    return f" Did you mean {by_plain[close[0]]}?" if close else ""
