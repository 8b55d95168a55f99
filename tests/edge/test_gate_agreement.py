"""signet.js and Python read URLs alike: on the table of vectors, and on ten thousand URLs that chance has made."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from server import errors
from server.edge.configuration import FOLDER, Gate
from server.errors import SignetError
from server.signing import UrlSigner, key_id
from server.urls import DEFAULT_MAX_URL_LENGTH
from server.urls.names import TRACKING_NAMES
from tests.edge.random_urls import random_targets
from tests.edge.verdicts import agree, in_python
from tests.server.url_vectors import NEW, NOW, OLD, PATH

VECTORS = json.loads(PATH.read_text())
SECRETS = {key_id(secret): secret for secret in (OLD, NEW)}
RANDOM_URLS = 10_000

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node (Debian: nodejs) is not installed")


class Question(NamedTuple):
    """A URL at a moment, to somebody who knows these keys."""

    target: bytes
    now: int
    keys: tuple[str, ...] = (OLD, NEW)

    def in_python(self) -> str:
        return in_python(self.target, self.now, UrlSigner(self.keys))

    def for_node(self) -> dict[str, object]:
        return {
            "target": base64.b64encode(self.target).decode(),
            "keys": ",".join(Gate.of(self.keys, None).keys),
            "now": self.now,
            "longest": DEFAULT_MAX_URL_LENGTH,
        }


def in_node(questions: Sequence[Question], tmp_path: Path) -> dict[str, Any]:
    """The gate's verdicts, and its table of problems."""
    module = tmp_path / "signet.mjs"  # Node tells modules by their extension
    module.write_text((FOLDER / "signet.js").read_text())
    program = Path(__file__).parent / "gate_in_node.mjs"
    asked = json.dumps([question.for_node() for question in questions])
    done = subprocess.run(["node", str(program), str(module)], input=asked, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def differences(questions: Sequence[Question], tmp_path: Path) -> list[tuple[Question, str, str]]:
    answers = in_node(questions, tmp_path)["found"]
    pairs = [(question, question.in_python(), answer) for question, answer in zip(questions, answers, strict=True)]
    return [each for each in pairs if not agree(each[1], each[2])]


def test_the_table_of_vectors(tmp_path: Path) -> None:
    rows = [
        *({"url": row["url"], "now": NOW - 1} for row in [*VECTORS["signed"], *VECTORS["same"]]),
        *({"url": row["token_url"], "now": NOW - 1} for row in VECTORS["signed"]),
        *VECTORS["refused"],
        *VECTORS["expiry"],
        *VECTORS["rotation"],
    ]
    questions = [
        Question(
            row["url"].encode("utf-8", "surrogateescape"),
            row["now"],
            tuple(SECRETS[known] for known in row.get("keys", SECRETS)),
        )
        for row in rows
        if row["url"].startswith("/")  # nginx hands over what follows scheme and host
    ]
    assert differences(questions, tmp_path) == []
    assert len(questions) > 150


def test_the_table_says_what_python_says() -> None:
    for row in [*VECTORS["refused"], *VECTORS["expiry"], *VECTORS["rotation"]]:
        signer = UrlSigner([SECRETS[known] for known in row.get("keys", SECRETS)])
        verdict = in_python(row["url"].encode("utf-8", "surrogateescape"), row["now"], signer)
        assert verdict.startswith(f"{row['status']} {row['code'] or ''}"), row


def test_ten_thousand_random_urls(tmp_path: Path) -> None:
    targets = random_targets(20_261_121, RANDOM_URLS, (NOW + 5, NOW, NOW - 5))
    questions = [Question(target, NOW) for target in targets]
    assert differences(questions, tmp_path)[:5] == []
    # Chance must have made enough of everything, or the agreement says little.
    statuses = [in_python(target, NOW, UrlSigner([OLD, NEW])).split(" ")[0] for target in targets]
    assert statuses.count("200") > RANDOM_URLS / 4
    assert {"400", "403", "404", "410", "414"} <= set(statuses)


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
