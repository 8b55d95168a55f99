"""Fonts, shaping, line breaking and glyph bitmaps."""
