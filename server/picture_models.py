"""How a caller says in JSON what picture is wanted: its template, its format, its values and its options."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

TEMPLATE_NAME_PATTERN = "^[a-z0-9][a-z0-9-]{0,63}$"

TemplateName = Annotated[str, Field(pattern=TEMPLATE_NAME_PATTERN, examples=["article"])]
FormatName = Literal["png", "jpg", "jpeg", "webp", "avif"]
Variables = Annotated[
    dict[str, Any],
    Field(
        description="Values by variable name. GET /v1/templates/{name} has their schema.",
        examples=[{"title": "Hello"}],
    ),
]


class Body(BaseModel):
    """A body of the API: it has no members but these, and no value is taken for one of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=False)


def _pattern(pattern: str, longest: int = 64) -> dict[str, JsonValue]:
    """Says in the schema what `server.urls.options` checks, in words that pydantic does not have."""
    return {"anyOf": [{"type": "string", "pattern": f"^{pattern}$", "maxLength": longest}, {"type": "null"}]}


class OptionsBody(Body):
    """Output options, by the names that they have in URLs."""

    version: str | None = Field(
        None,
        alias="_v",
        json_schema_extra=_pattern("[A-Za-z0-9._-]{1,64}"),
        description="Pin this version of the template.",
    )
    dpr: int | None = Field(None, alias="_d", ge=1, le=3, description="Device pixels per CSS pixel.")
    quality: int | None = Field(None, alias="_q", ge=1, le=100, description="Quality of JPEG, WebP and AVIF.")
    locale: str | None = Field(
        None,
        alias="_l",
        json_schema_extra=_pattern("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", 35),
        description="Language tag such as de-DE (BCP 47).",
    )
    variant: str | None = Field(
        None,
        alias="_variant",
        json_schema_extra=_pattern("[A-Za-z0-9][A-Za-z0-9_-]{0,63}"),
        description="A variant of the template.",
    )
    width: int | None = Field(None, alias="_w", ge=1, le=99_999, description="Width in CSS px, if allowed.")
    height: int | None = Field(None, alias="_h", ge=1, le=99_999, description="Height in CSS px, if allowed.")
