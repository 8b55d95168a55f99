"""What a manifest says, as typed data. `manifest.read_manifest` makes it; nothing here reads or checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from renderer.expressions import Value

VariableType = Literal[
    "text", "number", "integer", "boolean", "color", "date", "datetime", "url", "image", "enum", "list", "object"
]
WhenMissing = Literal["error", "default", "hide"]
Method = Literal["GET", "POST"]
Direction = Literal["auto", "ltr", "rtl"]
ColorScheme = Literal["light", "dark"]
Scalar = str | int | Decimal


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height of the picture in CSS px."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Variable:
    """One typed variable, or the items of a list, or a field of an object.

    `minimum` and `maximum` bound numbers, dates, and how many items a list has; `minimum_length` and `maximum_length`
    count characters (code points). `pattern` is the source of a `pattern.Pattern` that the whole text must match.
    `items` is None for a list of anything, `fields` None for an object of any shape. `placeholder` is the file of the
    template that is shown in place of an image that cannot be had.
    """

    name: str
    type: VariableType
    required: bool = False
    default: Value = None
    minimum: int | Decimal | date | None = None
    maximum: int | Decimal | date | None = None
    minimum_length: int | None = None
    maximum_length: int | None = None
    pattern: str | None = None
    choices: tuple[Scalar, ...] = ()
    items: Variable | None = None
    fields: Mapping[str, Variable] | None = None
    example: Value = None
    description: str = ""
    placeholder: str | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A source of live data: exactly one of `url`, `file` and `push`. Durations in seconds.

    `url`, `body` (JSON text), the values of `headers` and `key` (which of the pushed records) have expressions, which
    read variables and the data of the bindings named by `after`. Words `env:NAME` in `headers` and the whole of
    `webhook_secret` are names of secrets, never secrets.

    An answer is fresh for as long as its own Cache-Control says, within `min_ttl` and `ttl`. `select` is the path of
    keys and indexes into the JSON; `schema` what is found there must look like (None: anything). `data` is that of a
    `file`, selected and typed, as `default` and `example` are; `default` is used when data is missing and
    `when_missing` says so.
    """

    name: str
    url: str | None = None
    file: str | None = None
    push: bool = False
    method: Method = "GET"
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    key: str | None = None
    webhook_secret: str | None = None
    webhook: Literal["replace", "merge"] = "replace"
    after: tuple[str, ...] = ()
    ttl: int = 60
    min_ttl: int = 5
    timeout: float = 2.0
    stale_if_error: int = 86_400
    select: tuple[str | int, ...] = ()
    schema: Variable | None = None
    data: Value = None
    when_missing: WhenMissing = "error"
    default: Value = None
    has_default: bool = False
    example: Value = None
    description: str = ""

    @property
    def source(self) -> Literal["url", "file", "push"]:
        """Where its data comes from."""
        if self.push:
            return "push"
        return "file" if self.file is not None else "url"


@dataclass(frozen=True, slots=True)
class Variant:
    """A named look: what it changes of size, custom properties (`--name` → value), stylesheet and colour scheme."""

    name: str
    size: Size | None = None
    properties: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    stylesheet: str | None = None
    color_scheme: ColorScheme | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The whole template.toml. `ttl` in seconds; None: pictures don't change with time (a year, revalidated)."""

    title: str = ""
    description: str = ""
    size: Size = Size(1200, 630)
    ttl: int | None = None
    locale: str = "en-US"
    locales: tuple[str, ...] = ()
    time_zone: str = "UTC"
    currency: str = "USD"
    direction: Direction = "auto"
    color_scheme: ColorScheme = "light"
    background: str | None = None
    formats: tuple[str, ...] = ()
    allow_size: bool = False
    email_live: bool = False
    fallback: str | None = None
    placeholder: str | None = None
    variables: Mapping[str, Variable] = field(default_factory=lambda: MappingProxyType({}))
    bindings: Mapping[str, Binding] = field(default_factory=lambda: MappingProxyType({}))
    variants: Mapping[str, Variant] = field(default_factory=lambda: MappingProxyType({}))
