"""Every CDN is asked as its documentation says, in batches it takes, and again when that may help."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable

import pytest

from server.edge import free_loopback_address
from server.outgoing import AllowedHosts, Guard, OutgoingClient
from server.purging.cdn.bunny import Bunny
from server.purging.cdn.cloudflare import Cloudflare
from server.purging.cdn.cloudfront import CloudFront
from server.purging.cdn.fastly import Fastly
from server.purging.cdn.sending import Cdn, CdnPurge
from server.purging.cdn.sigv4 import AwsCredentials
from server.purging.errors import CdnError
from tests.server.purging.recorder import SECRET, Api, Asked, Said, running_api

pytestmark = pytest.mark.anyio

SITE = "https://img.example.com"
URL = f"{SITE}/i/article.png?title=a%20b&_s=x"
MIXED = CdnPurge(SITE, ["binding:article/stats", "template:product"], [URL])
EVERYTHING = CdnPurge(SITE, ["template:product"], [URL], everything=True)
AWS = AwsCredentials("AKIDEXAMPLE", SECRET, "session-token-of-the-tests")


def cloudflare(api: Api) -> Cdn:
    return Cloudflare(api.sender(), "zone1", SECRET, api=api.recorder.url)


def fastly(api: Api) -> Cdn:
    return Fastly(api.sender(), "svc1", SECRET, api=api.recorder.url)


def cloudfront(api: Api) -> Cdn:
    return CloudFront(api.sender(SECRET, AWS.session_token), "E1", AWS, clock=lambda: 1e9, api=api.recorder.url)


def bunny(api: Api) -> Cdn:
    return Bunny(api.sender(), SECRET, api=api.recorder.url)


ALL = (cloudflare, fastly, cloudfront, bunny)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with running_api() as running:
        yield running


def lines(asked: list[Asked]) -> list[tuple[str, str]]:
    return [(one.method, one.target) for one in asked]


async def test_cloudflare(api: Api) -> None:
    await cloudflare(api).purge(MIXED)
    tags, files = api.recorder.asked
    assert lines([tags, files]) == [("POST", "/client/v4/zones/zone1/purge_cache")] * 2
    assert tags.json() == {"tags": ["binding:article/stats", "template:product"]}
    assert files.json() == {"files": [URL]}
    assert tags.headers["authorization"] == f"Bearer {SECRET}"
    assert tags.headers["content-type"] == "application/json"


async def test_cloudflare_keeps_what_else_is_in_the_zone(api: Api) -> None:
    await cloudflare(api).purge(EVERYTHING)
    assert [one.json() for one in api.recorder.asked] == [
        {"prefixes": ["img.example.com/i", "img.example.com/t"]},
    ]


async def test_fastly(api: Api) -> None:
    await fastly(api).purge(MIXED)
    keys, url = api.recorder.asked
    assert lines([keys, url]) == [
        ("POST", "/service/svc1/purge"),
        ("POST", "/purge/img.example.com/i/article.png?title=a%20b&_s=x"),
    ]
    assert keys.json() == {"surrogate_keys": ["binding:article/stats", "template:product"]}
    assert keys.headers["fastly-key"] == url.headers["fastly-key"] == SECRET
    assert "fastly-soft-purge" not in keys.headers


async def test_fastly_can_purge_softly_and_keeps_what_else_is_in_the_service(api: Api) -> None:
    await Fastly(api.sender(), "svc1", SECRET, soft=True, api=api.recorder.url).purge(EVERYTHING)
    (keys,) = api.recorder.asked
    assert keys.target == "/service/svc1/purge"
    assert keys.json() == {"surrogate_keys": ["signet"]}
    assert keys.headers["fastly-soft-purge"] == "1"


async def test_bunny(api: Api) -> None:
    await bunny(api).purge(MIXED)
    escaped = "https%3A%2F%2Fimg.example.com%2F"
    assert lines(api.recorder.asked) == [
        ("POST", f"/purge?url={escaped}i%2Farticle.%2A"),
        ("POST", f"/purge?url={escaped}i%2Fproduct.%2A"),
        ("POST", f"/purge?url={escaped}t%2F%2A"),
        ("POST", f"/purge?url={escaped}i%2Farticle.png%3Ftitle%3Da%2520b%26_s%3Dx"),
    ]
    assert {one.headers["accesskey"] for one in api.recorder.asked} == {SECRET}
    api.recorder.asked.clear()
    await bunny(api).purge(EVERYTHING)
    assert [one.target for one in api.recorder.asked] == [
        f"/purge?url={escaped}i%2F%2A",
        f"/purge?url={escaped}t%2F%2A",
    ]


def paths(asked: Asked) -> list[str]:
    return re.findall("<Path>(.*?)</Path>", asked.body.decode())


async def test_cloudfront(api: Api) -> None:
    await cloudfront(api).purge(MIXED)
    (asked,) = api.recorder.asked
    assert (asked.method, asked.target) == ("POST", "/2020-05-31/distribution/E1/invalidation")
    assert re.fullmatch(
        r'<\?xml version="1\.0" encoding="UTF-8"\?>'
        r'<InvalidationBatch xmlns="http://cloudfront\.amazonaws\.com/doc/2020-05-31/">'
        r"<CallerReference>signet-1000000000000000-0-[0-9a-f]{16}</CallerReference>"
        r"<Paths><Items><Path>/i/article\.\*</Path><Path>/i/product\.\*</Path><Path>/t/\*</Path>"
        r"<Path>/i/article\.png\?title=a%20b&amp;_s=x</Path></Items><Quantity>4</Quantity></Paths></InvalidationBatch>",
        asked.body.decode(),
    )
    assert asked.headers["content-type"] == "application/xml"
    assert asked.headers["x-amz-date"] == "20010909T014640Z"
    assert asked.headers["x-amz-security-token"] == AWS.session_token
    assert re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20010909/us-east-1/cloudfront/aws4_request, "
        r"SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}",
        asked.headers["authorization"],
    )


async def test_cloudfront_with_tags(api: Api) -> None:
    cdn = CloudFront(api.sender(), "E1", AWS, tags=True, api=api.recorder.url)
    await cdn.purge(MIXED)
    await cdn.purge(EVERYTHING)
    first, second = map(paths, api.recorder.asked)
    assert first == ["#binding:article/stats", "#template:product", "/i/article.png?title=a%20b&amp;_s=x"]
    assert second == ["/i/*", "/t/*"]


async def test_a_star_in_a_url_stands_for_itself(api: Api) -> None:
    await cloudfront(api).purge(CdnPurge(SITE, urls=[f"{SITE}/i/a.png?title=*", f"{SITE}/i/a.png?title=é|"]))
    assert paths(api.recorder.asked[0]) == ["/i/a.png?title=%2A", "/i/a.png?title=%C3%A9%7C"]


async def test_what_a_site_has_in_front_of_its_paths_counts(api: Api) -> None:
    wanted = CdnPurge("https://example.com/pictures", ["template:a"], everything=False)
    assert wanted.path_prefixes() == ["/pictures/i/a.", "/pictures/t/"]
    await bunny(api).purge(CdnPurge("https://example.com/pictures", everything=True))
    assert api.recorder.asked[0].target == "/purge?url=https%3A%2F%2Fexample.com%2Fpictures%2Fi%2F%2A"
    await cloudflare(api).purge(CdnPurge("https://example.com/pictures", everything=True))
    assert api.recorder.asked[-1].json() == {"prefixes": ["example.com/pictures/i", "example.com/pictures/t"]}


async def test_other_tags_may_stand_for_any_picture_where_there_are_no_tags() -> None:
    assert CdnPurge(SITE, ["asset:logo", "template:a"]).path_prefixes() == ["/i/", "/t/"]


@pytest.mark.parametrize(
    ("make", "tags", "urls"),
    [(cloudflare, [100, 100, 50], [100, 50]), (fastly, [250], [1] * 150), (cloudfront, [], [])],
)
async def test_batches_are_as_large_as_allowed(
    api: Api, make: Callable[[Api], Cdn], tags: list[int], urls: list[int]
) -> None:
    wanted = CdnPurge(SITE, [f"template:t{number}" for number in range(250)], [f"{URL}{n}" for n in range(150)])
    await make(api).purge(wanted)
    if make is cloudfront:
        assert [len(paths(one)) for one in api.recorder.asked] == [251 + 150]
        return
    sizes = [len(next(iter(one.json().values()))) if one.body else 1 for one in api.recorder.asked]  # type: ignore[attr-defined]
    assert sizes == [*tags, *urls]


async def test_large_invalidations_are_several(api: Api) -> None:
    await cloudfront(api).purge(CdnPurge(SITE, urls=[f"{URL}{n}" for n in range(3001)]))
    assert [len(paths(one)) for one in api.recorder.asked] == [3000, 1]
    references = {re.findall("<CallerReference>(.*?)<", one.body.decode())[0] for one in api.recorder.asked}
    assert len(references) == 2


@pytest.mark.parametrize("make", ALL)
async def test_what_may_succeed_later_is_tried_again(api: Api, make: Callable[[Api], Cdn]) -> None:
    api.recorder.says = [Said(503), Said(429, headers=("Retry-After: 3",)), Said(500)]
    await make(api).purge(CdnPurge(SITE, urls=[URL]))
    assert api.waits == [0.5, 3.0, 2.0]
    assert len(set(lines(api.recorder.asked))) == 1
    assert len({one.body for one in api.recorder.asked}) == 1
    assert len(api.recorder.asked) == 4


@pytest.mark.parametrize("make", ALL)
async def test_not_for_ever(api: Api, make: Callable[[Api], Cdn]) -> None:
    api.recorder.says = [Said(503, b'{"message":"maintenance"}')] * 9
    with pytest.raises(CdnError, match="it answered 503: maintenance"):
        await make(api).purge(CdnPurge(SITE, urls=[URL]))
    assert (len(api.recorder.asked), api.waits) == (5, [0.5, 1.0, 2.0, 4.0])
    api.recorder.says = [Said(429, headers=("Retry-After: 3600",))]
    with pytest.raises(CdnError, match="it answered 429"):
        await make(api).purge(CdnPurge(SITE, urls=[URL]))
    assert len(api.waits) == 4


EXPLANATIONS = {
    b'{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}': "Authentication error",
    b'{"msg":"Provided credentials are missing or invalid"}': "Provided credentials are missing or invalid",
    b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>not\n authorized</Message></Error></ErrorResponse>": (
        "not authorized"
    ),
    b"": "no explanation",
    b"<h1>Bad\x00</h1>": "<h1>Bad</h1>",
    f"what is {SECRET}?".encode(): "what is …?",
    b"x" * 1000: "x" * 200,
    b'[1, {"message": ["deep"]}]': '[1, {"message": ["deep"]}]',
}


@pytest.mark.parametrize(("body", "explanation"), EXPLANATIONS.items(), ids=range(len(EXPLANATIONS)))
@pytest.mark.parametrize("make", ALL)
async def test_a_refusal_is_not_repeated_and_says_why(
    api: Api, make: Callable[[Api], Cdn], body: bytes, explanation: str
) -> None:
    api.recorder.says = [Said(403, body)]
    with pytest.raises(CdnError) as caught:
        await make(api).purge(CdnPurge(SITE, urls=[URL]))
    assert str(caught.value) == f"it answered 403: {explanation}"
    assert (len(api.recorder.asked), api.waits) == (1, [])


@pytest.mark.parametrize("make", ALL)
async def test_a_redirect_is_not_followed_with_the_credentials(api: Api, make: Callable[[Api], Cdn]) -> None:
    api.recorder.says = [Said(302, headers=("Location: /elsewhere",))]
    with pytest.raises(CdnError, match="redirect"):
        await make(api).purge(CdnPurge(SITE, urls=[URL]))
    assert len(api.recorder.asked) == 1


async def test_a_cdn_that_cannot_be_reached_is_said_so(api: Api) -> None:
    address = free_loopback_address()
    api.client = OutgoingClient(Guard(AllowedHosts.parse((address,))))
    with pytest.raises(CdnError, match="cannot be reached"):
        await Cloudflare(api.sender(), "zone1", SECRET, api=f"http://{address}").purge(MIXED)
    await api.client.close()
    assert api.waits == [0.5, 1.0, 2.0, 4.0]


async def test_nothing_wanted_is_nothing_asked(api: Api) -> None:
    for make in ALL:
        await make(api).purge(CdnPurge(SITE))
    assert api.recorder.asked == []
