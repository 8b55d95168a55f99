"""What is to be purged: tags, pictures by their URLs, or everything; and how it was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from renderer.errors import ValueProblem
from server.errors import InvalidValues, SignetError
from server.signing import UrlSigner
from server.urls import (
    DEFAULT_MAX_URL_LENGTH,
    ImageRequest,
    QueryUrl,
    TokenUrl,
    build,
    split,
    with_public_url,
    without_public_url,
)

_TAG: Final = re.compile(r"[A-Za-z0-9_.:/-]{1,200}")
_TEMPLATE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_BINDING: Final = re.compile(rf"{_TEMPLATE.pattern}/[A-Za-z0-9_.-]{{1,64}}")


@dataclass(frozen=True, slots=True)
class PictureUrl:
    """A picture by URL. `given` is the signed path and query as somebody wrote it; None if it was unsigned."""

    request: ImageRequest
    given: str | None

    @property
    def identity(self) -> str:
        """One text for all URLs of the picture: see `identity`."""
        return identity(self.request)

    def public_urls(self, signer: UrlSigner, public_url: str) -> list[str]:
        """Absolute URLs under which a CDN may have it: as given, canonical, and as a token."""
        newest = replace(self.request, options=replace(self.request.options, key_id=None))
        paths = [signer.sign(newest), signer.sign_token(newest)]
        if self.given is not None:
            paths = [self.given, _canonical(self.given), *paths]
        return [with_public_url(public_url, path) for path in dict.fromkeys(paths)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be purged; `everything` outweighs the rest."""

    tags: frozenset[str] = frozenset()
    pictures: tuple[PictureUrl, ...] = ()
    everything: bool = False

    def with_(self, other: Wanted) -> Wanted:
        """Both together."""
        return Wanted(self.tags | other.tags, self.pictures + other.pictures, self.everything or other.everything)


def identity(request: ImageRequest) -> str:
    """The canonical URL without signature and key id: equal for every spelling, for tokens, and after key rotation."""
    return build(replace(request, options=replace(request.options, key_id=None)))


def read_wanted(
    *,
    tags: Sequence[str] = (),
    urls: Sequence[str] = (),
    templates: Sequence[str] = (),
    bindings: Sequence[str] = (),
    everything: bool = False,
    public_url: str = "",
    max_url_length: int = DEFAULT_MAX_URL_LENGTH,
) -> Wanted:
    """What callers of the API and of the command ask for.

    URLs may be absolute or start with their path, be signed in any accepted spelling, tokens, or unsigned: whoever may
    purge may purge anything, so signatures are not looked at.

    Raises:
        InvalidValues: nothing was asked for, or something that can't be read; all problems at once.
    """
    problems = [
        *_misfits("tags", tags, _TAG, "no tag; write template:NAME or binding:TEMPLATE/NAME"),
        *_misfits("templates", templates, _TEMPLATE, "no name of a template"),
        *_misfits("bindings", bindings, _BINDING, "no binding; write TEMPLATE/NAME"),
    ]
    pictures = []
    for number, url in enumerate(urls):
        try:
            pictures.append(_picture(url, public_url, max_url_length))
        except SignetError as error:
            problems.append(ValueProblem(f"urls[{number}]", f"names no picture: {error.message}"))
    if not (everything or tags or urls or templates or bindings):
        problems.append(ValueProblem("everything", "or tags, urls, templates or bindings must say what to purge."))
    if problems:
        raise InvalidValues(problems)
    named = (*tags, *(f"template:{name}" for name in templates), *(f"binding:{name}" for name in bindings))
    return Wanted(frozenset(named), tuple(pictures), everything)


def _misfits(field: str, values: Iterable[str], pattern: re.Pattern[str], why: str) -> list[ValueProblem]:
    return [
        ValueProblem(f"{field}[{number}]", f"is {why}.", got=value[:80])
        for number, value in enumerate(values)
        if not pattern.fullmatch(value)
    ]


def _picture(url: str, public_url: str, max_url_length: int) -> PictureUrl:
    path = without_public_url(public_url, url)
    parts = split(path, max_url_length)
    signed = isinstance(parts, TokenUrl) or parts.signature is not None
    request = parts.request()
    build(request)  # raises for what no URL may hold
    return PictureUrl(request, _without_origin(path) if signed else None)


def _without_origin(url: str) -> str:
    """Path and query, as they are written."""
    return re.sub(r"\A[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*", "", url).partition("#")[0]


def _canonical(signed: str) -> str:
    """The canonical spelling of a signed path and query with the signature that it has."""
    parts = split(signed, len(signed))
    if not isinstance(parts, QueryUrl):
        return signed.partition("?")[0]
    text = parts.canonical()
    return f"{text}{'&' if '?' in text else '?'}_s={parts.signature}"
