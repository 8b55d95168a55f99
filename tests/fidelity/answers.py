"""The stored form of an answer: boxes and text lines of every element of <body>, as JSON, beside the picture as PNG.

Lengths are CSS px from the page's corner, rounded to 1/100, transforms not applied.
"""

from __future__ import annotations

import io
import json
from collections.abc import Set
from dataclasses import asdict, dataclass, field
from pathlib import Path

from PIL import Image

ANSWERS = Path(__file__).parent / "answers"


@dataclass(slots=True)
class Rect:
    """A rectangle in CSS px."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Bottom edge."""
        return self.y + self.height

    def compact(self) -> list[float]:
        """As stored."""
        return [_short(value) for value in (self.x, self.y, self.width, self.height)]


@dataclass(slots=True)
class Node:
    """One element. `box` is None for an element without one; `parent` is the index of the parent, -1 for <body>.

    `clips`: what lies outside of the box is not seen. `cut`: an ellipsis may end the text, and what the browser
    reports is the text as it would be without; the direction of such a block, or "inline" for an inline element in
    it, whose box is no truth either. `lines` are rectangles of the element's own text.
    """

    label: str
    parent: int
    box: Rect | None
    clips: bool = False
    cut: str = ""  # "", "ltr", "rtl" or "inline"
    lines: list[Rect] = field(default_factory=list)


@dataclass(slots=True)
class Answer:
    """What Chromium says of a page. `source` is the digest of the page that it was asked about."""

    source: str
    chromium: str
    fonts: dict[str, str]
    nodes: list[Node]


def json_path(name: str) -> Path:
    """Where the boxes of a case are stored."""
    return ANSWERS / f"{name}.json"


def picture_path(name: str) -> Path:
    """Where the picture of a case is stored."""
    return ANSWERS / f"{name}.png"


def store(name: str, answer: Answer, picture: bytes) -> None:
    """Write an answer."""
    json_path(name).parent.mkdir(parents=True, exist_ok=True)
    json_path(name).write_text(_dump(answer), "utf-8")
    with Image.open(io.BytesIO(picture)) as opened:
        opened.convert("RGB").save(picture_path(name), optimize=True)  # half the bytes of a screenshot


def forget_all_but(names: Set[str]) -> None:
    """Remove answers about cases that are no more."""
    for path in list(ANSWERS.rglob("*.*")):
        if str(path.relative_to(ANSWERS).with_suffix("")) not in names:
            path.unlink()


def load(name: str) -> Answer | None:
    """The stored answer; None if there is none."""
    if not json_path(name).is_file() or not picture_path(name).is_file():
        return None
    stored = json.loads(json_path(name).read_text("utf-8"))
    nodes = [_node(entry) for entry in stored["nodes"]]
    return Answer(stored["source"], stored["chromium"], stored["fonts"], nodes)


def _dump(answer: Answer) -> str:
    head = json.dumps({key: value for key, value in asdict(answer).items() if key != "nodes"}, ensure_ascii=False)
    nodes = ",\n".join(json.dumps(_entry(node), ensure_ascii=False) for node in answer.nodes)
    return f'{head[:-1]}, "nodes": [\n{nodes}\n]}}\n'


def _entry(node: Node) -> dict[str, object]:
    entry: dict[str, object] = {"label": node.label, "parent": node.parent, "box": node.box and node.box.compact()}
    if node.clips:
        entry["clips"] = True
    if node.cut:
        entry["cut"] = node.cut
    if node.lines:
        entry["lines"] = [line.compact() for line in node.lines]
    return entry


def _node(entry: dict[str, object]) -> Node:
    box, lines = entry["box"], entry.get("lines", [])
    assert isinstance(lines, list)
    return Node(
        label=str(entry["label"]),
        parent=int(str(entry["parent"])),
        box=Rect(*box) if isinstance(box, list) else None,
        clips=bool(entry.get("clips")),
        cut=str(entry.get("cut", "")),
        lines=[Rect(*line) for line in lines],
    )


def _short(value: float) -> float:
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded
