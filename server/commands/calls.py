"""Calls of the command line to a running server: where it is, the key, and refusals in readable words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    import httpx

    from server.settings import Settings

_SECONDS: Final = 60.0


class NoAnswer(click.ClickException):
    """The server can't be reached, or broke off."""


class Refused(click.ClickException):
    """The server has answered with a problem document."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Caller:
    """Talks to one server with an API key."""

    def __init__(self, address: str, key: str) -> None:
        import httpx

        self.address = address.rstrip("/")
        self.client = httpx.Client(
            base_url=self.address,
            headers={"Authorization": f"Bearer {key}", "User-Agent": "signet"},
            timeout=_SECONDS,
            trust_env=False,
        )

    def json(self, method: str, path: str, body: object = None, **parameters: str) -> Any:  # noqa: ANN401 - JSON
        """What the server answers to a request. Raises NoAnswer, Refused."""
        with self.troubles():
            answer = self.client.request(method, path, params=parameters or None, json=body)
            return self.read(answer)

    def read(self, answer: httpx.Response) -> Any:  # noqa: ANN401 - JSON
        """An answer as JSON. Raises Refused, NoAnswer."""
        self.check(answer)
        try:
            return answer.json()
        except ValueError:
            raise NoAnswer(f"{self.address} has sent no JSON; is it a Signet server?") from None

    def check(self, answer: httpx.Response) -> None:
        """Raises Refused for an answer that is none to what was asked."""
        if answer.is_success:
            return
        answer.read()
        try:
            problem = answer.json()
        except ValueError:
            problem = None
        if not isinstance(problem, dict) or "detail" not in problem:
            message = f"{self.address} answered {answer.status_code}, which is no Signet server; name yours: --server."
            raise Refused(answer.status_code, message)
        raise Refused(answer.status_code, _words(problem))

    @contextmanager
    def troubles(self) -> Iterator[None]:
        """Turns what may happen to a connection into NoAnswer."""
        import httpx

        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NoAnswer(f"{self.address} can't be reached: {error}.") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswer(f"{self.address} has broken off: {str(error) or type(error).__name__}.") from None


def make_caller(server: str | None) -> Caller:
    """The server with this address, or the one of this machine. Raises ClickException without a key for it."""
    from server.settings import load_settings

    settings = load_settings()
    key = known_api_key(settings)
    if key is None:
        raise click.ClickException("SIGNET_API_KEYS is not set, and the data directory has no api-key.txt.")
    caller = Caller(server or f"http://{settings.address}", key)
    click.get_current_context().call_on_close(caller.client.close)
    return caller


def known_api_key(settings: Settings) -> str | None:
    """The newest API key that was set or made before; none is made here."""
    from server.keys import API_KEY_FILE, api_keys

    configured = [key.get_secret_value() for key in settings.api_keys]
    if not configured and not (settings.data_dir / API_KEY_FILE).exists():
        return None
    return api_keys(configured, settings.data_dir)[-1]


def _words(problem: Mapping[str, Any]) -> str:
    """The problems one by one, or what the document says as a whole."""
    problems = problem.get("problems")
    if not isinstance(problems, list) or not problems:
        return str(problem["detail"])
    lines = [f"{each.get('name')}: {each.get('message')}" for each in problems if isinstance(each, dict)]
    return lines[0] if len(lines) == 1 else "\n  ".join([f"{len(lines)} problems:", *lines])


def json_text(document: object) -> str:
    """A document as the commands print it."""
    return json.dumps(document, ensure_ascii=False, indent=2)
