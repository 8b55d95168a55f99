from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from tests.server.commands.conftest import Run


@pytest.mark.parametrize(
    ("name", "kind"), [("card.png", "PNG"), ("card.JPEG", "JPEG"), ("card.jpg", "JPEG"), ("card.webp", "WEBP")]
)
def test_the_file_name_decides_the_format(run: Run, tmp_path: Path, name: str, kind: str) -> None:
    result = run("render", "card", "title=Hello", "-o", name)
    assert result.exit_code == 0
    with Image.open(tmp_path / name) as picture:
        assert (picture.format, picture.size) == (kind, (120, 60))
    size = (tmp_path / name).stat().st_size
    assert f"{name}: 120×60, {size:,} bytes" in result.stderr


def test_any_folder_can_be_rendered_and_twice_gives_the_same_bytes(run: Run, tmp_path: Path, templates: Path) -> None:
    for name in ("a.png", "b.png"):
        run("render", str(templates / "card"), "--example", "price=7", "-o", name)
    digests = {hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("a.png", "b.png")}
    assert len(digests) == 1


def test_options_change_the_picture(run: Run, tmp_path: Path) -> None:
    run("render", "card", "title=Hello", "--variant", "dark", "--dpr", "2", "--quiet", "-o", "dark.png")
    with Image.open(tmp_path / "dark.png") as picture:
        assert picture.size == (240, 120)
        assert picture.convert("RGB").getpixel((239, 119)) == (0, 0, 0)


def test_findings_go_to_standard_error(run: Run, templates: Path) -> None:
    html = templates / "card" / "template.html"
    html.write_text(html.read_text().replace("<body>", '<body style="frobnicate: 1">'))
    loud = run("render", "card", "title=x", "-o", "x.png")
    assert "template.html:" in loud.stderr
    assert "frobnicate" in loud.stderr
    assert run("render", "card", "title=x", "-o", "x.png", "-q").output == ""


def test_values_come_from_a_file_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "row.json").write_text(json.dumps({"title": "Row", "price": 1.5, "tags": ["a"]}))
    assert run("render", "card", "--vars", "row.json", "-o", "x.png").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["card", "title=x", "-o", "nowhere/x.png"], 1, "nowhere/x.png can't be written: No such file or directory."),
        (["card", "title=x", "-o", "x.bmp"], 2, "'bmp' is no format"),
        (["card", "title=x", "-o", "picture"], 2, "picture: end the file name in .png, .jpg"),
        (["card", "title=x"], 2, "Missing option '-o'"),
        (["card", "-o", "x.png"], 1, "title: is required"),
        (["card", "title=x", "price=much", "-o", "x.png"], 1, "price: "),
        (["card", "title=x", "--variant", "nope", "-o", "x.png"], 2, "there are: dark."),
    ],
)
def test_what_is_wrong_is_said_and_no_file_is_left(
    run: Run, tmp_path: Path, arguments: list[str], status: int, message: str
) -> None:
    result = run("render", *arguments)
    assert result.exit_code == status
    assert message in result.stderr
    assert not list(tmp_path.glob("x.*"))


def test_a_picture_that_cannot_be_read_does_not_stop_the_render(run: Run, tmp_path: Path, templates: Path) -> None:
    (templates / "card" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    (templates / "card" / "template.html").write_text('<body>{{ title }}<img src="torn.png" alt=""></body>')
    result = run("render", "card", "title=x", "-o", "x.png")
    assert result.exit_code == 0
    assert "torn.png" in result.stderr
    assert Image.open(io.BytesIO((tmp_path / "x.png").read_bytes())).size == (120, 60)


def test_a_closer_look_comes_with_every_render(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "pale"
    folder.mkdir()
    (folder / "template.html").write_text('<body style="background: #fff">\n<p style="color: #eee">Faint</p></body>')
    result = run("render", str(folder), "-o", "pale.png")
    assert "contrast is 1.16:1" in result.stderr
    assert "template.html:2:1" in result.stderr
    assert "contrast" not in run("render", str(folder), "-o", "pale.png", "--quiet").stderr


def test_live_data_is_its_sample_or_what_is_given(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "live"
    folder.mkdir()
    (folder / "template.html").write_text("<body>{{ level.left }}</body>")
    (folder / "template.toml").write_text("[bindings.level]\npush = true\nexample = {left = 3}\n")
    digests = []
    for values in ([], ['level:={"left": 3}'], ['level:={"left": 4}']):
        assert run("render", str(folder), *values, "-o", "live.png").exit_code == 0
        digests.append(hashlib.sha256((tmp_path / "live.png").read_bytes()).hexdigest())
    assert digests[0] == digests[1] != digests[2]
