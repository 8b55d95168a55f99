"""An image request and its two spellings: `build` writes the canonical URL, `parse` reads any spelling of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from renderer.errors import ValueProblem
from server.errors import (
    BadSignature,
    InvalidValues,
    MalformedUrl,
    NotFound,
    UnknownFormat,
    UnsignedParameter,
    UrlTooLong,
)
from server.urls.names import FORMATS, is_template_name, read_format, why_not_a_variable
from server.urls.options import DEFAULTS, Options, read_options
from server.urls.query import Query, join_query, read_query, spell, why_not_a_value
from server.urls.tokens import decode_payload

DEFAULT_MAX_URL_LENGTH: Final = 8000
"""Bytes of path and query; nginx and most CDNs read request lines up to 8 KiB."""

_PATH: Final = re.compile(r"/i/([^/.]+)\.([A-Za-z0-9]+)|/t/([^/]+)\.([A-Za-z0-9]+)")
_TOKEN: Final = re.compile(r"(\.?[A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """One picture: which template, as what, with which values. Values are the strings of the query, not yet typed."""

    template: str
    format: str = "png"
    variables: Mapping[str, str] = field(default_factory=dict)
    options: Options = DEFAULTS

    def parameters(self) -> dict[str, str]:
        """All parameters of the query but the signature.

        Raises:
            InvalidValues: names that can't be signed and texts that no URL can carry, all of them at once.
            InvalidOption: options out of their ranges.
        """
        problems = [
            ValueProblem(name, why)
            for name, value in self.variables.items()
            if (why := why_not_a_variable(name) or why_not_a_value(value))
        ]
        if not is_template_name(self.template):
            problems.append(ValueProblem("template", "is 1 to 64 of a-z, 0-9 and '-', not starting with '-'."))
        if self.format not in FORMATS:
            problems.append(ValueProblem("format", f"is one of {', '.join(FORMATS)}."))
        if problems:
            raise InvalidValues(problems)
        return {**self.variables, **self.options.parameters()}

    def canonical(self) -> str:
        """Path and canonical query, the text that is signed.

        Raises:
            InvalidValues, InvalidOption: see `parameters`.
        """
        return _canonical(self.template, self.format, spell(self.parameters()))


@dataclass(frozen=True, slots=True)
class QueryUrl:
    """A URL `/i/…` taken apart. Nothing in it has been verified."""

    template: str
    format: str
    query: Query

    @property
    def signature(self) -> str | None:
        """The `_s` that came with it."""
        return self.query.signature

    @property
    def key_id(self) -> str | None:
        """The `_k` that came with it: which key the signer claims to have used."""
        return self.query.parameters.get("_k")

    def canonical(self) -> str:
        """The text that the signature must cover."""
        return _canonical(self.template, self.format, self.query.spelled)

    def request(self) -> ImageRequest:
        """The request it stands for. Raises InvalidOption for impossible options."""
        return _request(self.template, self.format, self.query.parameters)


@dataclass(frozen=True, slots=True)
class TokenUrl:
    """A URL `/t/…` taken apart. Nothing in it has been verified."""

    payload: str
    signature: str
    format: str

    def request(self) -> ImageRequest:
        """The request inside the payload.

        Raises:
            MalformedUrl: the payload is not in canonical form.
            BadSignature: the extension is not the one that was signed.
            InvalidOption: impossible options.
        """
        template, fmt, parameters = decode_payload(self.payload)
        if fmt != self.format:
            raise BadSignature(f"The token was signed for .{fmt}, not for .{self.format}.")
        unsignable = any(not name.startswith("_") and why_not_a_variable(name) for name in parameters)
        if unsignable or not is_template_name(template):
            raise MalformedUrl("The token holds names that can't be signed.")
        return _request(template, fmt, parameters)


def split(url: str | bytes, max_length: int = DEFAULT_MAX_URL_LENGTH) -> QueryUrl | TokenUrl:
    """Take a URL, or a path and query, apart without verifying anything.

    `url` may be the raw bytes of a request line. A scheme and host in front and a fragment behind are ignored.

    Raises:
        UrlTooLong: more than `max_length` characters.
        NotFound: neither `/i/{template}.{ext}` nor `/t/{token}.{ext}`.
        BadSignature: a token that isn't even shaped like one.
        UnknownFormat: an extension that is no format.
        MalformedUrl, UnsignedParameter, DuplicateParameter: see `server.urls.query`.
    """
    if len(url) > max_length:
        raise UrlTooLong(f"The URL has {len(url)} characters; {max_length} are accepted. Shorten its values.")
    text = url.decode("utf-8", "surrogateescape") if isinstance(url, bytes) else url
    if not text.startswith("/"):
        text = _without_origin(text)
    path, _, query = text.partition("#")[0].partition("?")
    match = _PATH.fullmatch(unquote(path) if "%" in path else path)
    if match is None:
        raise NotFound("Images live at /i/{template}.{format} and /t/{token}.{format}.")
    template, extension, token, token_extension = match.groups()
    fmt = read_format(extension or token_extension)
    if fmt is None:
        raise UnknownFormat(f"The path must end in one of {', '.join(FORMATS)}.")
    parts = read_query(query)
    if token is not None:
        return _split_token(token, fmt, parts)
    if not is_template_name(template):
        raise NotFound("A template's name is made of a-z, 0-9 and '-'.")
    return QueryUrl(template, fmt, parts)


def parse(url: str | bytes, max_length: int = DEFAULT_MAX_URL_LENGTH) -> ImageRequest:
    """The request a URL stands for, in whichever spelling. The signature is not looked at: see `server.signing`.

    `parse(build(request)) == request` for every request that can be built.

    Raises:
        SignetError: the errors of `split`, MalformedUrl and InvalidOption.
    """
    return split(url, max_length).request()


def build(request: ImageRequest) -> str:
    """The canonical, unsigned path and query of a request.

    Raises:
        InvalidValues: a name that can't be signed or a text no URL can carry.
        InvalidOption: an option out of its range.
    """
    return request.canonical()


def _canonical(template: str, fmt: str, spelled: Mapping[str, str]) -> str:
    query = join_query(spelled)
    return f"/i/{template}.{fmt}?{query}" if query else f"/i/{template}.{fmt}"


def _request(template: str, fmt: str, parameters: dict[str, str]) -> ImageRequest:
    variables = {name: value for name, value in parameters.items() if name[0] != "_"}
    if len(variables) == len(parameters):
        return ImageRequest(template, fmt, variables)
    reserved = {name: value for name, value in parameters.items() if name[0] == "_"}
    return ImageRequest(template, fmt, variables, read_options(reserved))


def _split_token(token: str, fmt: str, query: Query) -> TokenUrl:
    if query.parameters or query.signature is not None:
        raise UnsignedParameter("A token URL takes no parameters; remove them.")
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise BadSignature("This is no token; tokens have the form payload.signature.")
    return TokenUrl(match[1], match[2], fmt)


def _without_origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise MalformedUrl("This is no URL.") from error
    return f"{parts.path}?{parts.query}"
