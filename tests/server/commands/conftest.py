from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import main
from tests.server.live_server import write_template

Run = Callable[..., Result]

CARD = """\
[variables.title]
type = "text"
required = true
max_length = 20
[variables.price]
type = "number"
[variables.tags]
type = "list"
items = "text"
[variants.dark]
properties = { "--paper" = "#000000" }
"""
CARD_HTML = """\
<style>body { background: var(--paper, #fff); font: 20px Inter; color: #888 }</style>
<body><h1 id="title">{{ title }}</h1> {{ price }} {{ tags | join(" ") }}</body>
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A folder with the template `card`."""
    folder = tmp_path / "templates"
    write_template(folder / "card", CARD_HTML, CARD, {"title": "Example", "price": 5})
    return folder


@pytest.fixture
def environment(data_dir: Path, templates: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working directory, and settings that point to the fixtures."""
    for name in list(os.environ):
        if name.startswith("SIGNET_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SIGNET_DATA_DIR", str(data_dir))
    monkeypatch.setenv("SIGNET_TEMPLATES_DIR", str(templates))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(environment: Path) -> Run:
    """Runs the `signet` command inside this process."""
    runner = CliRunner()

    def invoke(*arguments: str) -> Result:
        result = runner.invoke(main, list(arguments))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke
