"""Calls of the command line to a running server: where it is, the key, and refusals in readable words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    import httpx

    from server.settings import Settings

SERVER_OPTION: Final = click.option("--server", metavar="URL", help="The server to ask. [the one of this machine]")

_SECONDS: Final = 60.0
_ABOUT_WHAT_WAS_ASKED: Final = (400, 404, 409, 413, 415, 422)
_LONGEST: Final = 300  # characters of one line of somebody else's words


Problem = Mapping[str, object]
"""A member of `problems` of a problem document: `name`, `message`, perhaps `expected`, `got` and `code`."""


class NoAnswer(click.ClickException):
    """The server has broken off, or has answered what cannot be read."""


class Unreachable(NoAnswer):
    """There was no connection, so nothing has been asked."""


class Refused(click.ClickException):
    """The server has said no. `retry_after` is the pause that it asks for, in seconds; `problems` as it sent them."""

    def __init__(
        self, status: int, message: str, retry_after: float | None = None, problems: Sequence[Problem] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        self.problems = problems


class Caller:
    """Talks to one server with an API key. Never through a proxy of the environment: it would learn the key."""

    def __init__(self, address: str, key: str, seconds: float = _SECONDS) -> None:
        """`seconds` is how long an answer may take. Raises ClickException for an address or key that can't be one."""
        import httpx

        self.address = address.rstrip("/")
        if not key.isascii() or not key.isprintable():
            raise click.ClickException("The API key has characters that no header can carry.")
        try:
            url = httpx.URL(self.address)
        except httpx.InvalidURL as error:
            raise click.BadParameter(f"{plain(address)}: {error}.", param_hint="--server") from None
        if url.scheme not in ("http", "https") or not url.host:
            message = f"{plain(address)} is no address of a server; write http://127.0.0.1:8000."
            raise click.BadParameter(message, param_hint="--server")
        self.client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {key}", "User-Agent": "signet"},
            timeout=seconds,
            trust_env=False,
        )

    def json(self, method: str, path: str, body: object = None, **parameters: str) -> object:
        """What the server answers to a request. Raises NoAnswer, Refused."""
        with self.troubles():
            return self.read(self.client.request(method, path, params=parameters or None, json=body))

    def read(self, answer: httpx.Response) -> object:
        """An answer as JSON. Raises Refused, NoAnswer."""
        self.check(answer)
        try:
            document: object = json.loads(answer.read())
        except ValueError:
            raise NoAnswer(f"{self.address} has sent no JSON; is it a Signet server?") from None
        return document

    def check(self, answer: httpx.Response) -> None:
        """Raises Refused for an answer that is none to what was asked."""
        if answer.is_success:
            return
        status, document = answer.status_code, _document(answer.read())
        words, problems = _words(document), _problems(document)
        if answer.has_redirect_location:
            words = (
                f"{self.address} has moved; name the server with --server, as in {plain(answer.headers['location'])}"
            )
        elif words is None:
            words = f"{self.address} answered {status}, which is no Signet server; name yours with --server."
        elif status not in _ABOUT_WHAT_WAS_ASKED:
            words = f"{self.address} answered {status}: {words}"
        raise Refused(status, words, _pause(answer), problems)

    @contextmanager
    def troubles(self) -> Iterator[None]:
        """Turns what may happen to a connection into NoAnswer."""
        import httpx

        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unreachable(f"{self.address} can't be reached: {_reason(error)}.") from None
        except httpx.TimeoutException:
            raise NoAnswer(f"{self.address} does not answer.") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswer(f"{self.address} has broken off: {_reason(error)}.") from None


def make_caller(server: str | None) -> Caller:
    """The server with this address, or the one of this machine. Raises ClickException without a key for it."""
    from server.settings import load_settings

    settings = load_settings()
    caller = Caller(address_of(server, settings), required_api_key(settings))
    click.get_current_context().call_on_close(caller.client.close)
    return caller


def address_of(server: str | None, settings: Settings) -> str:
    """The server that was named, or the one of this machine."""
    return server or f"http://{settings.address}"


def required_api_key(settings: Settings) -> str:
    """The newest API key. Raises ClickException if there is none."""
    key = known_api_key(settings)
    if key is None:
        raise click.ClickException("SIGNET_API_KEYS is not set, and the data directory has no api-key.txt.")
    return key


def known_api_key(settings: Settings) -> str | None:
    """The newest API key that was set or made before; none is made here."""
    from server.keys import API_KEY_FILE, api_keys

    configured = [key.get_secret_value() for key in settings.api_keys]
    if not configured and not (settings.data_dir / API_KEY_FILE).exists():
        return None
    return api_keys(configured, settings.data_dir)[-1]


def plain(text: str, most: int = _LONGEST) -> str:
    """Somebody else's words on one line, without characters that would command a terminal."""
    line = " ".join(text.split())
    line = line if len(line) <= most else f"{line[: most - 1]}…"
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in line)


def problems_text(problems: Sequence[Problem]) -> str:
    """What is wrong, each problem on a line."""
    lines = [_problem(each) for each in problems]
    return lines[0] if len(lines) == 1 else "\n  ".join([f"{len(lines)} problems:", *lines])


def _document(body: bytes) -> object:
    try:
        document: object = json.loads(body)
    except ValueError:
        return None
    return document


def _words(document: object) -> str | None:
    """What a problem document (RFC 9457) says: its problems one by one, or else its detail. None if it is no such."""
    if problems := _problems(document):
        return problems_text(problems)
    match document:
        case {"detail": str(detail)}:
            return plain(detail)
    return None


def _problems(document: object) -> list[Problem]:
    match document:
        case {"problems": [_, *_] as problems}:
            return [each for each in problems if isinstance(each, dict)]
    return []


def _problem(problem: Problem) -> str:
    line = f"{problem.get('name')}: {problem.get('message')}"
    for member in ("expected", "got"):
        if problem.get(member):
            line += f" {member.capitalize()}: {problem[member]}."
    return plain(line)


def _pause(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None


def _reason(error: Exception) -> str:
    return plain(str(error)).rstrip(".") or type(error).__name__


def json_text(document: object) -> str:
    """A document as the commands print it."""
    return json.dumps(document, ensure_ascii=False, indent=2)
