"""Bodies and answers of /v1/batches."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from server.batch.options import BatchOptions, Outcome, RowStatus, Status
from server.picture_models import Body


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BatchRequest(BatchOptions):
    """Rows and what is wanted of them."""

    rows: list[dict[str, Any]] = Field(
        min_length=1,
        description="Values by variable name; `_id` is your own id, `_d`, `_q`, `_l`, `_variant`, `_w`, `_h`, `_v` and "
        "`_e` are options of the one row.",
        examples=[[{"title": "Hello", "_id": "sku-1"}]],
    )


class RetryRequest(Body):
    """Which rows to render again; without members, all that failed or were cancelled."""

    rows: list[Annotated[int, Field(ge=0, lt=2**31)]] | None = Field(
        None, max_length=10_000, description="By index, from 0."
    )
    custom_ids: list[Annotated[str, Field(max_length=200, pattern=r"^[^\u0000]*$")]] = Field(
        default_factory=list, max_length=10_000, description="By your own ids."
    )


class CountsBody(_Answer):
    """How many there are: rows from `total` to `cancelled`, pictures from `rendered` to `exported`."""

    total: int
    pending: int
    succeeded: int
    failed: int
    cancelled: int
    rendered: int = Field(description="Drawn for this job.")
    reused: int = Field(description="Stored before.")
    changed: int = Field(description="Others than in the run before.")
    suspicious: int = Field(description="With findings.")
    warmed: int = Field(description="Fetched through the edge, and found there again.")
    exported: int
    bytes: int


class JobError(_Answer):
    """Why a whole job failed."""

    code: str
    message: str


class BatchAnswer(_Answer):
    """A batch."""

    id: str
    sequence: int = Field(description="Counts its changes; also its entity tag and the id of events.")
    status: Status
    outcome: Outcome | None = None
    template: str
    version: str = Field(description="The template's version when the job was made.")
    run: int = Field(description="Counts retries and repetitions, from 1.")
    counts: CountsBody
    rate: float = Field(description="Rows a second.")
    eta_seconds: int | None = None
    created_at: str
    started_at: str | None = None
    finished_at: str | None = None
    expires_at: str | None = Field(default=None, description="When the job will be forgotten.")
    repeat_at: str | None = Field(default=None, description="When the job runs again.")
    formats: list[str]
    variants: list[str | None]
    dry_run: bool
    pilot: int | None = None
    warnings: list[str]
    error: JobError | None = None
    metadata: dict[str, str]
    links: dict[str, str]
    actions: list[Literal["continue", "cancel", "retry", "delete"]]


class BatchList(_Answer):
    """Batches from the newest on."""

    batches: list[BatchAnswer]
    next_cursor: str | None = Field(default=None, description="What `cursor` must say to get those after them.")


class ExportTargets(_Answer):
    """Where batches may be exported to."""

    buckets: list[str] = Field(description="What `export.bucket` may say; without any there is no export.")


class FindingBody(_Answer):
    """Something about a picture that somebody should look at."""

    code: str
    message: str


class OutputBody(_Answer):
    """One picture of a row."""

    format: str
    variant: str | None = None
    url: str
    etag: str
    bytes: int
    width: int = Field(description="Device pixels.")
    height: int = Field(description="Device pixels.")
    cached: bool = Field(description="Whether it was stored already.")
    changed: bool
    duration_ms: float
    state: Literal["fresh", "stale", "fallback"]
    version: str = Field(description="The template's version that it shows.")
    findings: list[FindingBody]
    hash: str | None = Field(default=None, description="Perceptual hash, if duplicates were looked for.")
    edge: str | None = Field(default=None, description="What the edge answered when it was fetched again.")
    file: str | None = Field(default=None, description="Its key in the bucket of the export.")
    rendered_at: str | None = Field(default=None, description="When it was rendered, or found in the store.")


class RowProblem(_Answer):
    """One value that does not fit."""

    name: str = Field(description="The variable, with the place in it, or the option.")
    message: str
    expected: str | None = None
    got: str | None = None
    code: str | None = None


class RowErrorBody(_Answer):
    """Why a row has no pictures."""

    code: str
    message: str
    field: str | None = Field(default=None, description="The first that is wrong.")
    retryable: bool
    problems: list[RowProblem] | None = Field(default=None, description="All that is wrong with its values.")


class RowAnswer(_Answer):
    """A row with its pictures; `url`, `etag`, `bytes` and `cached` are those of the first."""

    index: int
    line: int = Field(description="Where it begins in the upload, from 1.")
    custom_id: str | None = None
    status: RowStatus
    url: str | None = None
    etag: str | None = None
    bytes: int | None = None
    cached: bool | None = None
    duration_ms: float
    attempts: int
    outputs: list[OutputBody]
    error: RowErrorBody | None = None
    values: dict[str, Any]


class RowList(_Answer):
    """Rows in order."""

    rows: list[RowAnswer]
    next_cursor: str | None = None


class BatchForgotten(_Answer):
    """A batch that was deleted. Its pictures stay in the store."""

    id: str
    deleted: bool
