"""The cascade proper: which declaration of each property wins (CSS Cascade 5 section 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from renderer.style.declarations import EMPTY_BLOCK, DeclarationBlock
from renderer.style.grammar import Wide
from renderer.style.properties import LONGHANDS
from renderer.style.properties.logical import PHYSICAL

Declared = dict[str, object]


@dataclass(slots=True, eq=False)
class Cascaded:
    """The blocks that apply to elements of one appearance, each list from weakest to strongest.

    `important` is in the order in which important declarations count: layers the other way round.
    """

    user_agent: tuple[DeclarationBlock, ...] = ()
    author: tuple[DeclarationBlock, ...] = ()
    important: tuple[DeclarationBlock, ...] = ()
    inherits: bool = False  # whether a property that is not inherited by itself takes its parent's value
    _merged: dict[str, tuple[Declared, Declared, Declared]] = field(default_factory=dict)

    def declared(self, parent_direction: str, inline: DeclarationBlock = EMPTY_BLOCK) -> Declared:
        """The winning specified value of every declared property, flow-relative names made physical."""
        direction = self._direction(parent_direction, inline)
        normal, important, fallback = self._merge(direction)
        if inline is EMPTY_BLOCK and not important:
            return normal
        result = dict(normal)
        _apply(result, inline.normal, direction, fallback)
        result.update(important)
        _apply(result, inline.important, direction, fallback)
        return result

    def user_agent_value(self, name: str, direction: str) -> object:
        """What `revert` rolls back to."""
        return self._merge(direction)[2].get(name, Wide.UNSET)

    def _merge(self, direction: str) -> tuple[Declared, Declared, Declared]:
        """Normal declarations, important ones, and those of the user agent alone."""
        found = self._merged.get(direction)
        if found is None:
            fallback: Declared = {}
            for block in self.user_agent:
                _apply(fallback, block.normal, direction, {})
            normal, important = dict(fallback), dict[str, object]()
            for block in self.author:
                _apply(normal, block.normal, direction, fallback)
            for block in self.important:
                _apply(important, block.important, direction, fallback)
            found = self._merged[direction] = (normal, important, fallback)
        return found

    def _direction(self, parent: str, inline: DeclarationBlock) -> str:
        """The element's direction, which decides what flow-relative properties mean."""
        declared = _last("direction", (*self.user_agent, *self.author), inline, self.important)
        match declared:
            case "ltr" | "rtl":
                return str(declared)
            case Wide.INITIAL:
                return "ltr"
            case _:
                return parent


def _last(
    name: str, normal: Sequence[DeclarationBlock], inline: DeclarationBlock, important: Sequence[DeclarationBlock]
) -> object:
    value: object = None
    lists: list[Iterable[tuple[str, object]]] = [
        *(block.normal for block in normal),
        inline.normal,
        *(block.important for block in important),
        inline.important,
    ]
    for declarations in lists:
        for declared, candidate in declarations:
            if declared == name:
                value = candidate
    return value


def _apply(
    target: Declared, declarations: Iterable[tuple[str, object]], direction: str, below: Mapping[str, object]
) -> None:
    """Put declarations over those of lower precedence; revert digs out what was `below` the author's."""
    column = 0 if direction == "ltr" else 1
    for name, value in declarations:
        physical = PHYSICAL.get(name)
        if physical is not None:
            name = physical[column]
        if value is Wide.REVERT_LAYER and name in target:
            continue
        if value is Wide.REVERT or value is Wide.REVERT_LAYER:
            value = below.get(name, Wide.UNSET)
        target[name] = value


def inherits_explicitly(blocks: Iterable[DeclarationBlock]) -> bool:
    """Whether a property that is not inherited by itself takes its parent's value."""
    return any(
        value is Wide.INHERIT and not _is_inherited(name)
        for block in blocks
        for name, value in (*block.normal, *block.important)
    )


def _is_inherited(name: str) -> bool:
    physical = PHYSICAL.get(name)
    longhand = LONGHANDS.get(physical[0] if physical else name)
    return longhand is None or longhand.inherited
