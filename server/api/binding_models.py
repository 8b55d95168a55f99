"""Bodies and answers of /v1/bindings and /v1/hooks."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, JsonValue, RootModel


class PushedBody(RootModel[JsonValue]):
    """Any JSON, as the manifest of the binding declares it."""


class PushAnswer(BaseModel):
    """What a push did."""

    model_config = ConfigDict(extra="forbid")

    template: str
    name: str
    key: str | None = Field(default=None, description="Absent for bindings without keys.")
    version: int = Field(description="Counts the changes of this record, from 1.")
    digest: str = Field(description="SHA-256 of the data's canonical JSON, hex.")
    changed: bool = Field(description="False if the very same data was there before.")
    pushed_at: str = Field(description="When the data became what it is, in ISO 8601.")


class PushedAnswer(PushAnswer):
    """What was pushed last."""

    changed: bool = Field(default=False, exclude=True)
    data: JsonValue


class HookAnswer(BaseModel):
    """What a webhook did."""

    model_config = ConfigDict(extra="forbid")

    template: str
    name: str
    key: str | None = Field(default=None, description="Absent for bindings without keys.")
    version: int | None = Field(
        default=None, description="Absent if the data was deleted since the message first came."
    )
    digest: str | None = None
    changed: bool = Field(description="False for a message that came before, and for data that was there already.")
    pushed_at: str | None = None


class UnpushAnswer(BaseModel):
    """What a deletion did."""

    model_config = ConfigDict(extra="forbid")

    template: str
    name: str
    key: str | None = None
    deleted: bool = Field(description="False if nothing was there.")
