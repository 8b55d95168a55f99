"""An inspection of a template's layout as JSON and as text."""

from __future__ import annotations

from renderer import ElementBox, Inspection
from server.diagnostics import diagnostics_json
from server.store.entries import Json


def inspection_json(inspection: Inspection) -> dict[str, Json]:
    """The document that `signet inspect --json` prints; lengths in CSS px, rounded to thousandths."""
    return {
        "width": inspection.width,
        "height": inspection.height,
        "boxes": [_box_json(box) for box in inspection.boxes],
        "diagnostics": diagnostics_json(inspection.diagnostics),
    }


def inspection_lines(inspection: Inspection) -> list[str]:
    """The boxes as an indented list: name, size, place and source line, with the lines of text below."""
    lines = [f"page {inspection.width}×{inspection.height}"]
    for box in inspection.boxes:
        indent = "  " * (box.depth + 1)
        size = f"{_short(box.width)}×{_short(box.height)}"
        place = f"{_short(box.x)},{_short(box.y)}"
        lines.append(f"{indent}{box.element.describe()}: {size} at {place} (line {box.element.position.line})")
        lines += [f"{indent}  | {line.text.strip()}" for line in box.lines]
    return lines


def _box_json(box: ElementBox) -> dict[str, Json]:
    element = box.element
    rectangle = _rectangle(box.x, box.y, box.width, box.height)
    lines: list[Json] = [
        {**_rectangle(line.x, line.y, line.width, line.height), "text": line.text} for line in box.lines
    ]
    return {"id": element.id, "tag": element.local_name, "line": element.position.line, **rectangle, "lines": lines}


def _rectangle(x: float, y: float, width: float, height: float) -> dict[str, Json]:
    return {"x": round(x, 3), "y": round(y, 3), "width": round(width, 3), "height": round(height, 3)}


def _short(length: float) -> str:
    return f"{length:.1f}".removesuffix(".0")
