"""What README.md says is tried: its tables, its commands, its code, its picture."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import click
import pytest
from PIL import Image

from renderer import compile_template, render
from server.cli import main
from tests.readme import README, with_settings

REPOSITORY = README.parent
TEXT = README.read_text(encoding="utf-8")
VECTORS = json.loads((REPOSITORY / "tests" / "vectors" / "urls.json").read_text(encoding="utf-8"))
SECRETS = {key["id"]: key["secret"] for key in VECTORS["keys"]}
PAGES = [README, *sorted((REPOSITORY / "docs").glob("*.md"))]


def blocks(language: str) -> list[str]:
    """The code blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_the_settings_table_is_todays() -> None:
    assert with_settings(TEXT) == TEXT, "run `python -m tests.readme`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_files_exist(page: Path) -> None:
    pattern = r"`((?:server|renderer|tests|nginx|docs|templates)/[\w./-]+)`"
    for name in re.findall(pattern, page.read_text(encoding="utf-8")):
        assert (REPOSITORY / name).exists(), name


def _check_command(line: str) -> None:
    words = shlex.split(line, comments=True)
    words = words[words.index(next(word for word in words if word.endswith("signet"))) + 1 :]
    command: click.Command = main
    while isinstance(command, click.Group) and words:
        assert words[0] in command.commands, line
        command = command.commands[words.pop(0)]
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    options |= {"--help", "-h"}
    assert {word for word in words if word.startswith("-")} <= options, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist_with_their_options(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    lines = re.findall(
        r"^\s*(?:\S*/bin/)?signet [^|<>&#\n]*", "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)), re.M
    )
    lines += re.findall(r"`(signet [^`|<>&]*)", text)
    for line in lines:
        _check_command(line)


def test_make_targets_exist() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for page in PAGES:
        for target in re.findall(r"^make (\S+)|`make ([a-z-]+)`", page.read_text(encoding="utf-8"), re.MULTILINE):
            assert re.search(rf"^{target[0] or target[1]}:", makefile, re.MULTILINE), target


def test_the_picture_is_what_the_command_below_it_makes() -> None:
    with Image.open(REPOSITORY / "docs" / "images" / "article.webp") as picture:
        assert (picture.format, picture.size) == ("WEBP", (1200, 630))
    assert (REPOSITORY / "docs" / "images" / "article.webp").stat().st_size < 100_000


def test_the_template_compiles_renders_and_has_nothing_to_report(tmp_path: Path) -> None:
    folder = tmp_path / "offer"
    folder.mkdir()
    (folder / "template.html").write_text(blocks("html")[0], encoding="utf-8")
    (folder / "template.toml").write_text(blocks("toml")[0], encoding="utf-8")
    picture = render(compile_template(folder), {"title": "Hello", "price": 49, "tags": ["new", "sale"]})
    assert (picture.width, picture.height) == (1200, 630)
    assert [finding for finding in picture.diagnostics if finding.severity != "info"] == []


def _signed(case: Mapping[str, object]) -> str:
    """The variables and options of a vector as they stand in its text to sign, but decoded."""
    from urllib.parse import parse_qsl

    path, _, query = str(case["string_to_sign"]).partition("?")
    return json.dumps([path, dict(parse_qsl(query, keep_blank_values=True)), SECRETS[str(case["key"])]])


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_the_javascript_signs_like_the_vectors(tmp_path: Path) -> None:
    (tmp_path / "sign.mjs").write_text(blocks("js")[0], encoding="utf-8")
    cases = ",".join(_signed(case) for case in VECTORS["signed"])
    (tmp_path / "run.mjs").write_text(
        f'import {{ sign }} from "./sign.mjs";\nconsole.log(JSON.stringify([{cases}].map((one) => sign(...one))));\n',
        encoding="utf-8",
    )
    printed = subprocess.run(["node", "run.mjs"], cwd=tmp_path, capture_output=True, check=True, encoding="utf-8")
    assert json.loads(printed.stdout) == [case["url"] for case in VECTORS["signed"]]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_shell_signs_like_the_vectors() -> None:
    recipe = next(block for block in blocks("sh") if "openssl" in block)
    lines = [
        f"text={shlex.quote(case['string_to_sign'])}; secret={shlex.quote(SECRETS[case['key']])}\n{recipe}"
        for case in VECTORS["signed"]
    ]
    printed = subprocess.run(["sh"], input="\n".join(lines), capture_output=True, check=True, encoding="utf-8")
    assert printed.stdout.splitlines() == [case["url"] for case in VECTORS["signed"]]
