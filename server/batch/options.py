"""What a caller wants of a batch, whichever way it is said: as members of JSON, in a query or in a form."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import Field, model_validator

from server.picture_models import Body, FormatName, OptionsBody, TemplateName, Variables

MOST_OUTPUTS = 16
"""Pictures of one row: formats times variants."""

Variant = Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
ColumnName = Annotated[str, Field(min_length=1, max_length=200)]
TargetName = Annotated[str, Field(pattern="^([A-Za-z][A-Za-z0-9_]{0,63}|_(id|v|e|d|q|l|variant|w|h)|)$")]
Bucket = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", examples=["launch-pictures"])]
NamePattern = Annotated[
    str,
    Field(
        min_length=1,
        max_length=300,
        examples=["{sku}_{variant}.{ext}"],
        description="Name of each file in the archive and the export. `{index}`, `{_id}`, `{variant}`, `{ext}`, "
        "`{etag}` and the names of variables stand for the row's own; `/` makes folders. Where pictures of several "
        "rows would have one name, the index is added. Without it, the id or else the index, and the variant.",
    ),
]


class ExportBody(Body):
    """A bucket of S3-compatible storage that gets a copy of every picture, and a manifest."""

    bucket: Bucket
    prefix: str = Field("", max_length=500, description="What names in the bucket begin with.", examples=["launch/"])


class ChecksBody(Body):
    """What is looked for in finished pictures beside what always is: blank ones, wrong sizes, texts that overflow."""

    max_bytes: int | None = Field(None, ge=1, description="Report pictures of more bytes; 300000 suits link previews.")
    duplicates: bool = Field(False, description="Report pictures of different rows that look the same.")
    contrast: bool = Field(False, description="Report texts of low contrast; costs some tenths of a second a picture.")


class RepeatBody(Body):
    """When the finished job runs again. Only pictures whose key has changed are rendered anew."""

    every: int | None = Field(None, ge=60, le=31_536_000, description="Seconds between the end of a run and the next.")
    on_push: str | None = Field(
        None,
        pattern="^[A-Za-z][A-Za-z0-9_]{0,63}$",
        description="Run again when data of this binding of the template is pushed.",
    )

    @model_validator(mode="after")
    def _says_when(self) -> RepeatBody:
        if self.every is None and self.on_push is None:
            raise ValueError("say every or on_push")
        return self


class BatchOptions(Body):
    """Everything about a batch but its rows."""

    template: TemplateName
    formats: list[FormatName] = Field(["png"], min_length=1, max_length=5)
    variants: list[Variant | None] = Field(
        default_factory=list,
        max_length=MOST_OUTPUTS,
        description="Variants of the template, one picture each; null is the template without one.",
        examples=[["light", "dark"]],
    )
    variables: Variables = Field(default_factory=dict, description="Values that all rows share; a row's own win.")
    options: OptionsBody = Field(default_factory=lambda: OptionsBody.model_validate({}))
    columns: dict[ColumnName, TargetName] = Field(
        default_factory=dict,
        description="Variable, or reserved name such as `_id`, for a column with another name; empty leaves it out.",
        examples=[{"Product name": "title", "SKU": "_id"}],
    )
    expires_in: int | None = Field(None, ge=1, le=3_155_760_000, description="Seconds until the URLs end.")
    pilot: int | None = Field(None, ge=1, le=1000, description="Rows to render first, then wait for `continue`.")
    dry_run: bool = Field(False, description="Check all rows and render none.")
    webhook_url: str | None = Field(None, max_length=2000, description="Gets a signed message when the job ends.")
    warm_edge: bool = Field(False, description="Fetch every picture once through the edge.")
    export: ExportBody | None = None
    names: NamePattern | None = None
    checks: ChecksBody = Field(default_factory=lambda: ChecksBody.model_validate({}))
    repeat: RepeatBody | None = None
    metadata: dict[str, Annotated[str, Field(max_length=500)]] = Field(
        default_factory=dict, max_length=50, description="Whatever you want to find again in answers and webhooks."
    )

    @model_validator(mode="after")
    def _few_outputs(self) -> BatchOptions:
        if len(self.outputs()) > MOST_OUTPUTS:
            raise ValueError(f"formats times variants may be at most {MOST_OUTPUTS} pictures a row")
        return self

    def outputs(self) -> list[tuple[str, str | None]]:
        """Format and variant of each picture of a row; without variants, the one that `options` names."""
        formats = dict.fromkeys("jpg" if name == "jpeg" else name for name in self.formats)
        variants = dict.fromkeys(self.variants or [self.options.variant])
        return [(image_format, variant) for variant in variants for image_format in formats]


def options_text(options: BatchOptions) -> str:
    """Options as JSON text, in which numbers of values stay numbers."""
    return json.dumps(options.model_dump(by_alias=True), ensure_ascii=False, separators=(",", ":"), default=float)


Status = Literal[
    "validating",
    "queued",
    "in_progress",
    "awaiting_approval",
    "finalizing",
    "completed",
    "cancelling",
    "cancelled",
    "failed",
]
Outcome = Literal["succeeded", "partial", "failed"]
RowStatus = Literal["pending", "succeeded", "failed", "cancelled"]
