"""What a template reads: which variables its expressions use, and whether they ask for the time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from renderer.errors import SourcePosition
from renderer.expressions import Expression
from renderer.template.nodes import Body, ElementNode, For, If, Include, Let, Node, Output, StyleNode


@dataclass(slots=True)
class Usage:
    """Names that a template reads and does not define itself, each with the place of its first use."""

    names: dict[str, SourcePosition] = field(default_factory=dict)
    uses_now: bool = False

    def read(self, expression: Expression, bound: frozenset[str]) -> None:
        """Note what an expression reads, given the names that the template has defined around it."""
        self.uses_now = self.uses_now or expression.uses_now
        for name in sorted(expression.names - bound):
            self.names.setdefault(name, expression.position)

    def merge(self, other: Usage) -> None:
        """Add what another text reads."""
        self.uses_now = self.uses_now or other.uses_now
        self.names = other.names | self.names

    def visit(self, body: Body, bound: frozenset[str] = frozenset()) -> frozenset[str]:
        """Note what a body reads; returns the names that are defined after it."""
        for node in body:
            bound = self._visit_node(node, bound)
        return bound

    def _visit_node(self, node: Node, bound: frozenset[str]) -> frozenset[str]:
        match node:
            case Output():
                self.read(node.expression, bound)
            case Let(name, expression):
                self.read(expression, bound)
                return bound | {name}
            case If():
                for branch in node.branches:
                    self.read(branch.condition, bound)
                    self.visit(branch.body, bound)
                self.visit(node.otherwise, bound)
            case For():
                self.read(node.items, bound)
                self.visit(node.body, bound | {*node.names, "loop"})
                self.visit(node.otherwise, bound)
            case Include():
                self.visit(node.body, bound)
            case StyleNode():
                self.visit(node.css, bound)
            case ElementNode():
                return self._visit_element(node, bound)
        return bound

    def _visit_element(self, node: ElementNode, bound: frozenset[str]) -> frozenset[str]:
        for attribute in node.attributes:
            if not isinstance(attribute.value, str):
                self.visit(attribute.value, bound)
        if node.markup is not None:
            self.visit(node.markup, bound)
        return self.visit(node.children, bound)


def stylesheets(body: Body) -> Iterator[StyleNode]:
    """All stylesheets below a body, also those inside blocks."""
    for node in body:
        match node:
            case StyleNode():
                yield node
            case ElementNode():
                yield from stylesheets(node.children)
            case If():
                for branch in node.branches:
                    yield from stylesheets(branch.body)
                yield from stylesheets(node.otherwise)
            case For():
                yield from stylesheets(node.body)
                yield from stylesheets(node.otherwise)
            case Include():
                yield from stylesheets(node.body)
