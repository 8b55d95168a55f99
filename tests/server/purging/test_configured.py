"""Which CDNs settings make, and which settings are refused."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from server.errors import ConfigurationError
from server.outgoing import Guard, OutgoingClient
from server.purging import configured_cdns
from server.settings import load_settings

pytestmark = pytest.mark.anyio

SITE = {"public_url": "https://img.example.com"}
AWS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
SECRET = "a-secret-of-the-tests"


@pytest.fixture
async def client() -> AsyncIterator[OutgoingClient]:
    made = OutgoingClient(Guard())
    yield made
    await made.close()


def names(client: OutgoingClient, settings: dict[str, object], environment: dict[str, str] | None = None) -> list[str]:
    return [cdn.name for cdn in configured_cdns(load_settings(env_file=None, **settings), client, environment or {})]


async def test_none_by_default(client: OutgoingClient) -> None:
    assert names(client, {}) == []


async def test_each_that_is_complete(client: OutgoingClient) -> None:
    settings = {
        **SITE,
        "cloudflare_zone": "z1",
        "cloudflare_token": SECRET,
        "fastly_service": "s1",
        "fastly_token": SECRET,
        "cloudfront_distribution": "E1",
        "bunny_key": SECRET,
    }
    assert names(client, settings, AWS) == ["cloudflare", "fastly", "bunny", "cloudfront"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cloudflare_zone": "z1"}, "Set SIGNET_CLOUDFLARE_TOKEN, too"),
        ({"cloudflare_token": SECRET}, "Set SIGNET_CLOUDFLARE_ZONE, too"),
        ({"fastly_service": "s1"}, "Set SIGNET_FASTLY_TOKEN, too"),
        ({"cloudfront_distribution": "E1"}, "needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        ({"bunny_key": SECRET, "public_url": ""}, "Set SIGNET_PUBLIC_URL: bunny"),
    ],
)
async def test_half_of_one_is_refused(client: OutgoingClient, settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        names(client, SITE | settings)
    assert SECRET not in str(caught.value)


def test_what_is_no_id_is_refused_and_tokens_are_not_shown() -> None:
    with pytest.raises(ConfigurationError, match=r"SIGNET_FASTLY_SERVICE: .*it is 'a/\.\./b'"):
        load_settings(env_file=None, fastly_service="a/../b")
    with pytest.raises(ConfigurationError, match="SIGNET_BUNNY_KEY") as caught:
        load_settings(env_file=None, bunny_key=[SECRET])
    assert SECRET not in str(caught.value)
