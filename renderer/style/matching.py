"""Which rules match an element, remembered by everything that selectors can see.

Elements of one document, and of the next render of the same template, repeat themselves. A `MatchNode` stands for a
chain of ancestors that look alike to all selectors; its children are found by one dictionary look-up.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count

from renderer.document import Element, Text
from renderer.style.blocks import Cascaded
from renderer.style.selectors import Features, Selector

MAXIMUM_NODES = 8192
Rank = tuple[object, ...]
Key = tuple[object, ...]


@dataclass(slots=True, eq=False)
class RankedRule:
    """A selector with the number of its declarations and its place in the cascade (low to high)."""

    selector: Selector
    block: int
    rank: Rank


class RuleIndex:
    """Rules of one origin, found by what their last compound selector demands."""

    def __init__(self, rules: Iterable[RankedRule]) -> None:
        self.by_id: dict[str, list[RankedRule]] = {}
        self.by_class: dict[str, list[RankedRule]] = {}
        self.by_name: dict[str, list[RankedRule]] = {}
        self.rest: list[RankedRule] = []
        self.features = Features()
        for rule in rules:
            self._file(rule)
            self.features |= rule.selector.features

    def _file(self, rule: RankedRule) -> None:
        selector = rule.selector
        if selector.id is not None:
            self.by_id.setdefault(selector.id, []).append(rule)
        elif selector.class_name is not None:
            self.by_class.setdefault(selector.class_name, []).append(rule)
        elif selector.local_name is not None:
            self.by_name.setdefault(selector.local_name, []).append(rule)
        else:
            self.rest.append(rule)

    def match(self, element: Element) -> dict[str, tuple[int, ...]]:
        """Numbers of the matching blocks in cascade order, by pseudo-element ("" for the element itself)."""
        found: dict[str, list[RankedRule]] = {}
        for bucket in self._buckets(element):
            for rule in bucket:
                if rule.selector.test(element):
                    found.setdefault(rule.selector.pseudo, []).append(rule)
        return {pseudo: tuple(dict.fromkeys(rule.block for rule in _sorted(rules))) for pseudo, rules in found.items()}

    def _buckets(self, element: Element) -> Iterable[list[RankedRule]]:
        yield self.rest
        yield self.by_name.get(element.local_name, [])
        identity = element.attributes.get("id")
        if identity:
            yield self.by_id.get(identity, [])
        for name in element.classes:
            yield self.by_class.get(name, [])


def _sorted(rules: list[RankedRule]) -> Sequence[RankedRule]:
    """In cascade order; of a rule that matches by several selectors only the strongest counts."""
    ordered = sorted(rules, key=lambda rule: rule.rank)
    strongest = {rule.block: rule for rule in ordered}
    return [rule for rule in ordered if strongest[rule.block] is rule]


@dataclass(slots=True, eq=False)
class Matched:
    """The declarations for elements that match the same rules. `entries` belongs to the cache of computed styles."""

    cascaded: Cascaded
    before: Cascaded | None
    after: Cascaded | None
    marker: Cascaded | None
    entries: dict[tuple[object, str | None], object] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class MatchNode:
    """What matched elements of one appearance, and by their appearance what matched their children."""

    matched: Matched
    children: dict[Key, MatchNode] = field(default_factory=dict)


@dataclass(slots=True)
class Signatures:
    """Numbers for what is expensive to compare: equal things have equal numbers."""

    numbers: dict[Key, int] = field(default_factory=dict)
    counter: count[int] = field(default_factory=count)

    def number(self, key: Key) -> int:
        """The number of a key."""
        found = self.numbers.get(key)
        if found is None:
            found = self.numbers[key] = next(self.counter)
        return found


def text_direction(element: Element) -> str:
    """Direction of dir=auto: that of the first strong character (HTML section 3.2.6.4)."""
    stack: list[Element | Text] = [element]
    while stack:
        node = stack.pop()
        if isinstance(node, Element):
            if node is element or ("dir" not in node.attributes and node.local_name not in ("bdi", "style", "script")):
                stack.extend(reversed(node.children))
            continue
        for letter in node.data:
            kind = unicodedata.bidirectional(letter)
            if kind in ("L", "R", "AL"):
                return "ltr" if kind == "L" else "rtl"
    return "ltr"
