"""Links: what is signed, and the markup around it."""

from __future__ import annotations

from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from renderer import compile_template
from server.errors import InvalidValues
from server.links import Link, make_link, query_texts
from server.signing import UrlSigner
from server.urls import Options, without_public_url

BASE = "https://img.example.com"
SIGNER = UrlSigner(["a-signing-key-for-tests"])


def link(template: str, values: dict[str, object], options: Options = Options()) -> Link:  # noqa: B008
    compiled = compile_template(Path("templates") / template)
    return make_link(compiled, values, "png", options, signer=SIGNER, base_url=BASE)


class _Tags(HTMLParser):
    """Attributes of all tags."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(dict(attrs))


def tags(markup: str) -> list[dict[str, str | None]]:
    parser = _Tags()
    parser.feed(markup)
    return parser.tags


def test_the_url_and_the_token_stand_for_the_same_request() -> None:
    made = link("product", {"name": "Mug & <b>", "price": Decimal("12.50"), "points": ["a", "ü"]})
    requests = [SIGNER.verify(without_public_url(BASE, url), now=0) for url in (made.url, made.token_url)]
    assert requests[0] == requests[1]
    assert requests[0].variables == {"name": "Mug & <b>", "price": "12.50", "points": '["a","ü"]'}


def test_markup_escapes_what_it_carries() -> None:
    made = link("article", {"title": 'A "quoted" <b> & [bracket]\nnext'})
    (image,) = tags(made.html)
    assert image["src"] == made.url
    assert image["alt"] == 'A "quoted" <b> & [bracket]\nnext'
    assert (image["width"], image["height"]) == ("1200", "630")
    metas = {tag.get("property") or tag.get("name"): tag["content"] for tag in tags(made.meta)}
    assert metas["og:image"] == made.url
    assert metas["og:image:width"] == "1200"
    assert metas["twitter:card"] == "summary_large_image"
    assert made.markdown == f'![A "quoted" <b> & \\[bracket\\] next]({made.url})'


def test_meta_tags_tell_the_size_in_device_pixels() -> None:
    made = link("article", {"title": "Hi"}, Options(dpr=2))
    metas = {tag.get("property"): tag["content"] for tag in tags(made.meta)}
    assert metas["og:image:width"] == "2400"
    (image,) = tags(made.html)
    assert image["width"] == "1200"


def test_values_are_checked_before_they_are_signed() -> None:
    with pytest.raises(InvalidValues) as caught:
        link("product", {"name": 7, "price": "cheap", "colour": "red"})
    problems = caught.value.members["problems"]
    assert isinstance(problems, list)
    assert {p["name"] for p in problems if isinstance(p, dict)} == {"price", "colour"}


def test_null_is_a_value_that_is_not_given() -> None:
    assert query_texts({"a": None, "b": 0, "c": False, "d": "", "e": {"x": [1]}}) == {
        "b": "0",
        "c": "false",
        "d": "",
        "e": '{"x":[1]}',
    }


def test_long_urls_are_warned_about() -> None:
    assert link("article", {"title": "Hi"}).warnings == []
    long = link("article", {"title": "Wort " * 50, "summary": "ünï " * 90})
    assert any("characters" in warning for warning in long.warnings)
