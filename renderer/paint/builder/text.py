"""Glyphs, text shadows, strokes and decorations (CSS Text Decoration 3 and 4)."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor

from renderer.layout.fragments import Decoration, TextFragment
from renderer.paint.builder.dashes import best_gap, dash_and_gap, dots_are_square
from renderer.paint.builder.paths import rectangles
from renderer.paint.display_list import Fill, Glyphs, Group, Operation, Path, Rect, Stroke
from renderer.style.computed import ComputedStyle
from renderer.style.values import Color, resolve
from renderer.text.types import Font

_TOUCH = 0.5  # px
PlacedGlyphs = tuple[Font, tuple[tuple[int, float, float], ...]]


def text_operations(fragment: TextFragment, x: float, y: float, scale: float) -> Iterator[Operation]:
    """Operations of one text; x, y is the page position of the origin that the fragment's coordinates refer to."""
    style = fragment.style
    if style.visibility != "visible":
        return
    runs = list(place_glyphs(fragment, x, y))
    for shadow in reversed(style.text_shadow):
        if shadow.color.alpha > 0:
            for font, glyphs in runs:
                moved = tuple((glyph, gx + shadow.x, gy + shadow.y) for glyph, gx, gy in glyphs)
                yield Glyphs(font, moved, shadow.color, blur=shadow.blur)
    for decoration in fragment.decorations:
        yield from _decoration_lines(decoration, fragment, x, y, ("underline", "overline"), scale)
    yield from _painted(runs, style)
    for decoration in fragment.decorations:
        yield from _decoration_lines(decoration, fragment, x, y, ("line-through",), scale)


def glyph_mask(fragment: TextFragment, x: float, y: float) -> Iterator[Operation]:
    """The fragment's glyphs in opaque black: the shape that `background-clip: text` clips to."""
    if fragment.style.visibility == "visible":
        for font, glyphs in place_glyphs(fragment, x, y):
            yield Glyphs(font, glyphs, Color(0, 0, 0))


def place_glyphs(fragment: TextFragment, x: float, y: float) -> Iterator[PlacedGlyphs]:
    """Pen positions of all glyphs on the page, justification included."""
    pen = x + fragment.x
    baseline = y + fragment.y
    gaps = frozenset(fragment.gaps)
    for run in fragment.runs:
        placed = []
        last = len(run.glyphs) - 1
        for index, glyph in enumerate(run.glyphs):
            placed.append((glyph, pen + run.x_offsets[index], baseline + run.y_offsets[index]))
            pen += run.advances[index]
            cluster = run.clusters[index]
            if cluster in gaps and (index == last or run.clusters[index + 1] != cluster):
                pen += fragment.spacing
        yield run.font, tuple(placed)


def _painted(runs: list[PlacedGlyphs], style: ComputedStyle) -> Iterator[Operation]:
    """Fill and stroke in the order that paint-order asks for."""
    fill = style.color if style.text_fill_color is None else style.text_fill_color
    stroke_first = style.paint_order[:1] == ("stroke",)
    layers = ("stroke", "fill") if stroke_first else ("fill", "stroke")
    for layer in layers:
        if layer == "fill" and fill.alpha > 0:
            for font, glyphs in runs:
                yield Glyphs(font, glyphs, fill)
        elif layer == "stroke" and style.text_stroke_width > 0 and style.text_stroke_color.alpha > 0:
            for font, glyphs in runs:
                yield Glyphs(font, glyphs, style.text_stroke_color, stroke_width=style.text_stroke_width)


def _decoration_lines(
    decoration: Decoration, fragment: TextFragment, x: float, y: float, wanted: tuple[str, ...], scale: float
) -> Iterator[Operation]:
    style = decoration.style
    for line in style.text_decoration_line:
        if line not in wanted or style.text_decoration_color.alpha == 0:
            continue
        thickness = _thickness(decoration)
        top = y + fragment.y + _offset(line, decoration, thickness)
        left, width = x + fragment.x, fragment.width
        rect = Rect(left, top, width, thickness)
        if line == "line-through":
            yield from _line(rect, style, scale)
        else:
            yield from _skipping_ink(fragment, x, y, rect, style, scale)


def _thickness(decoration: Decoration) -> float:
    """Used thickness in px: auto is a tenth of the font size; never thinner than a pixel."""
    value = decoration.style.text_decoration_thickness
    size = decoration.font.size
    if value == "from-font":
        return max(1.0, decoration.font.metrics.underline_thickness)
    if isinstance(value, str):
        return max(1.0, size / 10)
    return max(1.0, floor(resolve(value, size) + 0.5))


def _offset(line: str, decoration: Decoration, thickness: float) -> float:
    """Top of the line below the baseline (negative: above)."""
    metrics = decoration.font.metrics
    match line:
        case "underline":
            offset = decoration.style.text_underline_offset
            if isinstance(offset, str):
                return float(max(1, ceil(thickness / 2)))
            return resolve(offset, decoration.font.size)
        case "overline":
            return -metrics.ascent - floor(thickness)
        case _:
            return -metrics.ascent / 3 - thickness / 2


def _line(rect: Rect, style: ComputedStyle, scale: float) -> Iterator[Operation]:
    """One decoration line in its style; `rect` is where a solid line would be."""
    color = style.text_decoration_color
    x, y, width, thickness = rect
    match style.text_decoration_style:
        case "solid":
            yield Fill(_crisp(rect, scale), color)
        case "double":
            yield Fill(_crisp(rect, scale), color)
            yield Fill(_crisp(Rect(x, y + thickness + 1.0, width, thickness), scale), color)
        case "dotted" | "dashed":
            yield _patterned(rect, style, scale)
        case "wavy":
            yield _wave(rect, color)


def _crisp(rect: Rect, scale: float) -> Rect:
    """A line takes whole device pixels, rounded down as in Chromium, wherever it stands; its ends may be fractional."""
    top = floor(rect.y * scale + 0.5) / scale
    thickness = max(1, floor(rect.height * scale + 1e-4)) / scale
    return Rect(rect.x, top, rect.width, thickness)


def _patterned(rect: Rect, style: ComputedStyle, scale: float) -> Operation:
    """A dotted or dashed line that begins and ends with a whole dot or dash."""
    color = style.text_decoration_color
    crisp = _crisp(rect, scale)
    left, right = floor(rect.x * scale) / scale, floor((rect.x + rect.width) * scale) / scale
    length, thickness, middle = right - left, crisp.height, crisp.y + crisp.height / 2
    bounds = Rect(left, crisp.y, length, thickness)
    if style.text_decoration_style == "dotted" and not dots_are_square(thickness * scale):
        half = thickness / 2
        gap = best_gap(length, thickness, thickness)
        path = Path(f"M{left + half:g} {middle:g}H{right - half:g}", bounds)
        return Stroke(path, thickness, color, (0.0, gap + thickness), cap="round")
    dashed = style.text_decoration_style == "dashed"
    dash, gap = dash_and_gap(thickness) if dashed else (thickness, thickness)
    if length <= 2 * dash:
        return Fill(bounds, color)
    path = Path(f"M{left:g} {middle:g}H{right:g}", bounds)
    return Stroke(path, thickness, color, (dash, best_gap(length, dash, gap)))


def _wave(rect: Rect, color: Color) -> Stroke:
    """A wavy line of cubic Bézier arcs, its size set by the thickness; odd half px make small waves crisper."""
    thickness = rect.height
    length = 1.0 + 2.0 * floor(2 * thickness + 1.0)
    distance = 0.5 + floor(3 * thickness + 1.0)
    middle = rect.y + thickness + 1.5
    x, end = rect.x, rect.x + rect.width
    data = [f"M{x:g} {middle:g}"]
    while x < end:
        data.append(
            f"C{x + length / 2:g} {middle + distance:g} {x + length / 2:g} {middle - distance:g}"
            f" {x + length:g} {middle:g}"
        )
        x += length
    height = 2 * distance + thickness
    return Stroke(Path("".join(data), Rect(rect.x, middle - height / 2, x - rect.x, height)), thickness, color)


def _skipping_ink(
    fragment: TextFragment, x: float, y: float, rect: Rect, style: ComputedStyle, scale: float
) -> Iterator[Operation]:
    """A line with gaps where glyphs cross it (text-decoration-skip-ink: auto)."""
    band = _band(rect, style.text_decoration_style, scale)
    wavy = style.text_decoration_style == "wavy"
    segments = _segments(rect, _ink(fragment, x, y, _crisp(rect, scale) if wavy else band, rect.height, scale))
    if style.text_decoration_style == "solid":
        for left, right in segments:
            yield from _line(Rect(left, rect.y, right - left, rect.height), style, scale)
    elif segments == [(rect.x, rect.x + rect.width)]:
        yield from _line(rect, style, scale)
    else:
        # The pattern runs on below the gaps, so the whole line is drawn and the gaps are cut out.
        clip = rectangles([Rect(left, band.y, right - left, band.height) for left, right in segments])
        yield Group(tuple(_line(rect, style, scale)), clip=clip)


def _band(rect: Rect, line_style: str, scale: float) -> Rect:
    """The height that a line of this style takes."""
    crisp = _crisp(rect, scale)
    if line_style == "double":
        return Rect(crisp.x, crisp.y, crisp.width, 2 * crisp.height + 1.0)
    if line_style == "wavy":
        wave = _wave(rect, Color(0, 0, 0)).path.bounds
        return Rect(crisp.x, wave.y, crisp.width, wave.height)
    return crisp


def _segments(rect: Rect, ink: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """What remains of a line from left to right without the ranges of ink."""
    left, end = rect.x, rect.x + rect.width
    found = []
    for start, stop in ink:
        if start > left:
            found.append((left, min(start, end)))
        left = max(left, stop)
    if left < end:
        found.append((left, end))
    return found


def _ink(
    fragment: TextFragment, x: float, y: float, band: Rect, padding: float, scale: float
) -> list[tuple[float, float]]:
    """Horizontal ranges in which glyphs have ink at the height of the band, widened by `padding` px.

    A glyph that reaches less than half a px into the line does not break it. Gaps have hard edges.
    """
    found: list[tuple[float, float]] = []
    for font, glyphs in place_glyphs(fragment, x, y):
        for glyph, pen, baseline in glyphs:
            top = band.y - baseline
            span = font.ink_span(glyph, top + _TOUCH, top + band.height)
            if span is not None:
                left, right = pen + span[0] - padding, pen + span[1] + padding
                found.append((floor(left * scale + 0.5) / scale, floor(right * scale + 0.5) / scale))
    return sorted(found)
