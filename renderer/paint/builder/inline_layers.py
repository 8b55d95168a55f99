"""Which inline elements of a line are painted as layers of their own, and what belongs to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from renderer.document import Element
from renderer.layout.fragments import Fragment, InlineBoxFragment, TextFragment
from renderer.style.computed import ComputedStyle

Item = TextFragment | InlineBoxFragment | Fragment


def makes_context(style: ComputedStyle) -> bool:
    """Whether an inline element is faded, filtered or blended as a whole. Transforms do not apply to it."""
    return style.opacity < 1 or bool(style.filter) or style.mix_blend_mode != "normal" or style.isolation == "isolate"


def is_layer(style: ComputedStyle) -> bool:
    """Whether an inline element is painted above the texts around it (CSS 2.2 appendix E)."""
    return style.position != "static" or makes_context(style)


def layered(items: Sequence[Item]) -> Iterator[tuple[Item, list[Item]]]:
    """The items of a line in paint order; those inside a layer come with its inline box, not on their own."""
    taken: set[int] = set()
    for index, item in enumerate(items):
        if index in taken:
            continue
        inside: list[Item] = []
        if isinstance(item, InlineBoxFragment) and is_layer(item.style):
            # Reordering may tear an element apart: its later pieces stand among the rest of the line.
            found = [other for other in range(index + 1, len(items)) if contains(item, items[other])]
            taken.update(found)
            inside = [items[other] for other in found]
        yield item, inside


def contains(box: InlineBoxFragment, item: Item) -> bool:
    """Whether an item of the same line is inside the element, or the pseudo-element, that a box belongs to."""
    if box.style is not box.element.style:
        return item.style is box.style
    if isinstance(item, InlineBoxFragment) and item.style is box.style:
        return False  # another piece of the same element
    return is_inside(item.element, box.element)


def is_inside(element: Element | None, outer: Element) -> bool:
    """Whether an element is another one or a descendant of it."""
    while element is not None:
        if element is outer:
            return True
        element = element.parent
    return False
