from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.server.commands.conftest import Run


def test_json_has_a_box_for_every_element(run: Run) -> None:
    document = json.loads(run("inspect", "card", "title=Hi", "--json").stdout)
    assert set(document) == {"width", "height", "boxes", "diagnostics"}
    assert (document["width"], document["height"]) == (120, 60)
    assert [box["tag"] for box in document["boxes"]] == ["html", "body", "h1"]
    title = document["boxes"][2]
    assert set(title) == {"id", "tag", "line", "x", "y", "width", "height", "lines"}
    assert (title["id"], title["line"]) == ("title", 2)
    (line,) = title["lines"]
    assert set(line) == {"x", "y", "width", "height", "text"}
    assert line["text"] == "Hi"
    assert 0 < line["width"] < title["width"]


def test_without_values_the_example_is_laid_out(run: Run, templates: Path) -> None:
    text = run("inspect", str(templates / "card")).stdout
    assert text.startswith("page 120×60\n  html: 120×")
    assert "      h1#title: " in text
    assert "| Example" in text


def test_a_file_replaces_the_example(run: Run, tmp_path: Path) -> None:
    (tmp_path / "row.json").write_text('{"title": "Row"}')
    text = run("inspect", "card", "--vars", "row.json").stdout
    assert "| Row" in text
    assert "| 5" not in text


def test_the_overlay_is_the_picture_with_boxes(run: Run, tmp_path: Path) -> None:
    result = run("inspect", "card", "--overlay", "boxes.png", "--variant", "dark")
    assert result.exit_code == 0
    with Image.open(tmp_path / "boxes.png") as picture:
        assert picture.size == (120, 60)
        corner = picture.convert("RGB").getpixel((0, 0))
    assert corner not in {(0, 0, 0), (255, 255, 255)}  # an outline, and not the page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["card", "--overlay", "boxes.jpg"], "end the file name of the overlay in .png"),
        (["card", "--overlay", "nowhere/boxes.png"], "nowhere/boxes.png can't be written"),
        (["card", "nope=1"], "nope: is no variable of this template"),
        (["card", "--variant", "nope"], "there are: dark."),
        (["nope"], "Templates: card."),
    ],
)
def test_what_is_wrong_is_said(run: Run, arguments: list[str], message: str) -> None:
    result = run("inspect", *arguments)
    assert result.exit_code in (1, 2)
    assert message in result.stderr
