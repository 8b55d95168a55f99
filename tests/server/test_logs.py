from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from server.logs import configure_logging
from server.settings import load_settings


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def test_json_lines_carry_what_was_passed_beside_the_message(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(load_settings(None, log_format="json"))
    logging.getLogger("signet.test").warning('two\nlines of "%s"', "text", extra={"status": 200})
    try:
        int("x")
    except ValueError:
        logging.getLogger("signet.test").exception("failed")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert first["message"] == 'two\nlines of "text"'
    assert (first["level"], first["logger"], first["status"]) == ("warning", "signet.test", 200)
    assert first["time"].endswith("+00:00")
    assert "ValueError: invalid literal" in second["exception"]


def test_text_lines_are_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(load_settings(None, log_level="warning"))
    logging.getLogger("signet.test").info("not shown")
    logging.getLogger("signet.test").warning("shown")
    assert capsys.readouterr().err.endswith(" WARNING signet.test: shown\n")
