"""Addresses of receivers."""

from __future__ import annotations

import pytest

from server.batch.deliveries import check_webhook_url
from server.batch.deliveries.addresses import normal_address, origin_of
from server.errors import InvalidValues
from server.outgoing import AllowedHosts, Guard

GUARD = Guard(AllowedHosts.parse(["hooks.internal", "127.0.0.1"]))


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hooks?token=a%20b",
        "http://example.com:8080/",
        "https://hooks.internal/x",
        "http://127.0.0.1:9000/",
        "https://93.184.215.14/",
    ],
)
def test_addresses_that_may_be_asked_for(url: str) -> None:
    check_webhook_url(url, GUARD)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.com/", "it does not start with https:// or http://"),
        ("example.com/hook", "it does not start with https:// or http://"),
        ("https://me:secret@example.com/", "it contains a user name or password"),
        ("https://localhost/", "its host is no name of the public internet"),
        ("https://db.internal/", "its host is no name of the public internet"),
        ("https://example.com:25/", "its port 25 is not one for HTTP"),
        ("https://example.com/a b", "it contains a space"),
        ("https:///hook", "it has no host"),
        ("https://0x7f.1/", "neither a name nor an address"),
        ("http://10.0.0.1/", "its host is not on the public internet"),
        ("https://[::1]:9000/", "its host is not on the public internet"),
    ],
)
def test_addresses_that_are_refused_name_the_option(url: str, reason: str) -> None:
    with pytest.raises(InvalidValues) as caught:
        check_webhook_url(url, GUARD)
    (problem,) = caught.value.problems
    assert problem.name == "webhook_url"
    assert reason in problem.message
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "normal", "origin"),
    [
        ("HTTPS://Example.COM/Hook?A=B#part", "https://example.com/Hook?A=B", "https://example.com"),
        ("http://a:8000", "http://a:8000", "http://a:8000"),
        ("http://a?x=//B/", "http://a?x=//B/", "http://a"),
    ],
)
def test_what_addresses_of_one_server_have_in_common(url: str, normal: str, origin: str) -> None:
    assert normal_address(url) == normal
    assert origin_of(normal) == origin
