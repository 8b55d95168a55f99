"""Makes tests/vectors/urls.json, the table by which signers in other languages check themselves.

Run `python -m tests.server.url_vectors` after a deliberate change of the URL contract; the difference is the review.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from itsdangerous import Signer
from itsdangerous.encoding import base64_encode

from server.errors import SignetError
from server.signing import SALT, UrlSigner, key_id
from server.urls import ImageRequest, Options, build, split
from server.urls.names import CLOUDFRONT_RESERVED, TRACKING_NAMES, TRACKING_PREFIXES

PATH = Path(__file__).parent.parent / "vectors" / "urls.json"

OLD, NEW = "an-old-key-used-in-tests-only", "the-new-key-used-in-tests-only"
FOREIGN = "a-key-the-server-does-not-know"
NOW = 1_700_000_000

CASES: dict[str, ImageRequest] = {
    "no parameters": ImageRequest("article"),
    "one word": ImageRequest("article", "png", {"title": "Hello"}),
    "space, plus, percent, ampersand": ImageRequest("article", "png", {"title": "50% more & a+b = c"}),
    "a literal &amp;": ImageRequest("article", "png", {"html": "Tom &amp; Jerry", "title": "x"}),
    "pipe and semicolon": ImageRequest("article", "jpg", {"title": "News|Sport;Art"}),
    "unreserved stay bare": ImageRequest("article", "png", {"title": "A-z_0.9~!*'()"}),
    "every script": ImageRequest("article", "webp", {"title": "Größe 日本語 שלום 👩‍👩‍👧"}),
    "empty value": ImageRequest("article", "png", {"subtitle": "", "title": "x"}),
    "sorted by code point": ImageRequest("article", "png", {"a": "1", "B": "2", "a_b": "3", "aB": "4"}, Options(dpr=2)),
    "JSON": ImageRequest("product", "png", {"tags": '["a","b"]', "price": "49"}),
    "line break and tab": ImageRequest("article", "png", {"title": "one\ntwo\tthree"}),
    "all options": ImageRequest(
        "article",
        "avif",
        {"title": "Hi"},
        Options("0123abcdef", NOW + 60, 3, 80, "pt-BR", "dark", 1080, 1920, key_id(NEW)),
    ),
    "the old key by its id": ImageRequest("article", "png", {"title": "Hello"}, Options(key_id=key_id(OLD))),
    "expires": ImageRequest("article", "gif", {"title": "Soon"}, Options(expires=NOW)),
    "long enough to compress": ImageRequest("article", "pdf", {"title": "All work and no play. " * 12}),
}

UNSIGNABLE: dict[str, ImageRequest] = {
    "tracking name": ImageRequest("article", "png", {"utm_source": "x"}),
    "tracking name in capitals": ImageRequest("article", "png", {"FBCLID": "x"}),
    "CloudFront's name": ImageRequest("article", "png", {"Expires": "x"}),
    "reserved name": ImageRequest("article", "png", {"_x": "x"}),
    "no name": ImageRequest("article", "png", {"": "x"}),
    "name with a hyphen": ImageRequest("article", "png", {"sub-title": "x"}),
    "name of 65 letters": ImageRequest("article", "png", {"a" * 65: "x"}),
    "U+0000": ImageRequest("article", "png", {"title": "a\0b"}),
    "template in capitals": ImageRequest("Article"),
    "format": ImageRequest("article", "bmp"),
    "dpr": ImageRequest("article", options=Options(dpr=4)),
    "quality": ImageRequest("article", options=Options(quality=0)),
    "width": ImageRequest("article", options=Options(width=100_000)),
    "locale": ImageRequest("article", options=Options(locale="de_DE")),
    "unknown key id": ImageRequest("article", options=Options(key_id="nobody")),
}


def manglings(url: str) -> dict[str, str]:
    """The same URL as pages, mail programs and advertisers hand it on."""
    path, _, query = url.partition("?")
    pairs = query.split("&")
    lower = "%".join(part[:2].lower() + part[2:] if index else part for index, part in enumerate(query.split("%")))
    raw = query.replace("%7C", "|").replace("%3B", ";").replace("%2C", ",").replace("%22", '"').replace("%3A", ":")
    return {
        "reordered": f"{path}?{'&'.join(reversed(pairs))}",
        "plus for space": f"{path}?{query.replace('%20', '+')}",
        "lower-case escapes": f"{path}?{lower}",
        "raw punctuation": f"{path}?{raw}",
        "raw UTF-8": f"{path}?{_raw_utf8(query)}",
        "&amp; left undecoded": f"{path}?{query.replace('&', '&amp;')}",
        "&amp; escaped twice": f"{path}?{query.replace('&', '&amp;amp;')}",
        "needless escapes": f"{path}?{query.replace('a', '%61').replace('-', '%2D')}",
        "tracking appended": f"{url}&utm_source=news&fbclid=Iw%zz&_hsenc=p2&mc_eid=1&UTM_Medium=mail",
        "tracking in front": f"{path}?gclid=1&gclid=2&{query}",
        "stray ampersands": f"{path}?&{query.replace('&', '&&')}&",
        "fragment": f"{url}#top",
        "absolute": f"https://img.example.com{url}",
    }


def refused(url: str) -> dict[str, str]:
    """URLs that look like `url` but were not signed."""
    path, _, query = url.partition("?")
    *pairs, signature = query.split("&")
    return {
        "no signature": f"{path}?{'&'.join(pairs)}",
        "another value": url.replace("title=", "title=x"),
        "another format": url.replace(".png", ".jpg"),
        "another template": url.replace("/i/article", "/i/product"),
        "an extra variable": f"{url}&cache=1",
        "an extra option": f"{url}&_d=2",
        "a cache buster": f"{url}&_=123",
        "a parameter twice": f"{url}&{pairs[0]}",
        "the signature twice": f"{url}&{signature}",
        "padded signature": f"{url}=",
        "cut signature": url[:-1],
        "alias of the last base64 character": url[:-1] + _alias(url[-1]),
        "CloudFront's parameter": f"{url}&Expires=1",
        "unknown format": url.replace(".png", ".bmp"),
        "no format": url.replace(".png", ""),
        "elsewhere": url.replace("/i/", "/x/"),
        "template in capitals": url.replace("article", "Article"),
        "broken escape": f"{url}&a=%zz",
        "broken UTF-8": f"{url}&a=%FF",
        "overlong UTF-8": f"{url}&a=%C0%AF",
        "half a surrogate pair": f"{url}&a=%ED%A0%80",
        "U+0000": f"{url}&a=%00",
        "no name": f"{url}&=1",
        "another key": UrlSigner([FOREIGN]).sign(CASES["one word"]),
    }


def refused_tokens(url: str) -> dict[str, str]:
    """Token URLs that look like `url` but were not signed, or not in canonical form."""
    payload, signature, extension = url.removeprefix("/t/").rsplit(".", 2)
    loose = _token('{"t":"article","f":"png","q":{"title":"Hello"}}', extension)
    return {
        "another format": f"/t/{payload}.{signature}.jpg",
        "an extra parameter": f"{url}?title=x",
        "padded payload": f"/t/{payload}=.{signature}.{extension}",
        "alias of the last base64 character": f"/t/{payload}.{signature[:-1]}{_alias(signature[-1])}.{extension}",
        "another payload": f"/t/{'f' + payload[1:]}.{signature}.{extension}",
        "no signature": f"/t/{payload}.{extension}",
        "signed, but keys not sorted": loose,
        "signed, but with a tracking name": _token('{"f":"png","q":{"utm_source":"x"},"t":"article"}', extension),
        "signed, but with a number": _token('{"f":"png","q":{"title":1},"t":"article"}', extension),
        "signed, but no compressed data": _sign_payload(".AAAA", extension),
        "signed, but with an impossible option": _token('{"f":"png","q":{"_d":"9"},"t":"article"}', extension),
    }


def signed_but_impossible() -> dict[str, str]:
    """URLs with good signatures over options that mean nothing; only a foreign signer makes them."""
    options = {
        "dpr": "_d=9",
        "leading zero": "_d=02",
        "huge": f"_q={'9' * 30}",
        "locale": "_l=de_DE",
        "no date": "_e=x",
    }
    return {why: _sign_text(f"/i/article.png?{option}") for why, option in options.items()}


def rotation() -> list[dict[str, Any]]:
    """The same URLs to verifiers that know the old key, the new one, or both."""
    old, new = UrlSigner([OLD]), UrlSigner([NEW])
    word, named = CASES["one word"], CASES["the old key by its id"]
    urls = {
        "by the old key": old.sign(word),
        "by the new key": new.sign(word),
        "by the old key, which is named": old.sign(named),
        "by the new key, naming the old one": _sign_text(build(named)),
        "naming a key that nobody has": _sign_text("/i/article.png?_k=nobody&title=Hello"),
        "token by the old key": old.sign_token(word),
        "token by the new key": new.sign_token(word),
    }
    return [
        {"keys": [key_id(secret) for secret in known]} | _outcome(UrlSigner(known), why, url, NOW)
        for known in ((OLD,), (NEW,), (OLD, NEW))
        for why, url in urls.items()
    ]


def vectors() -> dict[str, Any]:
    """The whole table."""
    signer = UrlSigner([OLD, NEW])
    plain = signer.sign(CASES["one word"])
    return {
        "about": "Test vectors of Signet's image URLs. How to compute them is described in server/signing.py and "
        "server/urls/query.py. The token payload may be compressed by any zlib: compare after decompression.",
        "salt": SALT.decode(),
        "now": NOW,
        "keys": [
            {"secret": secret, "id": key_id(secret), "derived_key_hex": _itsdangerous(secret).derive_key().hex()}
            for secret in (OLD, NEW)
        ],
        "ignored": {"names": sorted(TRACKING_NAMES), "prefixes": list(TRACKING_PREFIXES)},
        "unsignable_names": sorted(CLOUDFRONT_RESERVED),
        "signed": [_case(signer, name, request) for name, request in CASES.items()],
        "same": [
            {"case": name, "spelling": spelling, "url": url}
            for name in ("one word", "space, plus, percent, ampersand", "pipe and semicolon", "every script", "JSON")
            for spelling, url in manglings(signer.sign(CASES[name])).items()
        ],
        "refused": [
            _outcome(signer, why, url, NOW)
            for urls in (refused(plain), refused_tokens(signer.sign_token(CASES["one word"])), signed_but_impossible())
            for why, url in urls.items()
        ],
        "expiry": [
            _outcome(signer, why, url, now)
            for url in (signer.sign(CASES["expires"]), signer.sign_token(CASES["expires"]))
            for why, now in (("a second before", NOW - 1), ("at the second", NOW), ("long after", NOW + 10**8))
        ],
        "rotation": rotation(),
        "unsignable": [_unsignable(signer, why, request) for why, request in UNSIGNABLE.items()],
    }


def _case(signer: UrlSigner, name: str, request: ImageRequest) -> dict[str, Any]:
    url = signer.sign(request)
    parts = split(url)
    return {
        "name": name,
        "template": request.template,
        "format": request.format,
        "variables": dict(request.variables),
        "options": request.options.parameters(),
        "key": request.options.key_id or signer.current_key_id,
        "string_to_sign": build(request),
        "signature": parts.signature,
        "url": url,
        "token_json": json.dumps(
            {"f": request.format, "q": request.parameters(), "t": request.template},
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        ),
        "token_url": signer.sign_token(request),
    }


def _outcome(signer: UrlSigner, why: str, url: str, now: int) -> dict[str, Any]:
    try:
        signer.verify(url, now=now)
    except SignetError as error:
        return {"why": why, "url": url, "now": now, "status": error.status, "code": error.code}
    return {"why": why, "url": url, "now": now, "status": 200, "code": None}


def _unsignable(signer: UrlSigner, why: str, request: ImageRequest) -> dict[str, Any]:
    options = {name: value for name, value in asdict(request.options).items() if value is not None}
    row: dict[str, Any] = {"why": why, "template": request.template, "format": request.format}
    row |= {"variables": dict(request.variables), "options": options}
    try:
        signer.sign(request)
    except SignetError as error:
        return row | {"code": error.code}
    return row | {"code": None}


def _sign_text(text: str) -> str:
    return f"{text}&_s={_itsdangerous(NEW).get_signature(text).decode()}"


def _sign_payload(payload: str, extension: str) -> str:
    return f"/t/{payload}.{_itsdangerous(NEW).get_signature(payload).decode()}.{extension}"


def _token(document: str, extension: str) -> str:
    return _sign_payload(base64_encode(document).decode(), extension)


def _itsdangerous(secret: str) -> Signer:
    return Signer(secret, salt=SALT, digest_method=hashlib.sha256)


def _alias(character: str) -> str:
    # 43 base64 characters hold 258 bits for a signature's 256: the last two bits of the last one mean nothing.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(character) ^ 1]


def _raw_utf8(query: str) -> str:
    return re.sub("(?:%[89A-F][0-9A-F])+", lambda run: unquote(run[0]), query)


def without_tokens(table: dict[str, Any]) -> dict[str, Any]:
    """The table without the texts that depend on the build of zlib."""
    cases = [{key: value for key, value in case.items() if key != "token_url"} for case in table["signed"]]
    return {**table, "signed": cases}


if __name__ == "__main__":
    PATH.write_text(json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
