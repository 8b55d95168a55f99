"""`signet check` and `signet init`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.server.commands.conftest import Run
from tests.server.live_server import write_template

GOOD = "<style>body { font: 20px Inter; color: #000; background: #fff }</style><body>Hello</body>"
PALE = GOOD.replace("#000", "#bbb")
BROKEN = "<body>{{ if x }}</body>"


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    return tmp_path / "templates"


@pytest.mark.parametrize(
    ("html", "arguments", "status"),
    [
        (GOOD, [], 0),
        (GOOD, ["--strict"], 0),
        (PALE, [], 0),
        (PALE, ["--strict"], 1),
        (BROKEN, [], 1),
        (GOOD, ["other"], 2),
    ],
)
def test_exit_status(run: Run, templates: Path, html: str, arguments: list[str], status: int) -> None:
    write_template(templates / "card", html)
    assert run("check", *arguments).exit_code == status


def test_without_templates_there_is_nothing_to_check(run: Run) -> None:
    assert run("check").exit_code == 2


def test_findings_for_people(run: Run, templates: Path) -> None:
    write_template(templates / "card", PALE)
    write_template(templates / "torn", BROKEN)
    lines = run("check").output.splitlines()
    assert lines[0] == "card: 1 warning"
    assert lines[1].startswith("  template.html:1:1: warning: The text's contrast is 1.9")
    assert lines[1].endswith("<body> [low-contrast]")
    assert lines[2] == "torn: 1 error"
    assert lines[3].startswith("  template.html:1:7: error:")


def test_findings_for_programs(run: Run, templates: Path) -> None:
    write_template(templates / "card", PALE)
    result = run("check", "card", "--json", "--strict")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (report["errors"], report["warnings"]) == (0, 1)
    assert report["templates"][0]["findings"][0]["data"]["needed"] == 4.5
    assert report["templates"][0]["findings"][0]["values"] == "example"


def test_a_new_template_passes_its_own_check(run: Run, templates: Path) -> None:
    result = run("init", "my-card")
    assert result.exit_code == 0
    assert sorted(path.name for path in (templates / "my-card").iterdir()) == [
        "example.json",
        "template.html",
        "template.toml",
    ]
    assert sorted(path.name for path in templates.iterdir()) == ["my-card"]
    assert 'title = "My card"' in (templates / "my-card" / "template.toml").read_text()
    checked = run("check", "my-card", "--strict")
    assert (checked.exit_code, checked.output) == (0, "my-card: ok\n")


@pytest.mark.parametrize("name", ["My-Card", "a_b", "../up", "-x", "", "a" * 65, "a/b"])
def test_names_that_no_template_can_have(run: Run, templates: Path, name: str) -> None:
    result = run("init", "--", name)
    assert result.exit_code == 1
    assert "is no template name" in result.output
    assert not templates.exists()


def test_a_folder_that_exists_is_never_touched(run: Run, templates: Path) -> None:
    (templates / "mine").mkdir(parents=True)
    result = run("init", "mine")
    assert result.exit_code == 1
    assert "exists already" in result.output
    assert list((templates / "mine").iterdir()) == []


def test_nothing_is_left_where_nothing_can_be_written(run: Run, templates: Path) -> None:
    templates.write_text("a file where the folder should be")
    result = run("init", "card")
    assert result.exit_code == 1
    assert "can't be written" in result.output
