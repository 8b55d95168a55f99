"""Small fonts built for tests: every character is a filled square of the em."""

from __future__ import annotations

import hashlib
from io import BytesIO

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from renderer.assets import Asset

UNITS = 1000


def square_font(characters: str, *, family: str = "Square", colors: bool = False, flavor: str | None = None) -> bytes:
    """A font whose glyphs are squares of 500 units on the baseline, 600 wide; with `colors` a red one each (COLR)."""
    names = [".notdef", *(f"u{ord(character):04X}" for character in characters)]
    builder = FontBuilder(UNITS, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(character): f"u{ord(character):04X}" for character in characters})
    builder.setupGlyf({name: _square() for name in names})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (600, 50)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular", "fullName": f"{family} Regular"})
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200, sxHeight=500)
    builder.setupPost()
    if colors:
        builder.setupCOLR({name: [(name, 0)] for name in names[1:]})
        builder.setupCPAL([[(1.0, 0.0, 0.0, 1.0)]])
    builder.font.flavor = flavor
    return saved(builder.font)


def saved(font: TTFont) -> bytes:
    """The bytes of a font."""
    out = BytesIO()
    font.save(out)
    return out.getvalue()


def asset(data: bytes) -> Asset:
    """Bytes with their digest."""
    return Asset(data, hashlib.sha256(data).hexdigest())


def _square() -> object:
    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    pen.lineTo((50, 500))
    pen.lineTo((550, 500))
    pen.lineTo((550, 0))
    pen.closePath()
    return pen.glyph()
