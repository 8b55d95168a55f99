"""What may be asked for, and what is said about the rest."""

from __future__ import annotations

import pytest

from server.errors import InvalidValues
from server.purging import Wanted, read_wanted
from server.signing import UrlSigner
from server.urls import ImageRequest, parse

SIGNER = UrlSigner(["an old key of the tests", "the new key of the tests"])
OLD = UrlSigner(["an old key of the tests"])
REQUEST = ImageRequest("card", "png", {"a": "1", "b": "x y"})
SITE = "https://img.example.com/pictures"


def test_names_become_tags() -> None:
    wanted = read_wanted(tags=["asset:logo"], templates=["card"], bindings=["card/stats"])
    assert wanted == Wanted(frozenset({"asset:logo", "template:card", "binding:card/stats"}))


BAD = {
    "tags": ["", "two words", "a,b", "x" * 201, "new\nline"],
    "templates": ["", "Card", "a/b", "template:card", "-a"],
    "bindings": ["card", "card/", "/stats", "card/a/b", "card/sta ts"],
    "urls": ["", "card", "/v1/urls", "/i/card.bmp", "/i/card.png?a=%zz", "/i/card.png?_x=1", "http://[", "/t/x.png"],
}


@pytest.mark.parametrize(("member", "values"), BAD.items(), ids=BAD)
def test_every_problem_is_named_at_once(member: str, values: list[str]) -> None:
    with pytest.raises(InvalidValues) as caught:
        read_wanted(**{member: [*values]})  # type: ignore[arg-type]
    names = [problem["name"] for problem in caught.value.problem()["problems"]]  # type: ignore[index,call-overload,union-attr]
    assert names == [f"{member}[{number}]" for number in range(len(values))]


def test_nothing_is_not_everything() -> None:
    with pytest.raises(InvalidValues, match="must say what to purge"):
        read_wanted()
    assert read_wanted(everything=True) == Wanted(everything=True)


def test_two_wishes_are_one() -> None:
    one, other = read_wanted(templates=["a"]), read_wanted(templates=["b"], urls=["/i/card.png"])
    both = one.with_(other)
    assert both.tags == {"template:a", "template:b"}
    assert both.pictures == other.pictures
    assert not both.everything
    assert both.with_(Wanted(everything=True)).everything


@pytest.mark.parametrize(
    ("url", "given"),
    [
        (SITE + OLD.sign(REQUEST), OLD.sign(REQUEST)),
        (OLD.sign(REQUEST), OLD.sign(REQUEST)),
        (f"{SITE}/i/card.png?b=x+y&a=1&_s={OLD.sign(REQUEST)[-43:]}#top", None),
        (SITE + SIGNER.sign_token(REQUEST), None),
        (REQUEST.canonical(), None),
    ],
)
def test_a_cdn_is_told_every_url_that_readers_may_have(url: str, given: str | None) -> None:
    (picture,) = read_wanted(urls=[url], public_url=SITE).pictures
    urls = picture.public_urls(SIGNER, SITE)
    assert len(urls) == len(set(urls))
    assert all(one.startswith(SITE) and parse(one.removeprefix(SITE)) == REQUEST for one in urls)
    assert {SITE + SIGNER.sign(REQUEST), SITE + SIGNER.sign_token(REQUEST)} <= set(urls)
    if given is not None:
        assert urls[0] == SITE + given
    if "x+y" in url:
        assert urls[0] == url.partition("#")[0]
        assert SITE + OLD.sign(REQUEST) in urls


def test_a_retired_key_id_is_no_obstacle() -> None:
    url = "/i/card.png?_k=gone&a=1&_s=" + "x" * 43
    (picture,) = read_wanted(urls=[url]).pictures
    assert picture.public_urls(SIGNER, "https://a.example")[-2:] == [
        f"https://a.example{SIGNER.sign(ImageRequest('card', 'png', {'a': '1'}))}",
        f"https://a.example{SIGNER.sign_token(ImageRequest('card', 'png', {'a': '1'}))}",
    ]
    assert picture.identity == "/i/card.png?a=1"
