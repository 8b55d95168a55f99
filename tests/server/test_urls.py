"""The URL grammar: parse and build are inverses, one image has many spellings, everything else is refused."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import InvalidOption, InvalidValues, MalformedUrl, SignetError, UrlTooLong
from server.urls import (
    FORMATS,
    ImageRequest,
    Options,
    build,
    parse,
    split,
    url_warnings,
    with_public_url,
    without_public_url,
)
from server.urls.names import is_tracking, why_not_a_variable
from server.urls.query import join_query, read_query, spell

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
names = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,20}", fullmatch=True).filter(lambda name: not why_not_a_variable(name))
options = st.builds(
    Options,
    version=st.none() | st.from_regex(r"[0-9a-f]{8}", fullmatch=True),
    expires=st.none() | st.integers(1, 9_999_999_999),
    dpr=st.none() | st.integers(1, 3),
    quality=st.none() | st.integers(1, 100),
    locale=st.none() | st.sampled_from(["de", "de-DE", "zh-Hant-TW", "es-419"]),
    variant=st.none() | st.sampled_from(["dark", "story_2"]),
    width=st.none() | st.integers(1, 99_999),
    height=st.none() | st.integers(1, 99_999),
    key_id=st.none() | st.sampled_from(["-RsW_58A"]),
)
requests = st.builds(
    ImageRequest,
    st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True),
    st.sampled_from(FORMATS),
    st.dictionaries(names, texts, max_size=6),
    options,
)


@given(requests)
def test_parse_inverts_build(request_: ImageRequest) -> None:
    url = build(request_)
    assert parse(url) == request_
    assert build(parse(url)) == url


@given(requests)
def test_canonical_urls_hold_only_unreserved_characters_and_upper_case_escapes(request_: ImageRequest) -> None:
    path, _, query = build(request_).partition("?")
    assert path == f"/i/{request_.template}.{request_.format}"
    if query:
        pairs = [pair.split("=") for pair in query.split("&")]
        assert [name for name, _ in pairs] == sorted({name for name, _ in pairs})
        for _, value in pairs:
            bare = value.split("%")
            assert all(set(escape[:2]) <= set("0123456789ABCDEF") for escape in bare[1:])
            assert set(value) <= set(string.ascii_letters + string.digits + "-._~%")


@given(st.text("ab1%2F0aD~+ =;é\udcc3\udca9", max_size=12))
def test_every_readable_value_has_one_canonical_spelling(raw: str) -> None:
    """Whatever arrives, its canonical spelling reads back as the same text and is its own canonical spelling."""
    try:
        query = read_query(f"v={raw}")
    except MalformedUrl:
        return
    canonical = join_query(spell(query.parameters))
    assert join_query(query.spelled) == canonical
    again = read_query(canonical)
    assert again.parameters == query.parameters
    assert join_query(again.spelled) == canonical


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a+b", "a b"),
        ("a%2Bb", "a+b"),
        ("a%2bb", "a+b"),
        ("%2520", "%20"),
        ("a=b==", "a=b=="),
        ("a;b", "a;b"),
        ("a|b", "a|b"),
        ("%26amp%3B", "&amp;"),
        ("caf%C3%A9", "café"),
        ("café", "café"),
        ("", ""),
        ("?", "?"),
        ("/../", "/../"),
    ],
)
def test_values_are_read_as_browsers_and_forms_write_them(raw: str, text: str) -> None:
    assert parse(f"/i/a.png?v={raw}").variables == {"v": text}


def test_raw_bytes_are_read_like_their_escapes() -> None:
    assert parse("/i/a.png?v=café".encode()).variables == {"v": "café"}
    assert parse(b"/i/a.png?v=caf\xc3%A9").variables == {"v": "café"}
    assert parse("/i/a.png?v=+é".encode()) == parse("/i/a.png?v=%20%C3%A9")


@pytest.mark.parametrize("raw", ["%", "%4", "%g0", "100%", "%%20", "%FF", "%C3", "%C0%AF", "%ED%A0%80", "a%00b", "\0"])
def test_unreadable_values_are_malformed_and_named(raw: str) -> None:
    with pytest.raises(MalformedUrl, match="title") as caught:
        parse(f"/i/a.png?title={raw}")
    assert caught.value.status == 400


@pytest.mark.parametrize("raw", [b"\xff", b"\xc3", b"\xed\xa0\x80"])
def test_raw_bytes_that_are_no_utf8_are_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedUrl):
        parse(b"/i/a.png?title=" + raw)


def test_half_a_surrogate_pair_in_a_text_is_malformed() -> None:
    with pytest.raises(MalformedUrl):
        parse("/i/a.png?title=\ud83d")


@pytest.mark.parametrize(
    "query",
    ["utm_source=x", "utm_anything=%zz", "UTM_ID=1", "fbclid=1&fbclid=2", "_ga=1", "amp;gclid=1", "utm%5Fid=%FF", "&&"],
)
def test_tracking_parameters_are_ignored_whatever_they_hold(query: str) -> None:
    assert parse(f"/i/a.png?{query}") == ImageRequest("a")


@pytest.mark.parametrize("query", ["&amp;b=2", "&amp;amp;b=2", "&amp%3Bb=2", "&%62=2", "&b=2&", "&&b=2"])
def test_names_survive_html_and_over_eager_encoders(query: str) -> None:
    assert parse(f"/i/a.png?a=1{query}").variables == {"a": "1", "b": "2"}


def test_a_name_without_a_value_is_an_empty_value() -> None:
    assert parse("/i/a.png?flag&title=") == ImageRequest("a", "png", {"flag": "", "title": ""})


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("=1", "unsigned-parameter"),
        ("_x=1", "unsigned-parameter"),
        ("_=1", "unsigned-parameter"),
        ("a-b=1", "unsigned-parameter"),
        ("a+b=1", "unsigned-parameter"),
        ("é=1", "unsigned-parameter"),
        ("Signature=1", "unsigned-parameter"),
        ("Key-Pair-Id=1", "unsigned-parameter"),
        (f"{'a' * 65}=1", "unsigned-parameter"),
        ("a=1&a=1", "duplicate-parameter"),
        ("a=1&amp;a=1", "duplicate-parameter"),
        ("a=1&%61=1", "duplicate-parameter"),
        ("_s=1&_s=1", "duplicate-parameter"),
        ("_d=4", "invalid-option"),
        ("_d=0", "invalid-option"),
        ("_d=02", "invalid-option"),
        ("_d=+2", "invalid-option"),
        ("_d=٢", "invalid-option"),
        ("_q=101", "invalid-option"),
        (f"_q={'9' * 5000}", "invalid-option"),
        ("_e=1e9", "invalid-option"),
        ("_w=100000", "invalid-option"),
        ("_h=-1", "invalid-option"),
        ("_l=de_DE", "invalid-option"),
        (f"_l=de{'-abcdefgh' * 4}", "invalid-option"),
        ("_variant=", "invalid-option"),
        ("_v=../x", "invalid-option"),
        ("_l=de%0A", "invalid-option"),
    ],
)
def test_refused_queries(query: str, code: str) -> None:
    with pytest.raises(SignetError) as caught:
        parse(f"/i/a.png?{query}")
    assert caught.value.code == code
    assert len(caught.value.message) < 300


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/i/article.bmp", 404),
        ("/i/article.PNG", 404),
        ("/i/article", 404),
        ("/i/.png", 404),
        ("/i/-a.png", 404),
        ("/i/Article.png", 404),
        ("/i/a.b.png", 404),
        ("/i/a/b.png", 404),
        ("/i/a%2Fb.png", 404),
        ("/i/../a.png", 404),
        ("//i/a.png", 404),
        ("/i/a.png/", 404),
        (f"/i/{'a' * 65}.png", 404),
        ("/i/a%FF.png", 404),
        ("/", 404),
        ("", 404),
        ("/t/a.png", 403),
        ("/t/é.x.png", 403),
        ("/t/a.b.bmp", 404),
        ("http://[::1/i/a.png", 400),
    ],
)
def test_refused_paths(path: str, status: int) -> None:
    with pytest.raises(SignetError) as caught:
        parse(path)
    assert caught.value.status == status


def test_jpeg_is_read_as_jpg() -> None:
    assert parse("/i/a.jpeg?x=1") == ImageRequest("a", "jpg", {"x": "1"})
    assert build(parse("/i/a.jpeg")) == "/i/a.jpg"


def test_origin_and_fragment_are_not_part_of_a_request() -> None:
    assert parse("https://img.example.com:8443/i/a.png?x=1#top") == ImageRequest("a", "png", {"x": "1"})
    assert parse("/i/%61.png#?x=1") == ImageRequest("a")


def test_long_urls_are_refused_before_they_are_read() -> None:
    with pytest.raises(UrlTooLong, match="8001"):
        split("/" + "x" * 8000)
    with pytest.raises(UrlTooLong):
        split(b"/i/a.png?x=1", max_length=11)
    assert split("/i/a.png?x=1", max_length=12)


@pytest.mark.parametrize("name", ["utm_x", "FbClid", "_hsmi", "Expires", "Policy", "", "_d", "1a", "a.b", "a\n", "é"])
def test_names_that_can_not_be_signed(name: str) -> None:
    with pytest.raises(InvalidValues) as caught:
        build(ImageRequest("article", "png", {name: "x"}))
    assert [problem.name for problem in caught.value.problems] == [name]


@pytest.mark.parametrize("name", ["expires", "policy", "signature", "ref", "source", "A", "campaign"])
def test_names_near_the_refused_ones_are_free(name: str) -> None:
    assert not is_tracking(name)
    assert parse(build(ImageRequest("article", "png", {name: "x"}))).variables == {name: "x"}


def test_all_problems_of_a_request_are_told_at_once() -> None:
    with pytest.raises(InvalidValues) as caught:
        build(ImageRequest("No", "bmp", {"a": "\0", "b": "\ud800", "c d": "", "fine": "x"}))
    assert [problem.name for problem in caught.value.problems] == ["a", "b", "c d", "template", "format"]
    with pytest.raises(InvalidOption) as caught_options:
        build(ImageRequest("a", options=Options(dpr=9, quality=0)))
    assert [problem.name for problem in caught_options.value.problems] == ["_d", "_q"]


def test_public_url_may_have_a_path_of_its_own() -> None:
    assert with_public_url("https://example.com/cards/", "/i/a.png") == "https://example.com/cards/i/a.png"
    assert without_public_url("https://example.com/cards/", "https://example.com/cards/i/a.png") == "/i/a.png"


def test_warnings_name_what_breaks_elsewhere() -> None:
    fine = ImageRequest("a", "png", {"title": "x", "copy": "x", "currency": "x"})
    assert url_warnings(build(fine), fine) == []
    long = ImageRequest("a", "png", {"title": "x" * 1000})
    assert "1000" in url_warnings(build(long), long)[0]
    eaten = ImageRequest("a", "png", {"times_sold": "3"})
    assert "times_sold" in url_warnings(build(eaten), eaten)[0]
