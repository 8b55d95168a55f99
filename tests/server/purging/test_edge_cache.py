"""Which files of an nginx's cache are meant, whatever the keys look like; a real nginx is in tests/edge."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from server.purging import EdgeCache, Wanted, read_wanted
from server.purging.edge_cache import EdgeFile
from server.signing import UrlSigner
from server.urls import ImageRequest, Options

SIGNER = UrlSigner(["an old key of the tests", "the new key of the tests"])
REQUEST = ImageRequest("card", "png", {"name": "Ä b|c", "price": "3"})
SIGNED, TOKEN = SIGNER.sign(REQUEST), SIGNER.sign_token(REQUEST)
CANONICAL = REQUEST.canonical()
PAYLOAD_ONLY = f"{TOKEN.rsplit('.', 2)[0]}.png"
WITH_KEY_ID = SIGNER.sign(ImageRequest("card", "png", REQUEST.variables, Options(key_id=SIGNER.current_key_id)))

SAME = {
    "canonical with its signature": SIGNED,
    "canonical without": CANONICAL,
    "another order and spelling": "/i/card.png?price=3&name=%c3%84+b|c&_s=" + SIGNED[-43:],
    "left as HTML": SIGNED.replace("&", "&amp;"),
    "tracked": SIGNED + "&utm_source=mail",
    "with a key id": WITH_KEY_ID,
    "token": TOKEN,
    "token without its signature": PAYLOAD_ONLY,
    "raw UTF-8": "/i/card.png?name=Ä b|c&price=3",
    "behind scheme and host": f"httpsimg.example.com{SIGNED}",
    "behind a method": f"GET{CANONICAL}",
}
OTHER = {
    "another value": CANONICAL.replace("=3", "=4"),
    "another format": CANONICAL.replace(".png", ".jpg"),
    "another template": CANONICAL.replace("card", "cards"),
    "an option more": f"{CANONICAL}&_d=2",
    "another token": SIGNER.sign_token(ImageRequest("card", "png", {"name": "x"})),
    "no URL of ours": "/v1/templates",
    "an unreadable one": "/i/card.png?name=%zz",
    "an unreadable token": "/t/abc.png",
}


def stored(key: str, *lines: str, body: bytes = b"\x89PNG body") -> bytes:
    head = "\r\n".join(["HTTP/1.1 200 OK", "Content-Type: image/png", *lines])
    return b"\x05" + bytes(335) + b"\nKEY: " + key.encode() + b"\n" + head.encode() + b"\r\n\r\n" + body


def name_of(key: str) -> str:
    return hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()


class Cache(EdgeCache):
    """A folder with files as nginx makes them."""

    def put(self, key: str, *lines: str, levels: bool = True, body: bytes = b"") -> Path:
        name = name_of(key)
        path = self.folder / name[-1] / name[-3:-1] / name if levels else self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stored(key, *lines, body=body))
        return path


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.mark.parametrize("asked", [SIGNED, TOKEN, CANONICAL, f"https://img.example.com{SAME['tracked']}#x"])
def test_all_spellings_of_a_picture_are_one(cache: Cache, asked: str) -> None:
    same = {name: cache.put(key) for name, key in SAME.items()}
    other = {name: cache.put(key, levels=False) for name, key in OTHER.items()}
    assert cache.remove(read_wanted(urls=[asked])) == len(SAME)
    assert [name for name, path in same.items() if path.exists()] == []
    assert [name for name, path in other.items() if not path.exists()] == []


def test_tags_are_whole_words_of_the_header(cache: Cache) -> None:
    tagged = cache.put("/i/card.png?a=1", "Cache-Tag: template:card,binding:card/stats")
    spaced = cache.put("/i/card.png?a=2", "cache-tag:  binding:card/stats , template:card")
    body = cache.put("/i/card.png?a=3", "Cache-Tag: template:card", body=b"\r\nCache-Tag: binding:card/stats\r\n")
    longer = cache.put("/i/card.png?a=4", "Cache-Tag: binding:card/stats2")
    value = cache.put("/i/card.png?a=binding:card/stats", "Cache-Tag: template:card")
    assert cache.remove(read_wanted(bindings=["card/stats"])) == 2
    assert [path.exists() for path in (tagged, spaced, body, longer, value)] == [False, False, True, True, True]


def test_a_template_takes_its_untagged_answers_and_tokens(cache: Cache) -> None:
    mine = [cache.put(key) for key in ("/i/card.png?x=%zz", CANONICAL, TOKEN, PAYLOAD_ONLY)]
    others = [
        cache.put("/i/cards.png"),
        cache.put("/i/other.png", "Cache-Tag: template:other"),
        cache.put("/t/abc.png"),
    ]
    assert cache.remove(read_wanted(templates=["card"])) == 4
    assert not any(path.exists() for path in mine)
    assert all(path.exists() for path in others)


def test_what_shows_another_template_in_its_place_has_that_ones_tags_only(cache: Cache) -> None:
    path = cache.put("/i/card.png", "Cache-Tag: template:plain")
    assert cache.remove(read_wanted(templates=["card"])) == 0
    assert cache.remove(read_wanted(templates=["plain"])) == 1
    assert not path.exists()


def test_long_urls_and_headers_are_read_to_their_end(cache: Cache) -> None:
    key = "/i/card.png?name=" + "x" * 7900
    cache.put(key, "X-Long: " + "y" * 9000, "Cache-Tag: template:card")
    assert cache.remove(read_wanted(tags=["template:card"])) == 1
    path = cache.put(key)
    assert cache.remove(read_wanted(urls=[f"{key}&_s=z"])) == 1
    assert not path.exists()


def test_everything_is_pictures_and_nothing_else(cache: Cache) -> None:
    pictures = [cache.put("/i/card.png"), cache.put(TOKEN, levels=False), cache.put("/i/nonsense")]
    foreign = cache.put("/assets/style.css")
    inner = cache.folder.with_name("cache-failures") / ("f" * 32)
    inner.parent.mkdir()
    inner.write_bytes(stored("/i/card.png"))
    name = name_of("/i/card.png")
    writing = pictures[0].with_name(f"{name}.0000000012")
    writing.write_bytes(stored("/i/card.png"))
    short = cache.folder / ("a" * 32)
    short.write_bytes(b"too short")
    link = cache.folder / ("b" * 32)
    target = cache.folder.parent / "elsewhere"
    target.write_bytes(stored("/i/card.png"))
    link.symlink_to(target)
    assert cache.remove(Wanted(everything=True)) == 4
    assert not any(path.exists() for path in [*pictures, inner])
    assert all(path.exists() for path in (foreign, writing, short, link, target))


def test_no_cache_is_no_error(cache: Cache) -> None:
    assert not cache.exists()
    assert cache.remove(Wanted(everything=True)) == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_an_error(cache: Cache) -> None:
    path = cache.put("/i/card.png")
    path.parent.chmod(0)
    with pytest.raises(PermissionError):
        cache.remove(Wanted(everything=True))
    path.parent.chmod(0o700)


@pytest.mark.parametrize("head", [b"", b"\nKEY: \n", b"\nKEY: /v1/purge\n", b"KEY: /i/a.png\n", bytes(5000)])
def test_what_is_no_picture_of_ours(head: bytes) -> None:
    assert EdgeFile.parse(head) is None
