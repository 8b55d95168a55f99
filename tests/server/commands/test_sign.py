from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from server.keys import signing_keys
from server.signing import UrlSigner
from server.urls import ImageRequest
from tests.server.commands.conftest import Run


def request_of(url: str, data_dir: Path) -> ImageRequest:
    """What a printed URL asks for, verified with the keys of the data directory."""
    prefix = "http://127.0.0.1:8000"
    assert url.startswith(prefix)
    return UrlSigner(signing_keys((), data_dir)).verify(url.removeprefix(prefix).strip(), now=int(time.time()))


def test_a_signed_url_carries_texts_and_json(run: Run, data_dir: Path) -> None:
    result = run("sign", "card", "title=Größe & more", "price:=12.50", 'tags:=["a", "b"]', "--format", "jpeg")
    request = request_of(result.stdout, data_dir)
    assert (request.template, request.format) == ("card", "jpg")
    assert request.variables == {"title": "Größe & more", "price": "12.50", "tags": '["a","b"]'}
    assert result.exit_code == 0


def test_pairs_win_over_the_file(run: Run, data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "values.json"
    file.write_text(json.dumps({"title": "From the file", "price": 3}))
    request = request_of(run("sign", "card", "title=a=b", "--vars", str(file)).stdout, data_dir)
    assert request.variables == {"title": "a=b", "price": "3"}


def test_every_option_is_signed(run: Run, data_dir: Path) -> None:
    before = int(time.time())
    url = run(
        *("sign", "card", "title=x", "--expires", "30d", "--dpr", "2", "--quality", "70"),
        *("--locale", "de-DE", "--variant", "dark", "--pin"),
    ).stdout
    options = request_of(url, data_dir).options
    assert (options.dpr, options.quality, options.locale, options.variant) == (2, 70, "de-DE", "dark")
    assert options.expires is not None
    assert 0 <= options.expires - before - 30 * 86_400 <= 60
    assert options.version


def test_the_token_form_asks_for_the_same(run: Run, data_dir: Path) -> None:
    url = run("sign", "card", "title=x", "--token").stdout
    assert "/t/" in url
    assert request_of(url, data_dir).variables == {"title": "x"}


def test_tags_for_pages(run: Run) -> None:
    meta = run("sign", "card", 'title="Tom & Jerry"', "--html").stdout
    assert '<meta property="og:image" content="http://127.0.0.1:8000/i/card.png?title=' in meta
    assert "&amp;_s=" in meta
    image = run("sign", "card", 'title="Tom"', "--img").stdout
    assert image.startswith('<img src="http')
    assert 'alt="&quot;Tom&quot;"' in image


def test_the_public_url_is_where_readers_are(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNET_PUBLIC_URL", "https://img.example.com/cards/")
    assert run("sign", "card", "title=x").stdout.startswith("https://img.example.com/cards/i/card.png?title=x&_s=")


def test_a_long_url_is_a_warning_beside_the_url(run: Run, environment: Path) -> None:
    tags = json.dumps(["tag"] * 200)
    result = run("sign", "card", "title=x", f"tags:={tags}")
    assert "characters; some mail programs" in result.stderr
    assert result.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["nope", "title=x"], 2, "no folder 'nope' with a template.html. Templates: card."),
        (["card"], 1, "Error: title: is required"),
        (["card", "title=" + "x" * 21, "colour=red"], 1, "2 values don't fit the template:\n  title: "),
        (["card", "title=x", "price=cheap"], 1, "price: "),
        (["card", "title"], 2, "'title': write name=text, or name:=json"),
        (["card", "=x"], 2, "'=x': write name=text"),
        (["card", "title=x", "tags:=[1"], 2, "tags: '[1' is no JSON"),
        (["card", "title=x", "--vars", "missing.json"], 2, "missing.json can't be read: No such file"),
        (["card", "title=x", "--format", "bmp"], 2, "'bmp' is no format; there are png, jpg, webp"),
        (["card", "title=x", "--expires", "soon"], 2, "'soon' is no duration; write 90s"),
        (["card", "title=x", "--variant", "light"], 2, "card has no variant 'light'; there are: dark."),
        (["card", "title=x", "--locale", "de DE"], 1, "_l: must be a language tag such as de-DE"),
        (["card", "title=x", "--dpr", "4"], 2, "4 is not in the range 1<=x<=3"),
    ],
)
def test_what_is_wrong_is_said(run: Run, arguments: list[str], status: int, message: str) -> None:
    result = run("sign", *arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    assert message in result.stderr


@pytest.mark.parametrize(("text", "message"), [("[1]", "expected one JSON object"), ("{", "is no JSON")])
def test_a_file_of_values_must_be_an_object(run: Run, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "values.json").write_text(text)
    assert message in run("sign", "card", "--vars", "values.json").stderr


def test_keys_that_others_can_read_are_refused(run: Run, data_dir: Path) -> None:
    run("sign", "card", "title=x")
    keys = data_dir / "signing-keys.json"
    assert keys.stat().st_mode & 0o777 == 0o600
    keys.chmod(0o644)
    result = run("sign", "card", "title=x")
    assert result.exit_code == 1
    assert f"run: chmod 600 {keys}" in result.stderr


def test_a_broken_template_is_named_with_its_place(run: Run, templates: Path) -> None:
    (templates / "card" / "template.html").write_text("<body>\n{{ title | }}</body>")
    result = run("sign", "card", "title=x")
    assert result.exit_code == 1
    assert "template.html:2:" in result.stderr
