"""Bodies of the API. Their JSON Schemas are the components of the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from server.picture_models import TEMPLATE_NAME_PATTERN, Body, FormatName, OptionsBody, TemplateName, Variables


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RenderRequest(Body):
    """A picture to render now."""

    variables: Variables = Field(default_factory=dict)
    format: FormatName = "png"
    options: OptionsBody = Field(default_factory=lambda: OptionsBody.model_validate({}))


class ExaminedRequest(RenderRequest):
    """A picture to render now, with as many findings as are wanted."""

    examine: bool = Field(
        False,
        description="Also measure contrast and find texts that are cut; takes some tenths of a second.",
    )


class UrlRequest(RenderRequest):
    """A picture to sign a URL for."""

    template: TemplateName
    expires_in: int | None = Field(None, ge=1, le=3_155_760_000, description="Seconds until the URL ends.")


class UrlAnswer(_Answer):
    """A signed image and how to show it."""

    url: str
    token_url: str = Field(description="The same picture as one token, which no mail program can mangle.")
    html: str = Field(description="An <img> tag.")
    meta: str = Field(description="Open Graph and X meta tags.")
    markdown: str
    warnings: list[str] = Field(description="What may go wrong with the URL elsewhere.")


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


class RenderAnswer(UrlAnswer):
    """A finished picture, which its signed URL now answers from the store."""

    etag: str
    width: int = Field(description="Device pixels.")
    height: int = Field(description="Device pixels.")
    bytes: int
    state: Literal["fresh", "stale", "fallback"]
    cached: bool = Field(description="Whether it was stored already.")
    diagnostics: list[DiagnosticBody]


class BindingBody(_Answer):
    """Live data of a template. Its URL and headers are not told."""

    name: str
    source: Literal["url", "file", "push"]
    description: str
    ttl: int | None = Field(default=None, description="Seconds that the data is fresh.")
    keyed: bool | None = Field(default=None, description="Whether data is pushed for each key.")
    data: dict[str, Any] = Field(description="JSON Schema (2020-12) of the data; fields beyond it count for nothing.")


class TemplateSummary(_Answer):
    """A template as the list shows it."""

    name: str
    title: str
    description: str
    version: str
    width: int = Field(description="CSS pixels.")
    height: int = Field(description="CSS pixels.")
    ttl: int = Field(description="Seconds that a picture may be cached.")
    formats: list[str]
    variants: list[str]
    locale: str = Field(description="The locale without _l.")
    locales: list[str] = Field(description="Other locales that the template was made for.")
    allow_size: bool = Field(description="Whether `_w` and `_h` may ask for another size.")
    variables: dict[str, Any] = Field(description="JSON Schema (2020-12) of the variables object.")
    example: dict[str, Any] = Field(description="Variables of an example picture.")


class TemplateDetail(TemplateSummary):
    """A template with its versions and with what its author should know."""

    versions: list[str] = Field(description="Versions that can be pinned, newest first.")
    diagnostics: list[DiagnosticBody]
    bindings: list[BindingBody] = Field(description="Live data that the template shows.")


class BrokenTemplateBody(_Answer):
    """A template folder that cannot be compiled, and where its fault is. An earlier version may still serve."""

    name: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    source_line: str | None = Field(default=None, description="The line of the file, as it is written.")


class PublishAnswer(_Answer):
    """The version that is current after publishing."""

    name: str
    version: str = Field(description="What `_v` pins.")
    created: bool = Field(description="Whether the template or this version of it is new.")
    warnings: list[DiagnosticBody] = Field(description="What compiling it and rendering its example found.")


class UnpublishAnswer(_Answer):
    """What is left after a publication was taken back."""

    name: str
    current: str | None = Field(default=None, description="Version that now serves, from the templates folder.")
    removed_versions: int = Field(description="Versions that can no longer be pinned.")
    removed_renders: int = Field(description="Stored pictures that were forgotten.")


class AssetAnswer(_Answer):
    """An uploaded image."""

    name: str
    url: str = Field(description="How templates and values name it.", examples=["asset:logo"])
    digest: str = Field(description="SHA-256 of its bytes, in hex.")
    media_type: str
    bytes: int
    width: float | None = Field(default=None, description="Pixels, upright; absent where an SVG leaves it open.")
    height: float | None = Field(default=None, description="Pixels, upright; absent where an SVG leaves it open.")
    created_at: str = Field(description="When the name was first used (RFC 3339).")
    updated_at: str = Field(description="When its bytes last changed (RFC 3339).")


class AssetStoredAnswer(AssetAnswer):
    """An asset after its upload."""

    changed: bool = Field(description="Whether its bytes are others than before.")
    removed_renders: int = Field(description="Stored pictures that were forgotten because they showed the old bytes.")


class AssetList(_Answer):
    """All assets."""

    assets: list[AssetAnswer]


class AssetRemovedAnswer(_Answer):
    """What was taken away with an asset."""

    name: str
    removed_renders: int = Field(description="Stored pictures that were forgotten because they showed it.")


def _purgeable(pattern: str) -> FieldInfo:
    """Says in the schema what `server.purging.wanted` checks, whose words are clearer than pydantic's."""
    return FieldInfo(max_length=10_000, json_schema_extra={"items": {"type": "string", "pattern": pattern}})


class PurgeRequest(Body):
    """What to forget. At least one member must say something."""

    tags: Annotated[list[str], _purgeable("^[A-Za-z0-9_.:/-]{1,200}$")] = Field(
        default_factory=list, description="Tags, as answers list them in Cache-Tag.", examples=[["template:article"]]
    )
    urls: Annotated[list[str], _purgeable("^(https?://[^/?#]+)?/.*")] = Field(
        default_factory=list,
        description="Pictures by URL, absolute or from the path on, in any spelling; the signature may be missing.",
        examples=[["/i/article.png?title=Hello"]],
    )
    templates: Annotated[list[str], _purgeable(TEMPLATE_NAME_PATTERN)] = Field(
        default_factory=list, description="All pictures of these templates.", examples=[["article"]]
    )
    bindings: Annotated[list[str], _purgeable("^[a-z0-9][a-z0-9-]{0,63}/[A-Za-z0-9_.-]{1,64}$")] = Field(
        default_factory=list, description="All pictures that show this live data.", examples=[["article/stats"]]
    )
    everything: bool = Field(False, description="All pictures.")


class PurgeAnswer(_Answer):
    """What was forgotten, tier by tier. Purges at the same time are done, and counted, together."""

    origin: int = Field(description="Stored pictures.")
    edge: int | None = Field(default=None, description="Files of nginx's cache; absent if it is not on this machine.")
    cdn: dict[str, str] = Field(description='"ok" or what was wrong, by CDN.', examples=[{"cloudflare": "ok"}])
    warnings: list[str] = Field(description="What could not be done.")


class TemplateList(_Answer):
    """All templates."""

    templates: list[TemplateSummary]
    broken: list[BrokenTemplateBody]


class ProblemMember(_Answer):
    """One value that does not fit."""

    name: str
    message: str
    expected: str | None = None
    got: str | None = None
    code: str | None = Field(
        default=None,
        description="What kind of problem it is, if programs can do something about it: `unknown-column` of a table.",
    )


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
