"""Signatures: what was signed verifies in every spelling, anything else is refused; the table for other languages."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import string
import zlib
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from server.errors import BadSignature, ConfigurationError, ExpiredUrl, InvalidOption, SignatureError, SignetError
from server.signing import UrlSigner, key_id
from server.urls import ImageRequest, Options, QueryUrl, parse, split
from tests.server import url_vectors
from tests.server.test_urls import requests
from tests.server.url_vectors import NEW, NOW, OLD, manglings, vectors, without_tokens

TABLE: dict[str, Any] = json.loads(url_vectors.PATH.read_text(encoding="utf-8"))
SIGNER = UrlSigner([OLD, NEW])
ALWAYS = 1  # a `now` before every expiry a test may draw

ARTICLE = ImageRequest(
    "article", "png", {"title": "50% off & more|less", "tag": "a+b", "n": ""}, Options(dpr=2, expires=NOW)
)


def signature_of(text: str, secret: str) -> str:
    """The signature as server/signing.py tells other languages to compute it, by the standard library alone."""
    derived = hashlib.sha256(b"signet.url.v1" + b"signer" + secret.encode()).digest()
    digest = hmac.new(derived, text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def test_the_table_is_what_the_code_makes() -> None:
    assert without_tokens(TABLE) == without_tokens(json.loads(json.dumps(vectors())))


@pytest.mark.parametrize("case", TABLE["signed"], ids=lambda case: case["name"])
def test_the_table_holds_by_its_own_description(case: dict[str, Any]) -> None:
    secret = next(key["secret"] for key in TABLE["keys"] if key["id"] == case["key"])
    parameters = {**case["variables"], **case["options"]}
    query = "&".join(f"{name}={quote(parameters[name], safe='')}" for name in sorted(parameters))
    text = f"/i/{case['template']}.{case['format']}" + ("?" + query if query else "")
    assert case["string_to_sign"] == text
    assert case["signature"] == signature_of(text, secret)
    assert case["url"] == f"{text}{'&' if query else '?'}_s={case['signature']}"

    payload, signature, extension = case["token_url"].removeprefix("/t/").rsplit(".", 2)
    assert signature == signature_of(payload, secret)
    assert extension == case["format"]
    packed = base64.urlsafe_b64decode(payload.removeprefix(".") + "==")
    document = zlib.decompress(packed) if payload.startswith(".") else packed
    assert document.decode() == case["token_json"]


@pytest.mark.parametrize("case", TABLE["signed"], ids=lambda case: case["name"])
def test_both_forms_are_the_same_request(case: dict[str, Any]) -> None:
    request = SIGNER.verify(case["url"], now=ALWAYS)
    assert (request.template, request.format, request.variables) == (
        case["template"],
        case["format"],
        case["variables"],
    )
    assert request.options.parameters() == case["options"]
    assert SIGNER.verify(case["token_url"], now=ALWAYS) == request
    assert parse(case["token_url"]) == request


@pytest.mark.parametrize("row", TABLE["same"], ids=lambda row: f"{row['case']}: {row['spelling']}")
def test_mangled_spellings_mean_the_same(row: dict[str, Any]) -> None:
    case = next(case for case in TABLE["signed"] if case["name"] == row["case"])
    expected = SIGNER.verify(case["url"], now=ALWAYS)
    assert SIGNER.verify(row["url"], now=ALWAYS) == expected
    assert SIGNER.verify(row["url"].encode(), now=ALWAYS) == expected
    parts = split(row["url"])
    assert isinstance(parts, QueryUrl)
    assert parts.canonical() == case["string_to_sign"]


@pytest.mark.parametrize("row", [*TABLE["refused"], *TABLE["expiry"]], ids=lambda row: row["why"])
def test_outcomes(row: dict[str, Any]) -> None:
    if row["code"] is None:
        SIGNER.verify(row["url"], now=row["now"])
        return
    with pytest.raises(SignetError) as caught:
        SIGNER.verify(row["url"], now=row["now"])
    assert (caught.value.status, caught.value.code) == (row["status"], row["code"])


@pytest.mark.parametrize("row", TABLE["unsignable"], ids=lambda row: row["why"])
def test_unsignable_requests(row: dict[str, Any]) -> None:
    request = ImageRequest(row["template"], row["format"], row["variables"], Options(**row["options"]))
    for sign in (SIGNER.sign, SIGNER.sign_token):
        with pytest.raises(SignetError) as caught:
            sign(request)
        assert caught.value.code == row["code"]


@given(requests)
def test_whatever_is_signed_verifies_in_both_forms(request_: ImageRequest) -> None:
    signer = UrlSigner(["another-key-in-use", NEW]) if request_.options.key_id else SIGNER
    assert signer.verify(signer.sign(request_), now=0) == request_
    assert signer.verify(signer.sign_token(request_), now=0) == request_


@given(requests.filter(lambda request: bool(request.variables)), st.sampled_from(sorted(manglings("/i/a.png?a=1"))))
def test_every_mangling_of_every_url_means_the_same(request_: ImageRequest, spelling: str) -> None:
    assert SIGNER.verify(manglings(SIGNER.sign(request_))[spelling], now=0) == request_


@pytest.mark.parametrize(
    "url", [SIGNER.sign(ARTICLE), SIGNER.sign_token(ARTICLE), SIGNER.sign(ImageRequest("a", "jpg", {"t": "é <b>"}))]
)
def test_any_single_character_change_means_the_same_or_is_refused(url: str) -> None:
    original = SIGNER.verify(url, now=ALWAYS)
    alphabet = string.ascii_letters + string.digits + "%&=+;#?/._-~|\0 é\udcff"
    changed = [url[:at] + other + url[at + 1 :] for at in range(len(url)) for other in [*alphabet, ""]]
    changed += [url[:at] + other + url[at:] for at in range(len(url) + 1) for other in "%&=+;#?/.0aA \0é"]
    accepted = 0
    for other in changed:
        try:
            meant = SIGNER.verify(other, now=ALWAYS)
        except SignetError:
            continue
        assert meant == original, other
        accepted += other != url
    assert 0 < accepted < len(changed) / 20


@given(requests, st.integers(0), st.characters())
def test_any_single_character_change_of_any_url(request_: ImageRequest, at: int, other: str) -> None:
    url = SIGNER.sign(request_)
    at %= len(url)
    try:
        meant = SIGNER.verify(url[:at] + other + url[at + 1 :], now=0)
    except SignetError:
        return
    assert meant == request_


@given(st.text(max_size=60))
def test_no_text_is_more_than_refused(text: str) -> None:
    for url in (text, f"/i/a.png?{text}", f"/t/{text}.png", f"/t/{text}.{'a' * 43}.png"):
        with pytest.raises(SignetError):
            SIGNER.verify(url, now=0)


def test_rotation_signs_with_the_newest_and_accepts_all() -> None:
    by_old = UrlSigner([OLD]).sign(ARTICLE)
    by_new = UrlSigner([NEW]).sign(ARTICLE)
    assert SIGNER.sign(ARTICLE) == by_new
    assert SIGNER.verify(by_old, now=ALWAYS) == SIGNER.verify(by_new, now=ALWAYS) == ARTICLE
    with pytest.raises(BadSignature):
        UrlSigner([OLD]).verify(by_new, now=ALWAYS)


def test_key_id_binds_the_signature_to_one_key() -> None:
    request = ImageRequest("article", options=Options(key_id=key_id(OLD)))
    url = SIGNER.sign(request)
    assert url == UrlSigner([OLD]).sign(request)
    assert SIGNER.verify(url, now=0) == request
    with pytest.raises(BadSignature):
        UrlSigner([NEW]).verify(url, now=0)
    text = f"/i/article.png?_k={key_id(OLD)}"
    with pytest.raises(BadSignature):
        SIGNER.verify(f"{text}&_s={signature_of(text, NEW)}", now=0)


def test_expiry_is_told_only_to_who_holds_a_genuine_url() -> None:
    url = SIGNER.sign(ARTICLE)
    with pytest.raises(ExpiredUrl):
        SIGNER.verify(url, now=NOW)
    with pytest.raises(SignatureError):
        SIGNER.verify(url.replace("n=", "n=1"), now=NOW)


def test_options_are_read_only_after_the_signature() -> None:
    with pytest.raises(BadSignature):
        SIGNER.verify(SIGNER.sign(ARTICLE).replace("_d=2", "_d=9"), now=ALWAYS)
    text = "/i/a.png?_d=9"
    with pytest.raises(InvalidOption):
        SIGNER.verify(f"{text}&_s={signature_of(text, NEW)}", now=ALWAYS)


def test_tokens_are_those_of_itsdangerous() -> None:
    serializer = URLSafeSerializer([OLD, NEW], salt="signet.url.v1", signer_kwargs={"digest_method": hashlib.sha256})
    token = SIGNER.sign_token(ARTICLE).removeprefix("/t/").removesuffix(".png")
    assert serializer.loads(token) == {
        "f": "png",
        "q": {**ARTICLE.variables, "_d": "2", "_e": str(NOW)},
        "t": "article",
    }


@pytest.mark.parametrize(
    "document",
    [
        b'{"f":"png","q":{},"t":"a"}',
        b'{"f":"png", "q":{"x":"1"},"t":"a"}',
        b'{"f":"png","q":{"x":"\\u0041"},"t":"a"}',
        b'{"f":"png","q":{"x":"1","x":"1"},"t":"a"}',
        b'{"f":"png","q":{"x":"\\ud800"},"t":"a"}',
        b'{"f":"png","q":{"x":"\\u0000"},"t":"a"}',
        b'{"f":"png","q":{"x":"1"},"t":"a","z":"1"}',
        b'{"f":"png","q":{"x":"1"},"t":"A"}',
        b"[]",
        b"[" * 100_000,
        b"\xff",
        b"",
    ],
)
def test_tokens_have_one_encoding(document: bytes) -> None:
    """Only the first of these is canonical JSON of a request, and even a holder of the key can't sign the others."""
    for compress in (False, True):
        packed = zlib.compress(document) if compress else document
        payload = "." * compress + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()
        url = f"/t/{payload}.{signature_of(payload, NEW)}.png"
        if len(url) > 8000:
            continue
        if document == b'{"f":"png","q":{},"t":"a"}':
            assert SIGNER.verify(url, now=0) == ImageRequest("a")
        else:
            with pytest.raises(SignetError):
                SIGNER.verify(url, now=0)


@pytest.mark.parametrize(
    "packed", [zlib.compress(b"x" * 2_000_000), zlib.compress(b"{}")[:-1], zlib.compress(b"{}") + b"x"]
)
def test_tokens_unpack_to_a_bounded_whole(packed: bytes) -> None:
    payload = "." + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()
    with pytest.raises(SignetError, match="too large, cut off"):
        SIGNER.verify(f"/t/{payload}.{signature_of(payload, NEW)}.png", now=0)


def test_there_must_be_a_key() -> None:
    with pytest.raises(ConfigurationError, match="keys new"):
        UrlSigner([])
