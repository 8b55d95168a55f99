"""What all CDNs have in common: what they are asked for, and requests that are tried again."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar
from urllib.parse import urlsplit

from server.outgoing import Caps, Fetched, OutgoingClient, OutgoingError
from server.outgoing.errors import BrokenAnswer, TimedOut, Unreachable
from server.purging.errors import CdnError

_CAPS: Final = Caps(max_bytes=1_000_000, seconds=15.0, redirects=0)
_PAUSES: Final = (0.5, 1.0, 2.0, 4.0)  # seconds before each further attempt
_LONGEST_PAUSE: Final = 10.0
_MESSAGE_LENGTH: Final = 200
_MEMBERS: Final = ("message", "Message", "msg", "detail", "error", "errors")
_XML_MESSAGE: Final = re.compile(r"<Message>([^<]*)</Message>")

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class CdnPurge:
    """What a CDN is to forget: what has a tag, absolute URLs, or everything that Signet serves.

    `site` is the absolute URL under which Signet's paths start, without a slash at its end.
    """

    site: str
    tags: Sequence[str] = ()
    urls: Sequence[str] = ()
    everything: bool = False

    def with_(self, other: CdnPurge) -> CdnPurge:
        """Both together, of the same site."""
        tags, urls = dict.fromkeys([*self.tags, *other.tags]), dict.fromkeys([*self.urls, *other.urls])
        return CdnPurge(self.site, sorted(tags), list(urls), self.everything or other.everything)

    @property
    def path(self) -> str:
        """The path of the site, empty for most."""
        return urlsplit(self.site).path

    def path_prefixes(self) -> list[str]:
        """What the tags mean to a CDN without tags: starts of paths under which all of it lies, and maybe more.

        A token does not show its template, so that each tag takes all tokens with it; and a tag that speaks of
        something else than a template may stand for any picture.
        """
        names = {_template(tag) for tag in self.tags}
        if self.everything or None in names:
            return [f"{self.path}/i/", f"{self.path}/t/"]
        return [*sorted(f"{self.path}/i/{name}." for name in names), f"{self.path}/t/"] if names else []


class Cdn(Protocol):
    """One account at one CDN."""

    @property
    def name(self) -> str:
        """As answers and settings call it."""

    async def purge(self, wanted: CdnPurge) -> None:
        """Forget. Raises CdnError."""


class Sender:
    """Sends requests to a CDN's API and repeats those that may succeed later."""

    def __init__(
        self,
        client: OutgoingClient,
        *,
        secrets: Sequence[str],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """`secrets` are kept out of every message."""
        self._client = client
        self._secrets = tuple(secret for secret in secrets if secret)
        self._sleep = sleep

    async def send(
        self,
        method: str,
        url: str,
        *,
        content: bytes = b"",
        headers: Callable[[], Mapping[str, str]],
        secret_headers: Callable[[], Mapping[str, str]],
    ) -> Fetched:
        """A request, and again after 429, 5xx and lost connections, five times in all and ten seconds apart at most.

        Headers are made anew for each attempt: signatures age. Purging twice does no harm.

        Raises:
            CdnError: it was refused, or failed each time.
        """
        problem = ""
        for pause in (*_PAUSES, None):
            answer: Fetched | None = None
            try:
                answer = await self._client.request(
                    url,
                    _CAPS,
                    method=method,
                    headers=headers(),
                    secret_headers=secret_headers(),
                    content=content,
                    insistent=True,
                )
            except (Unreachable, TimedOut, BrokenAnswer) as error:
                problem = error.message
            except OutgoingError as error:
                raise CdnError(self._clean(problem or error.message)) from error
            else:
                if 200 <= answer.status < 300:
                    return answer
                problem = f"it answered {answer.status}: {_explanation(answer.body)}"
                if answer.status != 429 and answer.status < 500:
                    break
            if pause is None or (wait := _wait(answer, pause)) > _LONGEST_PAUSE:
                break
            await self._sleep(wait)
        raise CdnError(self._clean(problem))

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text


def batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """The items in lists of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def json_body(document: object) -> bytes:
    """As APIs that take JSON read it."""
    return json.dumps(document, separators=(",", ":")).encode()


def _template(tag: str) -> str | None:
    """The template of `template:NAME` and `binding:NAME/…`."""
    kind, _, name = tag.partition(":")
    return name.partition("/")[0] if kind in ("template", "binding") else None


def _wait(answer: Fetched | None, pause: float) -> float:
    """Seconds until the next attempt: what the CDN says (RFC 9110 section 10.2.3), but no less than the pause."""
    asked = answer.headers.get("retry-after", "") if answer is not None else ""
    return max(pause, float(asked)) if asked.isdecimal() else pause


def _explanation(body: bytes) -> str:
    """The message of an error document, JSON or XML, or else the start of the body."""
    text = body.decode("utf-8", "replace")
    try:
        found = _message(json.loads(text))
    except (ValueError, RecursionError):
        match = _XML_MESSAGE.search(text)
        found = match[1] if match else ""
    shown = " ".join((found or text).split())
    return "".join(filter(str.isprintable, shown))[:_MESSAGE_LENGTH] or "no explanation"


def _message(document: object) -> str:
    match document:
        case str():
            return document
        case list() if document:
            return _message(document[0])
        case dict():
            return next((text for name in _MEMBERS if (text := _message(document.get(name)))), "")
    return ""
