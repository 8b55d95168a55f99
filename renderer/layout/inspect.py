"""The finished layout as data: one box an element, in CSS px from the page's corner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from renderer.document import Element
from renderer.layout.fragments import Fragment, InlineBoxFragment, Line, TextFragment


@dataclass(slots=True)
class LineBox:
    """The text of one element on one line."""

    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(slots=True)
class ElementBox:
    """Border box of one element (of an inline element: around all its parts) and the lines of its own text.

    An element with display: contents has no box; if it has text, a place without size stands where that begins.
    """

    element: Element
    x: float
    y: float
    width: float
    height: float
    lines: list[LineBox] = field(default_factory=list)

    @property
    def depth(self) -> int:
        """How many elements the element is inside of."""
        depth, parent = 0, self.element.parent
        while parent is not None:
            depth, parent = depth + 1, parent.parent
        return depth


def element_boxes(root: Fragment) -> list[ElementBox]:
    """Boxes of all elements that generated any, in document order. Transforms are not applied."""
    boxes: dict[int, ElementBox] = {}
    for element, x, y, width, height in _parts(root, root.x, root.y):
        _extend(boxes, element, x, y, width, height)
    for element, line in _texts(root, root.x, root.y):
        box = boxes.get(id(element))
        if box is not None:
            _add_line(box, line)
        elif element.style is not None and element.style.display == "contents":
            boxes[id(element)] = ElementBox(element, line.x, line.y, 0.0, 0.0, [line])
        else:
            boxes[id(element)] = ElementBox(element, line.x, line.y, line.width, line.height, [line])
    top = next(iter(boxes.values())).element if boxes else None
    while top is not None and top.parent is not None:
        top = top.parent
    order = {id(element): index for index, element in enumerate(_document_order(top))} if top else {}
    return sorted(boxes.values(), key=lambda box: order.get(id(box.element), 0))


def _document_order(element: Element) -> Iterator[Element]:
    yield element
    for child in element.element_children:
        yield from _document_order(child)


def _extend(boxes: dict[int, ElementBox], element: Element, x: float, y: float, width: float, height: float) -> None:
    box = boxes.get(id(element))
    if box is None:
        boxes[id(element)] = ElementBox(element, x, y, width, height)
        return
    right, bottom = max(box.x + box.width, x + width), max(box.y + box.height, y + height)
    box.x, box.y = min(box.x, x), min(box.y, y)
    box.width, box.height = right - box.x, bottom - box.y


def _parts(fragment: Fragment, x: float, y: float) -> Iterator[tuple[Element, float, float, float, float]]:
    """Border boxes of all fragments that belong to an element itself, in page coordinates."""
    if fragment.element is not None and not fragment.pseudo:
        yield fragment.element, x, y, fragment.width, fragment.height
    for child in (*fragment.children, *fragment.positioned):
        yield from _parts(child, x + child.x, y + child.y)
    for item, item_x, item_y in _items(fragment, x, y):
        if isinstance(item, Fragment):
            yield from _parts(item, item_x, item_y)
        elif isinstance(item, InlineBoxFragment) and not _is_pseudo(item):
            yield item.element, item_x, item_y, item.width, item.height


def _is_pseudo(item: InlineBoxFragment | TextFragment) -> bool:
    element = item.element
    return element is not None and item.style in (element.before, element.after)


def _texts(fragment: Fragment, x: float, y: float) -> Iterator[tuple[Element, LineBox]]:
    """Texts with the element that they belong to."""
    for child in (*fragment.children, *fragment.positioned):
        yield from _texts(child, x + child.x, y + child.y)
    for item, item_x, item_y in _items(fragment, x, y):
        if isinstance(item, Fragment):
            yield from _texts(item, item_x, item_y)
        elif isinstance(item, TextFragment) and item.element is not None and item.text and not _is_pseudo(item):
            top = y + fragment.content_y + item.top
            yield item.element, LineBox(item_x, top, item.width, item.height, item.text)


def _items(
    fragment: Fragment, x: float, y: float
) -> Iterator[tuple[TextFragment | InlineBoxFragment | Fragment, float, float]]:
    origin_x, origin_y = x + fragment.content_x, y + fragment.content_y
    lines: list[Line] = fragment.lines
    for line in lines:
        for item in line.items:
            yield item, origin_x + item.x, origin_y + item.y


def _add_line(box: ElementBox, line: LineBox) -> None:
    """Join texts of the same element that stand beside each other on one line."""
    if box.lines:
        last = box.lines[-1]
        if last.y == line.y and last.height == line.height and abs(last.x + last.width - line.x) < 0.5:
            last.width = line.x + line.width - last.x
            last.text += line.text
            return
    box.lines.append(line)
