from __future__ import annotations

import pytest

from renderer.assets import Asset
from renderer.diagnostics import Diagnostics
from renderer.errors import AssetError
from renderer.style.computed import ComputedStyle
from renderer.style.values import FontFaceRule
from renderer.text.engine import HarfBuzzEngine
from renderer.text.face import open_bytes
from tests.renderer.text.fonts import asset, square_font

STYLE = ComputedStyle(font_family=("Square", "sans-serif"), font_size=100.0)


def engine(files: dict[str, bytes], *rules: FontFaceRule, diagnostics: Diagnostics | None = None) -> HarfBuzzEngine:
    assets = {name: asset(data) for name, data in files.items()}
    return HarfBuzzEngine.for_faces(rules or [FontFaceRule("Square", tuple(files))], assets.get, diagnostics)


@pytest.mark.parametrize("flavor", [None, "woff", "woff2"])
def test_every_packing_gives_the_same_text(flavor: str | None) -> None:
    text = engine({"f": square_font("ab", flavor=flavor)})
    (run,) = text.shape("ab", 0, 2, STYLE, 0)
    assert run.advances == (60.0, 60.0)
    assert run.font.outline(run.glyphs[0]) == "M5 0L5 -50L55 -50L55 0L5 0Z"
    assert run.font.metrics.ascent == 80.0
    assert run.font.metrics.x_height == 50.0


def test_a_broken_source_is_reported_and_the_next_one_serves() -> None:
    found = Diagnostics()
    text = engine({"bad.woff2": b"wOF2 but nothing else", "good.ttf": square_font("a")}, diagnostics=found)
    assert text.shape("a", 0, 1, STYLE, 0)[0].advances == (60.0,)
    assert [(item.code, "bad.woff2" in item.message) for item in found.items] == [("font-missing", True)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"plain text",
        b"\x00\x01\x00\x00" + bytes(100),
        b"OTTO\xff\xff" + bytes(200),
        b"wOFF" + bytes(60),
        b"wOF2" + b"\xff" * 60,
        square_font("a")[:300],
    ],
)
def test_broken_fonts_fall_back_to_the_next_family(data: bytes) -> None:
    found = Diagnostics()
    text = engine({"f": data}, diagnostics=found)
    assert text.primary_font(STYLE) is HarfBuzzEngine().primary_font(ComputedStyle(font_size=100.0))
    assert [item.code for item in found.items] == ["font-missing"]


def test_every_render_hears_of_a_broken_font() -> None:
    rule = FontFaceRule("Square", ("f",))
    for _ in range(2):
        found = Diagnostics()
        engine({"f": b"broken"}, rule, diagnostics=found).primary_font(STYLE)
        assert len(found.items) == 1


def test_a_missing_file_is_reported() -> None:
    found = Diagnostics()
    engine({}, FontFaceRule("Square", ("gone.ttf",)), diagnostics=found).primary_font(STYLE)
    assert "gone.ttf" in found.items[0].message


def test_a_bomb_is_refused_by_its_header() -> None:
    data = bytearray(square_font("a", flavor="woff2"))
    data[16:20] = (1 << 31).to_bytes(4, "big")
    with pytest.raises(AssetError, match="unpacks to more than"):
        open_bytes(bytes(data), "x", "bomb.woff2")


def test_fonts_are_parsed_once_for_all_renders() -> None:
    files = {"f": square_font("xyz")}
    assert engine(files).primary_font(STYLE) is engine(files).primary_font(STYLE)


def test_unicode_range_limits_a_face() -> None:
    font = square_font("ab ")
    rules = [
        FontFaceRule("Square", ("f",), unicode_range=((0x61, 0x61),)),
        FontFaceRule("Other", ("f",)),
    ]
    runs = engine({"f": font}, *rules).shape("ab", 0, 2, STYLE, 0)
    assert [run.advances[0] == 60.0 for run in runs] == [True, False]


def test_later_rules_win() -> None:
    rules = [FontFaceRule("Square", ("old",)), FontFaceRule("Square", ("new",))]
    wide = square_font("a", family="New")
    text = engine({"old": square_font("b"), "new": wide}, *rules)
    assert text.primary_font(STYLE).covers(ord("a"))


def test_synthetic_styles_of_a_lone_regular_face() -> None:
    text = engine({"f": square_font("a")})
    style = ComputedStyle(font_family=("Square",), font_size=100.0, font_weight=600.0, font_style="italic")
    font = text.primary_font(style)
    assert (font.bold, font.slanted) == (True, True)
    assert font.outline(1) != text.primary_font(STYLE).outline(1)
    assert text.shape("a", 0, 1, style, 0)[0].advances == (60.0,)


def test_local_names_an_installed_family() -> None:
    rule = FontFaceRule("Square", ("local:Inter",))
    assert engine({}, rule).primary_font(STYLE).face is HarfBuzzEngine().primary_font(ComputedStyle()).face


def test_font_bytes_identify_a_font() -> None:
    one, other = engine({"f": square_font("a")}), engine({"f": square_font("ab")})
    assert one.primary_font(STYLE).key != other.primary_font(STYLE).key


def test_a_load_that_knows_nothing_is_no_font() -> None:
    def load(url: str) -> Asset | None:
        return None

    text = HarfBuzzEngine.for_faces([FontFaceRule("Square", ("f",))], load)
    assert text.primary_font(STYLE).metrics.ascent > 0
