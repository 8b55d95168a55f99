import io

import numpy as np
import pytest
from PIL import Image

from renderer import RenderOptions, compile_bundle, render
from renderer.template import bundle_from_files

BLOCK = "display:inline-block;width:20px;height:20px"


def painted(body: str) -> np.ndarray:
    style = f"body {{ margin: 0; background: #fff; font: 20px/20px Inter }} b {{ {BLOCK} }}"
    html = f"<style> {style} </style><body>{body}</body>"
    manifest = b"title = 'Case'\nsize = { width = 100, height = 20 }\n"
    template = compile_bundle(bundle_from_files("case", {"template.html": html.encode(), "template.toml": manifest}))
    result = render(template, {}, RenderOptions())
    return np.asarray(Image.open(io.BytesIO(result.data)).convert("RGB")).astype(int)


def test_opacity_fades_an_inline_element_as_a_whole() -> None:
    fades = '<span style="opacity:.5;background:#000"><b style="background:#000"></b></span>'
    assert painted(fades)[10, 10].tolist() == pytest.approx([128, 128, 128], abs=1)


def test_opacity_reaches_no_neighbours() -> None:
    fades = '<span style="opacity:.5"><b style="background:#000"></b></span><b style="background:#f00"></b>'
    row = painted(fades)[10]
    assert row[10].tolist() == pytest.approx([128, 128, 128], abs=1)
    assert row[30].tolist() == [255, 0, 0]


def test_pseudo_elements_fade_alone() -> None:
    rule = (
        f"<style> p {{ margin: 0 }} p::before {{ content: '.'; opacity: 0; background: #f00 }} b {{ {BLOCK} }} </style>"
    )
    row = painted(rule + '<p><b style="background:#00f"></b></p>')[10]
    assert (row == [0, 0, 255]).all(axis=1).sum() >= 19
    assert not (row == [255, 0, 0]).all(axis=1).any()


def test_nested_opacities_multiply() -> None:
    fades = '<span style="opacity:.5"><i style="opacity:.5"><b style="background:#000"></b></i></span>'
    assert painted(fades)[10, 10].tolist() == pytest.approx([191, 191, 191], abs=2)


def test_relative_inline_is_above_later_siblings() -> None:
    moved = (
        '<span style="position:relative;left:10px"><b style="background:#00f"></b></span>'
        '<b style="background:#f00"></b>'
    )
    row = painted(moved)[10]
    assert row[25].tolist() == [0, 0, 255]
    assert row[35].tolist() == [255, 0, 0]


def test_negative_z_index_puts_an_inline_below() -> None:
    moved = (
        '<span style="position:relative;left:10px;z-index:-1"><b style="background:#00f"></b></span>'
        '<b style="background:#f00"></b>'
    )
    assert painted(moved)[10, 25].tolist() == [255, 0, 0]
