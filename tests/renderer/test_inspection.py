from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from renderer import RenderOptions, compile_template, draw_inspection, inspect_template
from renderer.errors import ValuesError
from renderer.template import CompiledTemplate

HTML = """\
<style>
  body { margin: 0; font: 20px/24px Inter }
  .row { display: flex; gap: 10px; padding: 5px }
  .moved { width: 30px; height: 20px; transform: translate(40px, 0) }
  .gone { display: none }
  .late { order: 1 } .early { order: 0 }
</style>
<body><div class="row"><i class="late">a</i><i class="early">b</i></div>
<div class="moved"></div><p class="gone">x</p>
<p id="text">one <b>two</b> three</p></body>
"""
MANIFEST = 'size = { width = 200, height = 160 }\n[variables.n]\ntype = "integer"\n'


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledTemplate:
    folder: Path = tmp_path_factory.mktemp("inspected")
    (folder / "template.html").write_text(HTML)
    (folder / "template.toml").write_text(MANIFEST)
    return compile_template(folder)


def test_boxes_are_in_document_order_and_untransformed(compiled: CompiledTemplate) -> None:
    inspection = inspect_template(compiled, {}, RenderOptions())
    names = [box.element.describe() for box in inspection.boxes]
    assert names == ["html", "body", "div.row", "i.late", "i.early", "div.moved", "p#text", "b"]
    boxes = dict(zip(names, inspection.boxes, strict=True))
    assert (inspection.width, inspection.height) == (200, 160)
    assert (boxes["div.row"].width, boxes["div.row"].height) == (200, 34)
    assert boxes["i.late"].x > boxes["i.early"].x  # where they are, not where they come from
    assert (boxes["div.moved"].x, boxes["div.moved"].width) == (0, 30)
    assert boxes["b"].depth == boxes["p#text"].depth + 1


def test_lines_hold_the_elements_own_text(compiled: CompiledTemplate) -> None:
    boxes = {box.element.describe(): box for box in inspect_template(compiled, {}, RenderOptions()).boxes}
    assert [line.text for line in boxes["b"].lines] == ["two"]
    assert "".join(line.text for line in boxes["p#text"].lines).split() == ["one", "three"]


def test_contents_without_a_box_have_lines(tmp_path: Path) -> None:
    folder = tmp_path / "loose"
    folder.mkdir()
    (folder / "template.html").write_text('<body style="margin: 10px"><p style="display: contents">loose</p></body>')
    (folder / "template.toml").write_text(MANIFEST)
    box = inspect_template(compile_template(folder), {}, RenderOptions()).boxes[-1]
    assert (box.element.describe(), box.x, box.width, box.height) == ("p", 10, 0, 0)
    assert [line.text for line in box.lines] == ["loose"]


def test_the_drawing_has_the_size_of_the_picture(compiled: CompiledTemplate) -> None:
    options = RenderOptions(scale=2, format="jpg")
    inspection = inspect_template(compiled, {}, options)
    first, second = (draw_inspection(compiled, {}, options, inspection) for _ in range(2))
    assert first == second
    with Image.open(io.BytesIO(first)) as picture:
        assert (picture.format, picture.size, picture.mode) == ("PNG", (400, 320), "RGB")


def test_values_are_typed_as_for_a_render(compiled: CompiledTemplate) -> None:
    inspect_template(compiled, {"n": "3"}, RenderOptions(), from_query=True)
    with pytest.raises(ValuesError, match="n: "):
        inspect_template(compiled, {"n": "three"}, RenderOptions(), from_query=True)
