"""Values of CSS counters where they are shown (CSS Lists 3 section 4)."""

from __future__ import annotations

from collections.abc import Iterable

from renderer.document import Element
from renderer.layout.counter_styles import numeral
from renderer.style.computed import ComputedStyle
from renderer.style.values import CounterReference

LIST_ITEM = "list-item"
_LISTS = frozenset({"ol", "ul", "menu", "dir"})

Shown = tuple[int, str]
"""An element (its id) and the part of it that shows counters: "before", "after" or "marker"."""


class Counters:
    """All counters of a styled document, counted once in document order."""

    def __init__(self, root: Element) -> None:
        # Instances, outermost first. Each belongs to the parent of the element that made it, and ends there.
        self._running: dict[str, list[tuple[Element | None, int]]] = {}
        self._found: dict[Shown, dict[str, tuple[int, ...]]] = {}
        self._visit(root)

    def number(self, element: Element) -> int:
        """The ordinal of a list item."""
        values = self._found.get((id(element), "marker"), {}).get(LIST_ITEM, (0,))
        return values[-1]

    def text(self, element: Element, part: str, reference: CounterReference) -> str:
        """What counter() or counters() shows in a pseudo-element."""
        values = self._found.get((id(element), part), {}).get(reference.name, (0,))
        shown = values[-1:] if reference.separator is None else values
        style = reference.style
        if style.startswith("string:"):
            return style.removeprefix("string:")
        return (reference.separator or "").join(numeral(style, value) for value in shown)

    def _visit(self, element: Element) -> None:
        style = element.style
        if style is None or style.display == "none":
            return
        self._count(element.parent, style, _implied(element, style))
        if style.display == LIST_ITEM:
            self._keep(element, "marker")
        if element.before is not None:
            self._count(element, element.before, [])
            self._keep(element, "before")
        for child in element.element_children:
            self._visit(child)
        if element.after is not None:
            self._count(element, element.after, [])
            self._keep(element, "after")
        for instances in self._running.values():
            while instances and instances[-1][0] is element:
                instances.pop()

    def _count(self, owner: Element | None, style: ComputedStyle, implied: Iterable[tuple[str, str, int]]) -> None:
        """Reset, increment and set, in this order (section 4.5)."""
        by_hand = {"reset": style.counter_reset, "increment": style.counter_increment, "set": style.counter_set}
        steps = [(action, name, value) for action, values in by_hand.items() for name, value in values]
        said = {(action, name) for action, name, _ in steps}
        steps += [step for step in implied if step[:2] not in said]
        for action in by_hand:
            for kind, name, value in steps:
                if kind == action:
                    self._change(owner, action, name, value)

    def _change(self, owner: Element | None, action: str, name: str, value: int) -> None:
        instances = self._running.setdefault(name, [])
        if action == "reset":
            if instances and instances[-1][0] is owner:
                instances.pop()  # that of an elder sibling ends here
            instances.append((owner, value))
            return
        if not instances:
            instances.append((owner, 0))
        where, before = instances[-1]
        instances[-1] = (where, before + value if action == "increment" else value)

    def _keep(self, element: Element, part: str) -> None:
        self._found[id(element), part] = {
            name: tuple(value for _, value in instances) for name, instances in self._running.items() if instances
        }


def _implied(element: Element, style: ComputedStyle) -> list[tuple[str, str, int]]:
    """What lists do without being told (section 4.6; HTML section 4.4.5)."""
    steps: list[tuple[str, str, int]] = []
    if element.local_name in _LISTS:
        backwards = _backwards(element)
        count = sum(child.style is not None and child.style.display == LIST_ITEM for child in element.element_children)
        usual = count if backwards else 1
        start = _integer(element.attributes.get("start"))
        start = usual if start is None else start
        steps.append(("reset", LIST_ITEM, start + 1 if backwards else start - 1))
    if style.display == LIST_ITEM:
        backwards = element.parent is not None and _backwards(element.parent)
        steps.append(("increment", LIST_ITEM, -1 if backwards else 1))
        value = _integer(element.attributes.get("value"))
        if value is not None:
            steps.append(("set", LIST_ITEM, value))
    return steps


def _backwards(element: Element) -> bool:
    return element.local_name == "ol" and "reversed" in element.attributes


def _integer(text: str | None) -> int | None:
    """An attribute's integer; None if there is none."""
    try:
        return None if text is None else int(text)
    except ValueError:
        return None
