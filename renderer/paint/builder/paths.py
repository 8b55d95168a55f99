"""SVG path data for shapes that are neither rectangles nor rings."""

from __future__ import annotations

from renderer.paint.display_list import Path, Rect, RoundedRect


def polygon(points: list[tuple[float, float]]) -> Path:
    """A closed polygon."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    data = "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z"
    return Path(data, Rect(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)))


def rectangles(rects: list[Rect]) -> Path:
    """Several rectangles as one path; empty without any."""
    if not rects:
        return Path("M0 0Z", Rect(0.0, 0.0, 0.0, 0.0))
    data = "".join(f"M{r.x:g} {r.y:g}h{r.width:g}v{r.height:g}h{-r.width:g}Z" for r in rects)
    left, top = min(r.x for r in rects), min(r.y for r in rects)
    right, bottom = max(r.x + r.width for r in rects), max(r.y + r.height for r in rects)
    return Path(data, Rect(left, top, right - left, bottom - top))


def rounded_path(shape: RoundedRect) -> Path:
    """The outline of a rounded rectangle, clockwise from the end of its top left corner."""
    x, y, width, height = shape.rect
    right, bottom = x + width, y + height
    (a, b), (c, d) = shape.top_left, shape.top_right
    (e, f), (g, h) = shape.bottom_right, shape.bottom_left
    data = (
        f"M{x + a:g} {y:g}L{right - c:g} {y:g}{_arc(c, d, right, y + d)}"
        f"L{right:g} {bottom - f:g}{_arc(e, f, right - e, bottom)}"
        f"L{x + g:g} {bottom:g}{_arc(g, h, x, bottom - h)}"
        f"L{x:g} {y + b:g}{_arc(a, b, x + a, y)}Z"
    )
    return Path(data, shape.rect)


def _arc(rx: float, ry: float, x: float, y: float) -> str:
    return f"A{rx:g} {ry:g} 0 0 1 {x:g} {y:g}" if rx > 0 and ry > 0 else ""
