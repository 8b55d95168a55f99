"""What the server tells of batches. Members that are not known here are kept, so newer servers are understood too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

FINISHED: Final = ("completed", "cancelled", "failed")


class _Answer(BaseModel):
    model_config = ConfigDict(extra="allow")


class Counts(_Answer):
    """Rows from `total` to `cancelled`, pictures from `rendered` to `exported`."""

    total: int
    pending: int
    succeeded: int
    failed: int
    cancelled: int
    rendered: int = 0
    reused: int = 0
    suspicious: int = 0
    warmed: int = 0
    exported: int = 0
    bytes: int = 0

    @property
    def done(self) -> int:
        """Rows that have a result."""
        return self.total - self.pending


class JobError(_Answer):
    """Why a whole batch is of no use."""

    code: str
    message: str


class Job(_Answer):
    """A batch."""

    id: str
    sequence: int
    status: str
    outcome: str | None = None
    template: str
    counts: Counts
    rate: float = 0.0
    eta_seconds: int | None = None
    created_at: str = ""
    started_at: str | None = None
    finished_at: str | None = None
    repeat_at: str | None = None
    expires_at: str | None = None
    dry_run: bool = False
    warnings: Sequence[str] = Field(default_factory=list)
    error: JobError | None = None
    actions: Sequence[str] = Field(default_factory=list)

    @property
    def finished(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.status in FINISHED

    @property
    def waits(self) -> bool:
        """Whether the pilot is done and somebody has to look at it."""
        return self.status == "awaiting_approval"

    @property
    def good(self) -> bool:
        """Whether no row has failed or was given up, as far as it has come."""
        return self.counts.failed == 0 if self.waits else self.status == "completed" and self.outcome == "succeeded"


class JobPage(_Answer):
    """Batches from the newest on."""

    batches: list[Job]
    next_cursor: str | None = None


class Finding(_Answer):
    """Something about a picture that somebody should look at."""

    code: str


class Output(_Answer):
    """A picture."""

    url: str
    findings: list[Finding] = Field(default_factory=list)


class RowProblem(_Answer):
    """One wrong value of a row."""

    name: str
    message: str
    got: str | None = None


class RowError(_Answer):
    """Why a row has no pictures."""

    message: str
    field: str | None = None
    problems: list[RowProblem] = Field(default_factory=list)


class BatchRow(_Answer):
    """A row."""

    index: int
    line: int
    custom_id: str | None = None
    outputs: list[Output] = Field(default_factory=list)
    error: RowError | None = None


class RowPage(_Answer):
    """Rows in order."""

    rows: list[BatchRow]
