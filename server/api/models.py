"""Bodies of the API. Their JSON Schemas are the components of the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

TemplateName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", examples=["article"])]
FormatName = Literal["png", "jpg", "jpeg", "webp"]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class OptionsBody(_Body):
    """Output options, by the names that they have in URLs."""

    version: str | None = Field(None, alias="_v", description="Pin this version of the template.")
    dpr: int | None = Field(None, alias="_d", ge=1, le=3, description="Device pixels per CSS pixel.")
    quality: int | None = Field(None, alias="_q", ge=1, le=100, description="Quality of JPEG and WebP.")
    locale: str | None = Field(None, alias="_l", max_length=35, description="Language tag such as de-DE.")
    variant: str | None = Field(None, alias="_variant", max_length=64, description="A variant of the template.")
    width: int | None = Field(None, alias="_w", ge=1, le=99_999, description="Width in CSS px, if allowed.")
    height: int | None = Field(None, alias="_h", ge=1, le=99_999, description="Height in CSS px, if allowed.")


class UrlRequest(_Body):
    """A picture to sign a URL for."""

    template: TemplateName
    variables: dict[str, Any] = Field(default_factory=dict, description="Values by variable name.")
    format: FormatName = "png"
    options: OptionsBody = Field(default_factory=OptionsBody)
    expires_in: int | None = Field(None, ge=1, le=3_155_760_000, description="Seconds until the URL ends.")


class UrlAnswer(_Answer):
    """A signed image and how to show it."""

    url: str
    token_url: str = Field(description="The same picture as one token, which no mail program can mangle.")
    html: str = Field(description="An <img> tag.")
    meta: str = Field(description="Open Graph and X meta tags.")
    markdown: str
    warnings: list[str]


class RenderRequest(_Body):
    """A picture to render now."""

    variables: dict[str, Any] = Field(default_factory=dict, description="Values by variable name.")
    format: FormatName = "png"
    options: OptionsBody = Field(default_factory=OptionsBody)


class DiagnosticBody(_Answer):
    """One finding about a template or a picture."""

    code: str
    severity: Literal["info", "warning", "error"]
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    element: str | None = None
    data: dict[str, float | str] | None = None


class RenderAnswer(_Answer):
    """A finished picture, which its signed URL now answers from the store."""

    url: str
    etag: str
    width: int = Field(description="Device pixels.")
    height: int = Field(description="Device pixels.")
    bytes: int
    state: Literal["fresh", "stale", "fallback"]
    cached: bool = Field(description="Whether it was stored already.")
    diagnostics: list[DiagnosticBody]


class TemplateSummary(_Answer):
    """A template as the list shows it."""

    name: str
    title: str
    description: str
    version: str
    width: int
    height: int
    ttl: int = Field(description="Seconds that a picture may be cached.")
    variants: list[str]
    variables: dict[str, Any] = Field(description="JSON Schema (2020-12) of the variables object.")


class TemplateDetail(TemplateSummary):
    """A template with its example and its versions."""

    example: dict[str, Any]
    versions: list[str] = Field(description="Versions that can be pinned, newest first.")
    diagnostics: list[DiagnosticBody]


class BrokenTemplateBody(_Answer):
    """A template folder that cannot be compiled."""

    name: str
    message: str


class TemplateList(_Answer):
    """All templates."""

    templates: list[TemplateSummary]
    broken: list[BrokenTemplateBody]


class ProblemMember(BaseModel):
    """One value that does not fit."""

    name: str
    message: str
    expected: str | None = None
    got: str | None = None


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    problems: list[ProblemMember] | None = None
