"""URLs that chance has made: genuine ones, and what pages, mail programs and forgers make of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from server.signing import UrlSigner
from server.urls import FORMATS, ImageRequest, Options
from server.urls.names import is_tracking, why_not_a_variable
from tests.server.url_vectors import FOREIGN, NEW, OLD

SIGNER = UrlSigner([OLD, NEW])
LETTERS = "abzAZ09_-.~ !'()*+%&=;|/?#\"<>\\^`{}[]:@$,\n\t\x7fäßéñ日本שلم👩🏽‍🚀\u212a\u0130ﬁ\u0085\u2028"


def random_targets(seed: int, count: int, expiries: Sequence[int]) -> list[bytes]:
    """`count` targets, the same for the same seed; some URLs end at one of `expiries` (unix seconds)."""
    chance = random.Random(seed)  # noqa: S311 - the same URLs in every run
    return [_target(chance, expiries) for _ in range(count)]


def _target(chance: random.Random, expiries: Sequence[int]) -> bytes:
    """A signed URL, or a token, often mangled, sometimes beyond recognition."""
    options = Options(
        dpr=chance.choice([None, None, 2]),
        expires=chance.choice([*([None] * len(expiries)), *expiries]),
        locale=chance.choice([None, None, "de-DE"]),
        key_id=chance.choice([None, None, None, SIGNER.current_key_id]),
    )
    variables = {
        name: "".join(chance.choices(LETTERS, k=chance.randrange(0, 12)))
        for name in (
            "".join(chance.choices("abcXYZ_09", k=chance.randrange(1, 8))) for _ in range(chance.randrange(0, 5))
        )
        if not why_not_a_variable(name) and not is_tracking(name)
    }
    template = chance.choice(["article", "a", "x-1", "product"])
    request = ImageRequest(template, chance.choice(FORMATS), variables, options)
    signer = chance.choice([SIGNER, SIGNER, SIGNER, UrlSigner([OLD]), UrlSigner([FOREIGN])])
    if options.key_id is not None and signer is not SIGNER:
        signer = SIGNER
    url = signer.sign_token(request) if chance.random() < 0.15 else signer.sign(request)
    for _ in range(chance.choice([0, 1, 1, 2, 3])):
        url = chance.choice(MANGLINGS)(url, chance)
    return url.encode("utf-8", "surrogateescape")


def _shuffled(url: str, chance: random.Random) -> str:
    path, _, query = url.partition("?")
    pairs = query.split("&")
    chance.shuffle(pairs)
    return f"{path}?{'&'.join(pairs)}"


def _unescaped(url: str, chance: random.Random) -> str:
    """Some escapes raw, as bytes that may be half a character."""
    head, *rest = url.split("%")
    for piece in rest:
        byte = int(piece[:2], 16) if len(piece) >= 2 and all(c in "0123456789abcdefABCDEF" for c in piece[:2]) else 0
        raw = bytes([byte]).decode("utf-8", "surrogateescape")
        head += raw + piece[2:] if byte > 0x20 and byte != 0x7F and chance.random() < 0.3 else "%" + piece
    return head


def _inserted(url: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(url) + 1)
    return (
        url[:place] + chance.choice(["%", "%zz", "+", "&", "=", "%00", "%ff", "ä", ";", "#", "?", "%41"]) + url[place:]
    )


EXTRAS = [
    *("utm_source=x", "FBCLID=%zz", "gclid", "x=1", "_x=1", "Expires=1", "_s=x", "amp;utm_a=1", "mc_%63id=1"),
    *("\u212a=1", "m\u212at_tok=1", "utm_%ff=1", "&&", "a-b=c", "_v=%20"),
]


def _appended(url: str, chance: random.Random) -> str:
    extra = chance.choice(EXTRAS)
    return f"{url}{'&' if '?' in url else '?'}{extra}"


MANGLINGS: list[Callable[[str, random.Random], str]] = [
    _shuffled,
    _unescaped,
    _inserted,
    _appended,
    lambda url, _: url.replace("&", "&amp;"),
    lambda url, _: url.replace("%20", "+"),
    lambda url, _: "%".join(part[:2].lower() + part[2:] if i else part for i, part in enumerate(url.split("%"))),
    lambda url, _: url.replace(".jpg", ".jpeg"),
    lambda url, chance: url[: chance.randrange(1, len(url) + 1)],
    lambda url, chance: url.replace("/i/", chance.choice(["/%69/", "/i%2F", "/I/", "//i/", "/i/x"]), 1),
    lambda url, chance: url + ("&a=" + "x" * 8000 if chance.random() < 0.2 else ""),
    lambda url, _: url.replace("_s=", "%5Fs="),
]
