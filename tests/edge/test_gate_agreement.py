"""signet.js and Python read URLs alike: on the table of vectors, and on ten thousand URLs that chance has made."""

from __future__ import annotations

import base64
import json
import random
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from server import errors
from server.edge.configuration import FOLDER, Gate
from server.errors import SignetError
from server.signing import UrlSigner
from server.urls import DEFAULT_MAX_URL_LENGTH, FORMATS, ImageRequest, Options, QueryUrl, split
from server.urls.names import TRACKING_NAMES, is_tracking, why_not_a_variable
from tests.server.url_vectors import FOREIGN, NEW, NOW, OLD, PATH

KEYS = ",".join(Gate.of([OLD, NEW], None).keys)
SIGNER = UrlSigner([OLD, NEW])
VECTORS = json.loads(PATH.read_text())
RANDOM_URLS = 10_000
LETTERS = "abzAZ09_-.~ !'()*+%&=;|/?#\"<>\\^`{}[]:@$,\n\t\x7fäßéñ日本שلم👩🏽‍🚀\u212a\u0130ﬁ\u0085\u2028"

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node (Debian: nodejs) is not installed")


def in_node(targets: list[tuple[bytes, int]], tmp_path: Path) -> dict[str, Any]:
    """The gate's verdicts on targets and moments, and its table of problems."""
    module = tmp_path / "signet.mjs"  # Node tells modules by their extension
    module.write_text((FOLDER / "signet.js").read_text())
    questions = [
        {"target": base64.b64encode(target).decode(), "keys": KEYS, "now": now, "longest": DEFAULT_MAX_URL_LENGTH}
        for target, now in targets
    ]
    program = Path(__file__).parent / "gate_in_node.mjs"
    done = subprocess.run(
        ["node", str(program), str(module)], input=json.dumps(questions), capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def in_python(target: bytes, now: int) -> str:
    """The same verdict by Python: `STATUS CODE`, or `200 KEY TARGET`."""
    try:
        parts = split(target)
        request = SIGNER.verify(parts, now=now)
    except SignetError as error:
        return f"{error.status} {error.code}"
    if not isinstance(parts, QueryUrl):
        name = f"/t/{parts.payload}"
        return f"200 {name}.{parts.format} {name}.{parts.signature}.{parts.format}"
    text = parts.canonical()
    key = ImageRequest(request.template, request.format, request.variables, without_key_id(request.options)).canonical()
    return f"200 {key} {text}{'&' if '?' in text else '?'}_s={parts.signature}"


def without_key_id(options: Options) -> Options:
    from dataclasses import replace

    return replace(options, key_id=None)


def agree(ours: str, theirs: str, target: bytes) -> bool:
    """Whether the gate may say `theirs` where Python says `ours`.

    What the gate lets through although Python refuses it was signed, and is refused at the origin: impossible options,
    and whatever is wrong inside a token.
    """
    if ours == theirs:
        return True
    passed = theirs.startswith("200 ")
    in_token = target.lstrip(b"/").startswith((b"t/", b"%74/", b"%2Ft", b"%2ft"))
    return passed and (
        ours == "422 invalid-option" or (in_token and ours.split(" ")[0] in ("400", "403", "410", "422"))
    )


def test_the_table_of_vectors(tmp_path: Path) -> None:
    rows = [
        *((row["url"], row.get("now", NOW - 1)) for row in VECTORS["signed"]),
        *((row["token_url"], NOW - 1) for row in VECTORS["signed"]),
        *((row["url"], NOW - 1) for row in VECTORS["same"]),
        *((row["url"], row["now"]) for row in [*VECTORS["refused"], *VECTORS["expiry"]]),
    ]
    # nginx hands over what follows scheme and host.
    targets = [(url.encode("utf-8", "surrogateescape"), now) for url, now in rows if url.startswith("/")]
    verdicts = in_node(targets, tmp_path)["found"]
    wrong = [
        (target, ours, theirs)
        for (target, now), theirs in zip(targets, verdicts, strict=True)
        if not agree(ours := in_python(target, now), theirs, target)
    ]
    assert wrong == []
    assert len(targets) > 130


def test_ten_thousand_random_urls(tmp_path: Path) -> None:
    chance = random.Random(20_261_121)  # noqa: S311 - the same URLs in every run
    targets = [(random_target(chance), NOW) for _ in range(RANDOM_URLS)]
    verdicts = in_node(targets, tmp_path)["found"]
    ours = [in_python(target, now) for target, now in targets]
    wrong = [
        (target, mine, theirs)
        for (target, _), mine, theirs in zip(targets, ours, verdicts, strict=True)
        if not agree(mine, theirs, target)
    ]
    assert wrong[:5] == []
    # Chance must have made enough of everything, or the agreement says little.
    kinds = Counter(verdict.split(" ")[0] + verdict.split(" ")[1][:2] * (verdict[:3] != "200") for verdict in ours)
    assert kinds["200"] > RANDOM_URLS / 4
    assert {"400", "403", "404", "410", "414"} <= {verdict.split(" ")[0] for verdict in ours}


def test_problems_are_called_as_in_python(tmp_path: Path) -> None:
    known = {
        kind.code: kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, SignetError) and "code" in vars(kind)
    }
    for code, (status, title, detail) in in_node([], tmp_path)["problems"].items():
        assert (known[code].status, known[code].title) == (status, title), code
        assert detail.endswith(".")


def test_the_script_ignores_the_same_parameters() -> None:
    script = (FOLDER / "signet.js").read_text()
    text = script[script.index("var TRACKING = names(") : script.index("var PATH =")]
    named = " ".join(piece for piece in text.split("'")[1::2]).split()
    assert sorted(named) == sorted(TRACKING_NAMES)


def random_target(chance: random.Random) -> bytes:
    """A signed URL, or a token, often mangled, sometimes beyond recognition."""
    options = Options(
        dpr=chance.choice([None, None, 2]),
        expires=chance.choice([None, None, None, NOW + 5, NOW, NOW - 5]),
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


MANGLINGS = [
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
