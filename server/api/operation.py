"""What an operation of the API is: its route and its place in the OpenAPI document come from the same line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from server.assets.names import ASSET_NAME_PATTERN
from server.picture_models import TEMPLATE_NAME_PATTERN

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class PathName:
    """What a part of a path may be: a regular expression, and an example."""

    pattern: str
    example: str


TEMPLATE_NAMES: Mapping[str, PathName] = MappingProxyType({"name": PathName(TEMPLATE_NAME_PATTERN, "article")})
ASSET_NAMES: Mapping[str, PathName] = MappingProxyType({"name": PathName(ASSET_NAME_PATTERN, "logo")})


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    `errors` are the statuses of the problem documents that it may answer beside 401, `conditional` whether it has an
    entity tag and answers 304. `body_type` is the media type of its body, `uploads` are those of a body of files.
    `flags` are query parameters that are true or false, `texts` and `headers` other parameters, with what they mean.
    With `creates` it answers 201 for what is new. With `single_file` a form may hold one file only. `binary` are the
    media types of an answer that is a file, instead of JSON or beside it. `named` says of each part of the path what it
    names. `public` operations need no API key. With `accepts` it answers 202 for what is going to be done. A body with
    `optional_body` may be missing; `other_bodies` are media types of files that may stand for it. `form_fields` are
    texts of a form beside its file, with what they mean.
    """

    method: str
    path: str
    endpoint: Endpoint
    summary: str
    answer: type[BaseModel] | None
    body: type[BaseModel] | None = None
    errors: tuple[int, ...] = ()
    conditional: bool = False
    uploads: tuple[str, ...] = ()
    flags: tuple[tuple[str, str], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body_type: str = "application/json"
    public: bool = False
    creates: bool = False
    single_file: bool = False
    binary: tuple[str, ...] = ()
    accepts: bool = False
    optional_body: bool = False
    other_bodies: tuple[str, ...] = ()
    form_fields: tuple[tuple[str, str], ...] = ()
    named: Mapping[str, PathName] = field(default_factory=lambda: TEMPLATE_NAMES)

    @property
    def name(self) -> str:
        """The operationId."""
        return self.endpoint.__name__

    @property
    def statuses(self) -> list[int]:
        """Statuses of all problem documents that it may answer."""
        return sorted({401, 500, *self.errors})


BODY_ERRORS = (400, 413, 415, 422)
"""Statuses of refused bodies."""
