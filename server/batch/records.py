"""Jobs, rows and pictures as the ledger keeps them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Row

from renderer.errors import ValueProblem
from server.batch.options import BatchOptions, Outcome, RowStatus, Status

ID: Final = "_id"
"""The reserved name of the caller's own id of a row."""

REPORT_PREFIX: Final = "_error"
"""What columns are called that tell of failures: files with them may be sent again as they are."""

UNREADABLE_ROW: Final = "unreadable-row"
"""The code of a row that is none: a torn line, or no JSON."""

EDGE_HIT: Final = "hit"
"""What the edge says of a picture that it has kept."""

ABANDONED: Final = "abandoned"
"""The member of a job's `intake` that says what was given up in this run, by kind of work."""

_RATE_IS_OLD: Final = 30.0  # seconds
_ROWS_OF_A_STEP: Final = 50
_MOST_PROBLEMS: Final = 20  # of a row's error
_LONGEST_PROBLEM: Final = 300  # characters of each of its texts
_STEPS: Final = 4  # that slow rows may take longer than before

ENDED_FOR_GOOD: Final[frozenset[Status]] = frozenset({"cancelling", "cancelled", "failed"})
"""Jobs that run again only if somebody wants them to."""

FINISHED: Final[frozenset[Status]] = frozenset({"completed", "cancelled", "failed"})
"""The states in which nothing is left to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a picture that somebody should look at, by a stable code such as `blank`."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Output:
    """One picture of a row.

    `cached`: its bytes were stored before. `changed`: its key is another than in the run before. `hash` is its
    perceptual hash (72 hex digits), if asked for. `edge` is what the edge answered when it was fetched again, `file`
    its key in the export. `rendered_at` is when it was rendered, or found in the store, in seconds since the epoch.
    """

    format: str
    variant: str | None
    url: str
    etag: str
    bytes: int
    width: int
    height: int
    cached: bool
    duration_ms: float
    state: str
    version: str
    changed: bool = True
    findings: tuple[Finding, ...] = ()
    hash: str | None = None
    edge: str | None = None
    file: str | None = None
    rendered_at: float | None = None


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row has no pictures. `field` is the first value that is wrong, `problems` are all of them."""

    code: str
    message: str
    field: str | None = None
    retryable: bool = False
    problems: tuple[ValueProblem, ...] = ()

    @property
    def is_of_the_upload(self) -> bool:
        """Whether only another upload can help: what can't be read, and an id that is there twice or is none."""
        return self.code == UNREADABLE_ROW or self.field == ID


@dataclass(frozen=True, slots=True)
class RowRecord:
    """One row of a job, numbered from 0; `line` is where it begins in the upload, from 1; `values` as uploaded."""

    number: int
    line: int
    custom_id: str | None
    status: RowStatus
    values: Mapping[str, Any]
    outputs: tuple[Output, ...] = ()
    error: RowError | None = None
    attempts: int = 0
    duration_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows and pictures there are of each kind."""

    total: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    rendered: int = 0
    reused: int = 0
    changed: int = 0
    suspicious: int = 0
    warmed: int = 0
    exported: int = 0
    bytes: int = 0

    @property
    def pending(self) -> int:
        """Rows that have no result yet."""
        return self.total - self.succeeded - self.failed - self.cancelled


@dataclass(frozen=True)
class Job:
    """One batch. Times are seconds since the epoch. `version` is the template's when the job was made."""

    id: str
    sequence: int
    status: Status
    outcome: Outcome | None
    owner: str
    home: str
    template: str
    version: str
    options_text: str
    intake: Mapping[str, Any]
    error: Mapping[str, Any] | None
    warnings: Sequence[str]
    run: int
    counts: Counts
    rate: float
    created_at: float
    started_at: float | None
    progress_at: float | None
    finished_at: float | None
    repeat_at: float | None
    approved: bool

    @cached_property
    def options(self) -> BatchOptions:
        """What the caller wanted."""
        return BatchOptions.model_validate_json(self.options_text)

    @property
    def columns(self) -> Sequence[str]:
        """The columns of the uploaded table but reports of earlier failures; none for other uploads."""
        return [name for name in self.intake.get("columns", ()) if not name.startswith(REPORT_PREFIX)]

    @property
    def whole(self) -> bool:
        """Whether all rows of the upload were read."""
        return bool(self.intake.get("whole"))

    @property
    def unusable(self) -> int:
        """Rows that can never be rendered, because of the upload: they stay failed whatever is done."""
        return int(self.intake.get("unusable", 0))

    @property
    def renewable(self) -> bool:
        """Whether there are failed or cancelled rows that can be rendered again."""
        return self.whole and not self.options.dry_run and self.counts.failed + self.counts.cancelled > self.unusable

    @property
    def awaited_binding(self) -> str | None:
        """The binding of the template whose data, when it is pushed, lets the job run again."""
        repeat = self.options.repeat
        return None if repeat is None or self.options.dry_run or self.status in ENDED_FOR_GOOD else repeat.on_push

    def stalled(self, now: float) -> bool:
        """Whether there was no progress for so long that the rate tells nothing of the present."""
        expected = _ROWS_OF_A_STEP / self.rate if self.rate else 0.0
        return self.progress_at is None or now - self.progress_at > max(_RATE_IS_OLD, _STEPS * expected)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.status in FINISHED


_COUNTS: Final = tuple(Counts.__dataclass_fields__)


def job_of(row: Row[Any]) -> Job:
    """A job from its row in the table."""
    columns = row._mapping  # SQLAlchemy's documented way to a row by name, in spite of its underscore
    return Job(
        **{name: columns[name] for name in Job.__dataclass_fields__ if name in columns}
        | {
            "options_text": columns["options"],
            "intake": json.loads(columns["intake"]),
            "error": None if columns["error"] is None else json.loads(columns["error"]),
            "warnings": json.loads(columns["warnings"]),
            "counts": Counts(**{name: columns[name] for name in _COUNTS}),
        }
    )


def row_of(row: Row[Any]) -> RowRecord:
    """A row of a job from its row in the table."""
    return RowRecord(
        row.number,
        row.line,
        row.custom_id,
        row.status,
        json.loads(row._mapping["values"]),
        outputs_of(row.outputs),
        error_of(row.error),
        row.attempts,
        row.duration_ms,
    )


def outputs_of(text: str) -> tuple[Output, ...]:
    """Pictures from JSON text."""
    return tuple(
        Output(**each | {"findings": tuple(Finding(**finding) for finding in each["findings"])})
        for each in json.loads(text)
    )


def outputs_text(outputs: Sequence[Output]) -> str:
    """Pictures as JSON text."""
    return _json([asdict(output) for output in outputs])


def error_of(text: str | None) -> RowError | None:
    """An error from JSON text."""
    if text is None:
        return None
    members = json.loads(text)
    problems = tuple(ValueProblem(**each) for each in members.pop("problems", ()))
    return RowError(**members, problems=problems)


def error_text(error: RowError | None) -> str | None:
    """An error as JSON text."""
    return None if error is None else _json(error_document(error))


def values_error(code: str, problems: Sequence[ValueProblem]) -> RowError:
    """An error that names all wrong values of a row, as far as they are not too many or too long for the ledger."""
    kept = tuple(
        ValueProblem(**{name: _shortened(text) for name, text in asdict(each).items()})
        for each in problems[:_MOST_PROBLEMS]
    )
    message = "; ".join(f"{each.name}: {each.message}" for each in kept)
    more = len(problems) - len(kept)
    return RowError(code, f"{message}; and {more} more" if more else message, problems[0].name, problems=kept)


def error_document(error: RowError) -> dict[str, Any]:
    """An error as the ledger and the API have it; without problems where there are none."""
    problems = [_problem_document(problem) for problem in error.problems]
    document = {"code": error.code, "message": error.message, "field": error.field, "retryable": error.retryable}
    return {**document, **({"problems": problems} if problems else {})}


def _problem_document(problem: ValueProblem) -> dict[str, str]:
    return {name: text for name, text in asdict(problem).items() if text}


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_PROBLEM else f"{text[: _LONGEST_PROBLEM - 1]}…"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
