"""What README.md says is tried: its tables, its commands, its code, its picture."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from PIL import Image

from renderer import compile_template, render
from server.cli import main
from tests.readme import README, with_settings

REPOSITORY = README.parent
TEXT = README.read_text(encoding="utf-8")
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
    pattern = r"`((?:server|renderer|tests|nginx|docs|templates|examples)/[\w./-]+)`"
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
