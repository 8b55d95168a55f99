"""The style room's face: a ComputedStyle on every element of a document.

stylesheets ─ StyleEngine ─ apply(root) ─┬─ matching.py    which rules match, remembered by appearance
                                         ├─ blocks.py      which declaration wins
                                         ├─ computing.py   computed values
                                         └─ assembly.py    merged properties, used display, line widths
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import inf
from typing import cast

from renderer.diagnostics import Diagnostics
from renderer.document import Element
from renderer.errors import SourcePosition
from renderer.style.blocks import Cascaded, inherits_explicitly
from renderer.style.computed import ComputedStyle
from renderer.style.computing import QUOTE_DEPTH, Entry, Inherited, StyleComputer
from renderer.style.custom_properties import custom_from_text
from renderer.style.declarations import (
    EMPTY_BLOCK,
    CustomValue,
    DeclarationBlock,
    Problem,
    has_reference,
    read_style_attribute,
)
from renderer.style.deferred import Environment
from renderer.style.hints import NO_HINTS, Hints, hint_block, hints_of
from renderer.style.matching import MAXIMUM_NODES, Key, Matched, MatchNode, RankedRule, RuleIndex, Signatures
from renderer.style.selectors import PSEUDO_ELEMENTS
from renderer.style.stylesheet import LayerName, StyleRule, Stylesheet, parse_stylesheet
from renderer.style.user_agent import USER_AGENT_CSS

__all__ = ["Environment", "StyleEngine", "Stylesheet", "parse_stylesheet"]

MAXIMUM_ENTRIES = 4096  # computed styles kept by one engine, about 1 KB each


@lru_cache(maxsize=1)
def _user_agent() -> tuple[RuleIndex, tuple[DeclarationBlock, ...]]:
    """Chromium's own stylesheet, read once."""
    sheet = parse_stylesheet(USER_AGENT_CSS, SourcePosition("user agent stylesheet", 1, 1), Diagnostics())
    return _index(sheet.rules, {})


def _index(
    rules: Iterable[StyleRule], layers: Mapping[LayerName, int]
) -> tuple[RuleIndex, tuple[DeclarationBlock, ...]]:
    ranked: list[RankedRule] = []
    blocks: list[DeclarationBlock] = []
    for number, rule in enumerate(rules):
        blocks.append(rule.block)
        layer = _layer_rank(rule.layer, layers)
        ranked += [RankedRule(selector, number, (layer, selector.specificity, number)) for selector in rule.selectors]
    return RuleIndex(ranked), tuple(blocks)


def _layer_rank(layer: LayerName | None, layers: Mapping[LayerName, int]) -> tuple[float, ...]:
    """Later layers win, what is in no layer wins over all (CSS Cascade 5 section 6.4.4)."""
    names = () if layer is None else layer
    return (*(float(layers[names[:length]]) for length in range(1, len(names) + 1)), inf)


class StyleEngine:
    """The cascade of one set of stylesheets in one environment. Keeps what it computed for the next document."""

    def __init__(
        self,
        stylesheets: Sequence[Stylesheet],
        environment: Environment | None = None,
        *,
        custom_properties: Mapping[str, str] | None = None,
    ) -> None:
        """`custom_properties`: values (CSS text) that win over what the stylesheets declare on the root element."""
        self.environment = environment or Environment()
        self.font_faces = tuple(rule for sheet in stylesheets for rule in sheet.font_faces)
        rules = [
            rule
            for sheet in stylesheets
            for rule in sheet.rules
            if all(query.applies(self.environment) for query in rule.media)
        ]
        names = dict.fromkeys(name for sheet in stylesheets for name in sheet.layers)
        self._layered = bool(names)
        self._user_agent, self._user_agent_blocks = _user_agent()
        self._author, self._author_blocks = _index(rules, {name: place for place, name in enumerate(names)})
        self._ranks = [_layer_rank(rule.layer, {name: i for i, name in enumerate(names)}) for rule in rules]
        self._features = self._user_agent.features | self._author.features
        self._texts = tuple(sorted({name for block in self._author_blocks for name in block.attributes}))
        attributes = self._features.attributes.union(self._texts)
        self._attributes = tuple(sorted(attributes - {"class", "id", "lang"}))
        self._attribute_set = frozenset(self._attributes)
        registered = {rule.name: rule for sheet in stylesheets for rule in sheet.properties}
        self._computer = StyleComputer(self.environment, registered)
        self._overrides = _override_block(custom_properties or {})
        self._clear()

    def _clear(self) -> None:
        """Empty all caches."""
        self._computer.clear()
        self._initial = self._computer.initial({})
        self._roots: dict[Key, MatchNode] = {}
        self._cascades: dict[object, Cascaded] = {}
        self._matched: dict[object, Matched] = {}
        self._signatures = Signatures()
        self._nodes = 0
        self._entries = 0

    def apply(self, root: Element, diagnostics: Diagnostics) -> None:
        """Set style, before and after on the whole tree, and report what is invalid at computed-value time."""
        if self._nodes > MAXIMUM_NODES or self._entries > MAXIMUM_ENTRIES:
            self._clear()
        key: Key = self._key(root)
        if self._features.structure:
            key = (*key, self._signature(root))
        node = self._roots.get(key)
        if node is None:
            node = self._roots[key] = self._match(root)
        entry = self._style(root, node.matched, self._initial, None, diagnostics)
        stack: list[tuple[Element, MatchNode, Entry]] = [(root, node, entry)]
        while stack:
            element, node, entry = stack.pop()
            self._children(element, node, entry, stack, diagnostics)

    def _children(
        self,
        parent: Element,
        node: MatchNode,
        entry: Entry,
        stack: list[tuple[Element, MatchNode, Entry]],
        diagnostics: Diagnostics,
    ) -> None:
        features = self._features
        inherited = entry.inherited
        nodes = node.children
        previous: MatchNode | None = None
        elements = parent.element_children
        family = self._family(parent) if features.family else None
        for element in elements:
            key = self._key(element)
            if features.position or features.structure:
                # Under a root whose key holds the whole document, places tell apart what :has() may tell apart.
                key = (*key, element.index, len(elements))
            if features.siblings:
                key = (*key, previous)
            if family is not None:
                key = (*key, element.index, family)
            if features.empty:
                key = (*key, not element.children)
            child = nodes.get(key)
            if child is None:
                child = nodes[key] = self._match(element)
            previous = child
            child_entry = self._style(element, child.matched, inherited, entry, diagnostics)
            if element.element_children:
                stack.append((element, child, child_entry))

    def _key(self, element: Element) -> Key:
        """What selectors can see of an element by itself."""
        attributes = element.attributes
        if not attributes:
            return (element.local_name,)
        own: Key = (element.local_name, attributes.get("class"), attributes.get("id"), attributes.get("lang"))
        if not self._attribute_set.isdisjoint(attributes):
            own = (*own, tuple(attributes.get(name) for name in self._attributes))
        hints = hints_of(element)
        return own if hints == NO_HINTS else (*own, hints)

    def _family(self, parent: Element) -> int:
        return self._signatures.number(tuple(self._key(element) for element in parent.element_children))

    def _signature(self, root: Element) -> int:
        """A number for the whole document as selectors see it; children first, without recursion."""
        numbers: dict[Element, int] = {}
        for element in reversed(list(root.iter_subtree())):
            inner = tuple(numbers[child] for child in element.element_children)
            numbers[element] = self._signatures.number((self._key(element), inner, bool(element.children)))
        return numbers[root]

    def _match(self, element: Element) -> MatchNode:
        self._nodes += 1
        user_agent = self._user_agent.match(element)
        author = self._author.match(element)
        hints = hints_of(element)
        attributes = element.attributes
        # Elements that match the same rules share their styles, unless attr() or lang make a difference.
        texts = tuple(attributes.get(name) for name in self._texts) if self._texts else ()
        key = (tuple(user_agent.items()), tuple(author.items()), hints, attributes.get("lang"), texts)
        matched = self._matched.get(key)
        if matched is None:
            before, after, marker = (
                self._cascaded(user_agent.get(pseudo, ()), author.get(pseudo, ()), NO_HINTS)
                if pseudo in user_agent or pseudo in author
                else None
                for pseudo in PSEUDO_ELEMENTS
            )
            own = self._cascaded(user_agent.get("", ()), author.get("", ()), hints)
            matched = self._matched[key] = Matched(own, before, after, marker)
        return MatchNode(matched)

    def _cascaded(self, user_agent: tuple[int, ...], author: tuple[int, ...], hints: Hints) -> Cascaded:
        key = (user_agent, author, hints)
        found = self._cascades.get(key)
        if found is None:
            low = tuple(self._user_agent_blocks[number] for number in user_agent)
            high = tuple(self._author_blocks[number] for number in author)
            if hints != NO_HINTS:
                high = (hint_block(hints), *high)
            order = author
            if self._layered:
                # Of important declarations those of earlier layers win; within a layer the order stays.
                order = tuple(sorted(author, key=lambda number: tuple(-place for place in self._ranks[number])))
            important = tuple(block for number in order if (block := self._author_blocks[number]).important)
            found = self._cascades[key] = Cascaded(low, high, important)
            found.inherits = inherits_explicitly((*low, *high))
        return found

    def _style(
        self, element: Element, matched: Matched, inherited: Inherited, parent: Entry | None, diagnostics: Diagnostics
    ) -> Entry:
        attributes = element.attributes
        text = attributes.get("style") if attributes else None
        # Who takes a parent's value by `inherit` may depend on all of the parent's style.
        key = (parent if matched.cascaded.inherits else inherited, text)
        entry = cast("Entry | None", matched.entries.get(key))
        if entry is None:
            entry = self._compute(element, matched, inherited, parent, text)
            self._entries += 1
            if entry.reusable:
                matched.entries[key] = entry
        element.style, element.before, element.after = entry.style, entry.before, entry.after
        element.marker = entry.marker
        if entry.problems:
            _report(entry.problems, element, diagnostics)
        return entry

    def _compute(
        self, element: Element, matched: Matched, inherited: Inherited, parent: Entry | None, text: str | None
    ) -> Entry:
        block, problems = read_style_attribute(text) if text else (EMPTY_BLOCK, ())
        if parent is None and self._overrides is not EMPTY_BLOCK:
            block = DeclarationBlock(block.normal, (*block.important, *self._overrides.important), block.logical)
        declared = matched.cascaded.declared(inherited.style.direction, block)
        attributes = element.attributes
        language = attributes.get("lang")
        entry = self._computer.compute(matched.cascaded, declared, inherited, parent, attributes, language)
        entry.problems = (*problems, *entry.problems)
        if block is not EMPTY_BLOCK and inherits_explicitly((block,)):
            entry.reusable = False
        self._generate(entry, matched, attributes)
        return entry

    def _generate(self, entry: Entry, matched: Matched, attributes: Mapping[str, str]) -> None:
        """Styles of pseudo-elements; quotation marks that ::before opens count for what follows."""
        if matched.before is not None:
            before = self._pseudo(entry, matched.before, attributes)
            entry.before = _generated(before.style)
            if before.opened_quotes and entry.before is not None:
                depth = cast("int", entry.inherited.internal.get(QUOTE_DEPTH, 0)) + before.opened_quotes
                inner = {**entry.inherited.internal, QUOTE_DEPTH: depth}
                passed = entry.inherited
                entry.inherited = self._computer.inheritance(
                    entry.style, passed.custom, inner, passed.root or entry.style, flex=passed.flex
                )
        if matched.after is not None:
            entry.after = _generated(self._pseudo(entry, matched.after, attributes).style)
        if matched.marker is not None and entry.style.display == "list-item":
            entry.marker = self._pseudo(entry, matched.marker, attributes).style

    def _pseudo(self, entry: Entry, cascaded: Cascaded, attributes: Mapping[str, str]) -> Entry:
        declared = cascaded.declared(entry.style.direction)
        made = self._computer.compute(cascaded, declared, entry.inherited, entry, attributes)
        entry.problems = (*entry.problems, *made.problems)
        return made


def _generated(style: ComputedStyle) -> ComputedStyle | None:
    return style if style.content is not None and style.display != "none" else None


def _override_block(values: Mapping[str, str]) -> DeclarationBlock:
    if not values:
        return EMPTY_BLOCK
    declarations = []
    for name, text in values.items():
        tokens = custom_from_text(text)
        declarations.append((name, CustomValue(tokens, has_reference(tokens), None)))
    return DeclarationBlock(important=tuple(declarations))


def _report(problems: Iterable[Problem], element: Element, diagnostics: Diagnostics) -> None:
    for problem in problems:
        diagnostics.warn(problem.code, problem.message, problem.position or element.position, element.describe())
