"""The state of one expansion: scopes, tree, printed text, and what is left of the limits."""

from __future__ import annotations

from renderer.document import Element, StyleSource, Text
from renderer.errors import LimitError, SourcePosition
from renderer.expressions import Scope
from renderer.limits import Limits


class Expansion:
    """The state of one run: where it stands in scopes and tree, and what it may still use up."""

    __slots__ = (
        "buffer",
        "buffer_position",
        "characters",
        "limits",
        "nodes",
        "parent",
        "scope",
        "stylesheets",
        "turns",
    )

    def __init__(self, scope: Scope, parent: Element, limits: Limits) -> None:
        self.scope = scope
        self.parent = parent
        self.limits = limits
        self.buffer: list[str] = []
        self.buffer_position = parent.position
        self.stylesheets: list[StyleSource] = []
        self.nodes = limits.nodes
        self.characters = limits.text_length
        self.turns = limits.loop_turns

    def flush(self) -> None:
        """Make a text node of what has been printed."""
        text = "".join(self.buffer)
        self.buffer.clear()
        if text:
            self.add_text(text, self.buffer_position)

    def add_text(self, text: str, position: SourcePosition) -> None:
        """Append a text node to the current element."""
        self.count_node(position)
        self.count_characters(len(text), position)
        node = Text(text, position)
        node.parent = self.parent
        self.parent.children.append(node)

    def count_node(self, position: SourcePosition) -> None:
        """Count one element or text. Raises LimitError."""
        self.nodes -= 1
        if self.nodes < 0:
            raise LimitError(f"The page has more than {self.limits.nodes} elements and texts.", position)

    def count_characters(self, count: int, position: SourcePosition) -> None:
        """Count characters of text or attributes. Raises LimitError."""
        self.characters -= count
        if self.characters < 0:
            raise LimitError(f"The page's texts have more than {self.limits.text_length} characters.", position)

    def count_turns(self, count: int, position: SourcePosition) -> None:
        """Count turns of loops. Raises LimitError."""
        self.turns -= count
        if self.turns < 0:
            raise LimitError(f"The page's loops take more than {self.limits.loop_turns} turns.", position)
