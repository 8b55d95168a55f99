"""The client against servers that are slow, endless, broken, or send one elsewhere."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from server.outgoing import AllowedHosts, Caps, Guard, OutgoingClient
from server.outgoing.errors import (
    BadRedirect,
    BrokenAnswer,
    Refused,
    RefusedAddress,
    RefusedHeader,
    RefusedUrl,
    TimedOut,
    TooLarge,
    Unreachable,
)
from tests.server.outgoing.origin import Origin, cut_short, drip, flood, garbage, redirect, reply, serving

pytestmark = pytest.mark.anyio

CAPS = Caps(1_000_000, 5)


async def test_an_answer_is_read_whole_whatever_its_status(client: OutgoingClient, origin: Origin) -> None:
    origin.answers["/a"] = reply(418, b"tea", {"X-Kind": "green"})
    answer = await client.request(origin.url("/a?b=c"), CAPS, headers={"X-Mine": "1"})
    assert (answer.status, answer.body, answer.headers["x-kind"]) == (418, b"tea", "green")
    assert answer.url == origin.url("/a?b=c")
    (asked,) = origin.asked
    assert (asked.method, asked.path) == ("GET", "/a?b=c")
    assert asked.headers == {
        "host": f"127.0.0.1:{origin.port}",
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "keep-alive",
        "user-agent": "Signet",
        "x-mine": "1",
    }


async def test_bodies_are_sent(client: OutgoingClient, origin: Origin) -> None:
    origin.answers["/hook"] = reply(204)
    answer = await client.request(origin.url("/hook"), CAPS, method="POST", content=b'{"a":1}')
    assert answer.status == 204
    assert (origin.asked[0].method, origin.asked[0].body) == ("POST", b'{"a":1}')


async def test_of_an_answer_only_the_head_may_be_of_interest(client: OutgoingClient, origin: Origin) -> None:
    origin.answers |= {"/flood": flood, "/drip": drip, "/short": reply(200, b"thank you")}
    for path in ("/flood", "/drip", "/short"):
        answer = await client.request(origin.url(path), Caps(0, 5), method="POST", content=b"{}")
        assert (answer.status, answer.body) == (200, b"")


async def test_no_proxy_no_netrc_no_cookies(
    client: OutgoingClient, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    origin.answers["/"] = reply(200, b"", {"Set-Cookie": "id=1; Path=/"})
    fresh = OutgoingClient(Guard(AllowedHosts.parse(["127.0.0.1"])))
    for sender in (client, fresh, fresh):
        assert (await sender.request(origin.url(), CAPS)).status == 200
    await fresh.close()
    assert not any({"cookie", "authorization"} & set(asked.headers) for asked in origin.asked)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed(client: OutgoingClient, origin: Origin, status: int) -> None:
    origin.answers |= {"/one": redirect("two?x", status), "/two": redirect(origin.url("/three")), "/three": reply(200)}
    answer = await client.request(origin.url("/one"), CAPS)
    assert (answer.status, answer.url) == (200, origin.url("/three"))
    assert [asked.path for asked in origin.asked] == ["/one", "/two?x", "/three"]


async def test_at_most_three(client: OutgoingClient, origin: Origin) -> None:
    origin.answers["/"] = redirect("/")
    with pytest.raises(BadRedirect, match="more than 3 times"):
        await client.request(origin.url(), CAPS)
    assert len(origin.asked) == 4
    with pytest.raises(BadRedirect):
        await client.request(origin.url(), Caps(10, 5, redirects=0))
    assert len(origin.asked) == 5


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("http://127.0.0.2/", RefusedAddress),
        ("http://169.254.169.254/latest/meta-data/", RefusedAddress),
        ("//[::1]/", RefusedAddress),
        ("http://[::ffff:127.0.0.1]/", RefusedAddress),
        ("http://10.0.0.1:8080/", RefusedAddress),
        ("http://localhost/", RefusedUrl),
        ("http://0x7f.1/", RefusedUrl),
        ("http://2130706433/", RefusedUrl),
        ("http://user:pass@example.com/", RefusedUrl),
        ("http://example.com\\@127.0.0.1/", RefusedUrl),
        ("http://example.com:22/", RefusedUrl),
        ("file:///etc/passwd", RefusedUrl),
        ("gopher://example.com/", RefusedUrl),
        ("javascript:alert(1)", BadRedirect),
        ("http://[::1", BadRedirect),
        ("http://example.com:port/", BadRedirect),
    ],
)
async def test_redirects_pass_the_guard_too(
    client: OutgoingClient, origin: Origin, location: str, error: type[Exception]
) -> None:
    origin.answers["/"] = redirect(location)
    with pytest.raises(error):
        await client.request(origin.url(), CAPS)
    assert len(origin.asked) == 1


async def test_secrets_stay_with_their_origin(client: OutgoingClient, origin: Origin) -> None:
    with serving() as other:
        origin.answers |= {"/here": redirect("/there"), "/there": redirect(other.url("/"))}
        other.answers["/"] = reply(200)
        await client.request(
            origin.url("/here"), CAPS, headers={"X-Plain": "1"}, secret_headers={"Authorization": "Bearer x"}
        )
    assert [asked.headers.get("authorization") for asked in origin.asked] == ["Bearer x", "Bearer x"]
    assert "authorization" not in other.asked[0].headers
    assert other.asked[0].headers["x-plain"] == "1"


async def test_a_post_is_not_redirected(client: OutgoingClient, origin: Origin) -> None:
    origin.answers["/"] = redirect("/there", 307)
    with pytest.raises(BadRedirect):
        await client.request(origin.url(), CAPS, method="POST", content=b"x")
    assert len(origin.asked) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "1\r\nX-B: 2"),
        ("X-A", "1\nX-B: 2"),
        ("X-A", "1\0"),
        ("X-A", "1\x7f"),
        ("X-A", "\u2028"),
        ("X-A: 1\r\nX-B", "2"),
        ("X A", "1"),
        ("X-A:", "1"),
        ("", "1"),
    ],
    ids=ascii,
)
@pytest.mark.parametrize("secret", [False, True])
async def test_headers_cannot_be_smuggled(
    client: OutgoingClient, origin: Origin, name: str, value: str, secret: bool
) -> None:
    headers = {name: value}
    with pytest.raises(RefusedHeader) as caught:
        await client.request(
            origin.url(), CAPS, headers={} if secret else headers, secret_headers=headers if secret else {}
        )
    assert len(value) < 2 or value not in caught.value.log_message
    assert origin.asked == []


async def test_a_slow_loris_meets_the_deadline(client: OutgoingClient, origin: Origin) -> None:
    origin.answers["/"] = drip
    with pytest.raises(TimedOut):
        await client.request(origin.url(), Caps(10_000_000, 0.3))


async def test_the_deadline_includes_redirects(client: OutgoingClient, origin: Origin) -> None:
    def slowly(handler: object) -> None:
        origin.released.wait(0.2)
        redirect("/")(handler)  # type: ignore[arg-type]

    origin.answers["/"] = slowly
    with pytest.raises(TimedOut):
        await client.request(origin.url(), Caps(100, 0.3, redirects=20))
    assert len(origin.asked) <= 3


async def test_a_server_that_never_answers(client: OutgoingClient, origin: Origin) -> None:
    origin.answers["/"] = lambda handler: handler.start(200, {}) if origin.released.wait(20) else None
    with pytest.raises(TimedOut):
        await client.request(origin.url(), Caps(100, 0.2))


async def test_a_body_without_end(client: OutgoingClient, origin: Origin) -> None:
    origin.answers["/"] = flood
    with pytest.raises(TooLarge, match="1,000,000 bytes"):
        await client.request(origin.url(), CAPS)


async def test_a_body_that_is_announced_too_large_is_not_read(client: OutgoingClient, origin: Origin) -> None:
    origin.answers["/"] = lambda handler: handler.start(200, {"Content-Length": "1000001"})
    with pytest.raises(TooLarge):
        await client.request(origin.url(), CAPS)


async def test_exactly_the_cap(client: OutgoingClient, origin: Origin) -> None:
    origin.answers["/"] = reply(200, b"12345")
    assert (await client.request(origin.url(), Caps(5, 5))).body == b"12345"


async def test_gzip_that_nobody_asked_for(client: OutgoingClient, origin: Origin) -> None:
    origin.answers["/"] = reply(200, gzip.compress(b"packed"), {"Content-Encoding": "gzip"})
    assert (await client.request(origin.url(), CAPS)).body == b"packed"


async def test_a_bomb(client: OutgoingClient, origin: Origin) -> None:
    origin.answers["/"] = reply(200, gzip.compress(bytes(50_000_000), 1), {"Content-Encoding": "gzip"})
    with pytest.raises(TooLarge):
        await client.request(origin.url(), CAPS)


@pytest.mark.parametrize("answer", [cut_short, garbage])
async def test_broken_answers(client: OutgoingClient, origin: Origin, answer: object) -> None:
    assert callable(answer)
    origin.answers["/"] = answer
    with pytest.raises(BrokenAnswer):
        await client.request(origin.url(), CAPS)


async def test_nobody_listens(client: OutgoingClient) -> None:
    with serving() as origin:
        url = origin.url()
    with pytest.raises(Unreachable):
        await client.request(url, CAPS)


async def test_tls_with_a_certificate_that_nobody_trusts(client: OutgoingClient) -> None:
    with serving(certificate="pictures.internal.pem") as origin, pytest.raises(Unreachable):
        await client.request(f"https://127.0.0.1:{origin.port}/", CAPS)


async def test_a_host_is_asked_for_eight_things_at_once(client: OutgoingClient, origin: Origin) -> None:
    def slowly(handler: object) -> None:
        origin.released.wait(0.02)
        reply(200)(handler)  # type: ignore[arg-type]

    origin.answers["/"] = slowly
    answers = await asyncio.gather(*(client.request(origin.url(), CAPS) for _ in range(40)))
    assert {answer.status for answer in answers} == {200}
    assert origin.most_at_once <= 8


async def test_nothing_is_remembered_of_hosts(client: OutgoingClient, origin: Origin) -> None:
    origin.answers["/"] = reply(200)
    await client.request(origin.url(), CAPS)
    with pytest.raises(Refused):
        await client.request("http://192.168.0.1/", CAPS)
    assert len(client._hosts) == 0
