"""Signers in other languages sign like the table of vectors, and like Signet where the table has no row."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.errors import ExpiredUrl
from server.signing import UrlSigner
from server.urls import ImageRequest, Options
from tests.signing.page import EXAMPLES, PAGE, REPOSITORY, listed, with_listings

VECTORS = json.loads((REPOSITORY / "tests" / "vectors" / "urls.json").read_text(encoding="utf-8"))
SECRETS = {key["id"]: key["secret"] for key in VECTORS["keys"]}
SECRET = list(SECRETS.values())[-1]

# Orders and characters in which languages differ.
HARD: list[Mapping[str, str]] = [
    {"a": "1", "a1": "2", "A": "3", "aB": "4", "a_b": "5", "ab": "6", "a10": "7", "a9": "8"},
    {"title": "".join(map(chr, range(32, 127)))},
    {"title": "  two  spaces, ends in newlines\r\n\n"},
    {"title": "ﬀ \u0301e \U0001f9d1\u200d\U0001f680 \u202eright\u202c \ufeff"},
    {"list": '[{"name":"Größe","price":4.5},null,true]', "title": "a=b=c"},
    {"title": "x" * 3000},
]


@dataclass(frozen=True, slots=True)
class Language:
    """A file of examples/signing, the program it needs, and how it is made ready to run in a folder."""

    file: str
    program: str
    prepare: Callable[[Path, Path], list[str]]


def _as_it_is(program: str) -> Callable[[Path, Path], list[str]]:
    return lambda source, folder: [program, str(source)]


def _go(source: Path, folder: Path) -> list[str]:
    subprocess.run(["go", "build", "-o", str(folder / "sign"), str(source)], check=True, cwd=folder)
    return [str(folder / "sign")]


def _java(source: Path, folder: Path) -> list[str]:
    # `java Sign.java` works, too; it compiles at every start.
    subprocess.run(["javac", "-encoding", "UTF-8", "-d", str(folder), str(source)], check=True)
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", str(folder), "Sign"]


LANGUAGES = [
    Language("sign.mjs", "node", _as_it_is("node")),
    Language("sign.py", "python3", _as_it_is(sys.executable)),
    Language("sign.php", "php", _as_it_is("php")),
    Language("sign.rb", "ruby", _as_it_is("ruby")),
    Language("sign.go", "go", _go),
    Language("Sign.java", "javac", _java),
    Language("sign.sh", "openssl", _as_it_is("sh")),
]

Signer = Callable[[str, Mapping[str, str], str], str]


@pytest.fixture(scope="module", params=LANGUAGES, ids=lambda language: language.file)
def signer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Signer:
    language: Language = request.param
    if shutil.which(language.program) is None:
        pytest.skip(f"{language.program} is not installed")
    command = language.prepare(EXAMPLES / language.file, tmp_path_factory.mktemp("signer"))

    def sign(path: str, parameters: Mapping[str, str], secret: str) -> str:
        pairs = [f"{name}={value}" for name, value in parameters.items()]
        printed = subprocess.run(
            [*command, path, *pairs],
            env=os.environ | {"SIGNET_KEY": secret, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            check=True,
            encoding="utf-8",
        )
        assert printed.stderr == ""
        assert printed.stdout.endswith("\n")
        return printed.stdout.removesuffix("\n")

    return sign


def test_it_signs_like_the_vectors(signer: Signer) -> None:
    for case in VECTORS["signed"]:
        path = case["string_to_sign"].partition("?")[0]
        assert signer(path, case["variables"] | case["options"], SECRETS[case["key"]]) == case["url"], case["name"]


def test_it_signs_like_signet(signer: Signer) -> None:
    for parameters in HARD:
        # Given in an order that is nobody's.
        shuffled = dict(sorted(parameters.items(), key=lambda item: (item[1], item[0])))
        expected = UrlSigner([SECRET]).sign(ImageRequest("article", "png", dict(parameters)))
        assert signer("/i/article.png", shuffled, SECRET) == expected


def test_signet_reads_what_it_signed_until_it_expires(signer: Signer) -> None:
    url = signer("/i/article.jpg", {"title": "Größe", "_e": "1700000000", "_d": "2"}, SECRET)
    request = UrlSigner([SECRET]).verify(url, now=1_699_999_999)
    assert request == ImageRequest("article", "jpg", {"title": "Größe"}, Options(expires=1_700_000_000, dpr=2))
    with pytest.raises(ExpiredUrl):
        UrlSigner([SECRET]).verify(url, now=1_700_000_000)


def test_the_page_shows_the_files_as_they_are() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert with_listings(text) == text, "run `python -m tests.signing.page`"
    assert set(listed(text)) == {language.file for language in LANGUAGES} == {path.name for path in EXAMPLES.iterdir()}
