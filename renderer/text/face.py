"""Font faces: one face of an opened font file, with its axes and its identity by content."""

from __future__ import annotations

import hashlib
from functools import cached_property
from io import BytesIO
from pathlib import Path

import uharfbuzz as hb

from renderer.errors import AssetError

LARGEST_FONT = 64_000_000  # bytes of one font after unpacking
_DEFAULT_LANGUAGE = 0xFFFF  # HB_OT_LAYOUT_DEFAULT_LANGUAGE_INDEX
_SFNT_MAGICS = (b"\x00\x01\x00\x00", b"OTTO", b"true", b"ttcf")


class Face:
    """One face of a font. `digest` identifies its content (and the index within a collection)."""

    def __init__(self, blob: hb.Blob, index: int, digest: str) -> None:
        self.hb_face = hb.Face(blob, index)
        self.size = len(blob)  # bytes of the file, unpacked
        self.index = index
        self.digest = digest
        self._cmap = hb.Font(self.hb_face)
        self._covered: dict[int, bool] = {}

    @cached_property
    def axes(self) -> dict[str, tuple[float, float, float]]:
        """Variation axes: tag → smallest, default, largest value."""
        if not self.hb_face.has_var_data:
            return {}
        return {a.tag: (a.min_value, a.default_value, a.max_value) for a in self.hb_face.axis_infos}

    @cached_property
    def has_color_layers(self) -> bool:
        """Whether glyphs are drawn from coloured layers (COLR)."""
        return bool(self.hb_face.has_color_paint or self.hb_face.has_color_layers)

    @cached_property
    def has_color(self) -> bool:
        """Whether glyphs carry their own colours (COLR, CBDT or sbix; SVG tables are not drawn)."""
        return self.has_color_layers or bool(self.hb_face.has_color_png)

    @cached_property
    def strike(self) -> int:
        """Pixels per em of the first bitmap strike (CBLC ppemX); 0 without one."""
        table = bytes(self.hb_face.reference_table("CBLC").data)
        return table[52] if len(table) > 52 else 0

    @cached_property
    def coverage(self) -> hb.Set:
        """Code points that the character map knows."""
        return self.hb_face.unicodes

    @cached_property
    def substitutions(self) -> frozenset[str]:
        """Tags of the OpenType features that exchange glyphs, of all scripts and languages."""
        return _feature_tags(self.hb_face, "GSUB")

    @cached_property
    def positionings(self) -> frozenset[str]:
        """Tags of the OpenType features that move glyphs, of all scripts and languages."""
        return _feature_tags(self.hb_face, "GPOS")

    def covers(self, codepoint: int) -> bool:
        """Whether the character map has a glyph for a code point."""
        known = self._covered.get(codepoint)
        if known is None:
            known = bool(self._cmap.get_nominal_glyph(codepoint))
            if len(self._covered) < 20_000:
                self._covered[codepoint] = known
        return known


def _feature_tags(face: hb.Face, table: str) -> frozenset[str]:
    found: set[str] = set()
    for script in range(len(face.get_table_script_tags(table))):
        languages = len(face.get_script_language_tags(table, script))
        for language in (*range(languages), _DEFAULT_LANGUAGE):
            found.update(face.get_language_feature_tags(table, script, language))
    return frozenset(found)


def open_file(path: Path, index: int = 0) -> Face:
    """Map a font file of the machine into memory.

    Raises AssetError if it cannot be read or is no font.
    """
    try:
        digest = _directory_digest(path)
        blob = hb.Blob.from_file_path(str(path))
    except (hb.HarfBuzzError, OSError) as error:
        raise AssetError(f"The font file {path} cannot be read.") from error
    return _checked(Face(blob, index, f"{digest}:{index}"), str(path))


def open_bytes(data: bytes, digest: str, name: str, index: int = 0) -> Face:
    """Open a font that came as bytes: TTF, OTF, TTC, WOFF or WOFF2. `name` is for messages.

    Raises AssetError if the bytes are no readable font or unpack to more than LARGEST_FONT bytes.
    """
    return _checked(Face(hb.Blob(_unpacked(data, name)), index, f"{digest}:{index}"), name)


def _directory_digest(path: Path) -> str:
    """Digest of size and table directory, which holds a checksum and the length of every table.

    Identifies a trusted file without reading its megabytes; a collection's several directories lie within 64 KiB.
    """
    with path.open("rb") as file:
        head = file.read(12)
        tables = int.from_bytes(head[4:6], "big")
        head += file.read(65_536 if head[:4] == b"ttcf" else 16 * tables)
        size = file.seek(0, 2)
    return hashlib.sha256(size.to_bytes(8, "big") + head).hexdigest()[:32]


def _checked(face: Face, name: str) -> Face:
    tables = (len(face.hb_face.reference_table(tag)) for tag in ("cmap", "head", "hhea", "hmtx", "maxp"))
    if face.hb_face.glyph_count == 0 or not all(tables):
        raise AssetError(f"{name} is not a readable font: expected a TrueType or OpenType file, or WOFF/WOFF2 of one.")
    return face


def _unpacked(data: bytes, name: str) -> bytes:
    magic = data[:4]
    if magic in _SFNT_MAGICS:
        return data
    if magic not in (b"wOFF", b"wOF2"):
        raise AssetError(f"{name} is not a font: it starts with {magic!r}, expected TTF, OTF, TTC, WOFF or WOFF2.")
    if int.from_bytes(data[16:20], "big") > LARGEST_FONT:
        raise AssetError(f"{name} unpacks to more than {LARGEST_FONT:,} bytes.")
    try:
        return _repacked(data)
    # fontTools meets broken tables in many ways (struct.error, AssertionError, KeyError, brotli.error, …)
    except Exception as error:
        raise AssetError(f"{name} is a broken WOFF file: {error}") from error


def _repacked(data: bytes) -> bytes:
    # Imported late: fontTools takes 40 ms, and most templates ship no packed font.
    from fontTools.ttLib import TTFont

    font = TTFont(BytesIO(data), recalcBBoxes=False, recalcTimestamp=False, lazy=True)
    font.flavor = None
    out = BytesIO()
    font.save(out, reorderTables=None)
    return out.getvalue()
