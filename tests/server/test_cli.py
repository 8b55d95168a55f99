"""The command as a whole: its help, and how little it loads to print it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from server.cli import main
from server.settings import describe


def test_help_shows_where_to_start_and_every_command() -> None:
    text = CliRunner().invoke(main, ["--help"]).output
    assert 'signet sign article title="Hello"' in text
    for name in main.commands:
        assert f"\n  {name} " in text


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_explains_itself_and_its_options(name: str) -> None:
    command = main.commands[name]
    result = CliRunner().invoke(main, [name, "-h"])
    assert result.exit_code == 0
    assert command.help
    for parameter in command.params:
        assert parameter.param_type_name == "argument" or getattr(parameter, "help", None), parameter.name


def test_serve_lists_every_setting() -> None:
    text = CliRunner().invoke(main, ["serve", "--help"]).output
    for row in describe():
        assert f"  {row.variable} " in text


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from server.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "heavy = {'PIL', 'numpy', 'pydantic', 'starlette', 'uvicorn', 'httpx', 'babel', 'tinycss2', 'fontTools'}\n"
        "print('loaded:', *sorted(heavy & sys.modules.keys()))\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.endswith("loaded:\n")


def test_python_m_server_is_the_same_command() -> None:
    result = subprocess.run([sys.executable, "-m", "server", "--version"], capture_output=True, text=True, check=True)
    assert result.stdout.startswith("signet, version ")
