"""Where the server is, the key, and refusals in readable words."""

from __future__ import annotations

import click
import pytest

from server.commands.calls import Caller, NoAnswer, Refused, Unreachable, plain
from tests.server.commands.scripted_server import Reply, problem, scripted


@pytest.mark.parametrize(
    "address", ["localhost:8000", "ftp://host", "http://", "http://host:port", "", "http://h:99999", "\0"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(click.ClickException):
        Caller(address, "key").json("GET", "/")


@pytest.mark.parametrize("key", ["schlüssel", "two\nlines"])
def test_a_key_that_no_header_carries_is_refused(key: str) -> None:
    with pytest.raises(click.ClickException, match="API key"):
        Caller("http://127.0.0.1", key)


def test_the_server_may_be_below_a_path() -> None:
    with scripted(lambda asked: Reply(200, b'{"a": 1}')) as server:
        caller = Caller(f"{server.url}/signet/", "key")
        assert caller.json("GET", "/v1/batches", limit="2") == {"a": 1}
        caller.client.close()
    (asked,) = server.asked
    assert (asked.path, asked.query, asked.headers["authorization"]) == (
        "/signet/v1/batches",
        {"limit": "2"},
        "Bearer key",
    )


def test_what_happens_to_connections_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # would learn the key
    with scripted(lambda asked: Reply(0)) as server, pytest.raises(NoAnswer, match="has broken off"):
        Caller(server.url, "key").json("GET", "/")
    with pytest.raises(Unreachable, match="can't be reached"):
        Caller(server.url, "key").json("GET", "/")
    with scripted(lambda asked: Reply(held=True)) as server, pytest.raises(NoAnswer, match="does not answer"):
        Caller(server.url, "key", 0.1).json("GET", "/")
    with scripted(lambda asked: Reply(200, b"{}")) as server, pytest.raises(Unreachable, match="can't be reached"):
        Caller(server.url.replace("http:", "https:"), "key").json("GET", "/")


def test_refusals_carry_the_pause_that_is_asked_for() -> None:
    with scripted(lambda asked: problem(429, "Too many.", Retry_After="7")) as server, pytest.raises(Refused) as caught:
        Caller(server.url, "key").json("GET", "/")
    assert (caught.value.status, caught.value.retry_after) == (429, 7.0)
    assert caught.value.message == f"{server.url} answered 429: Too many."


def test_words_of_others_are_one_plain_line() -> None:
    assert plain("a\n b\t\x1b[2Jc \u202e") == "a b \\u001b[2Jc \\u202e"
    assert plain("x" * 400) == "x" * 299 + "…"
    assert plain("Grüße, 世界") == "Grüße, 世界"
