"""The typed syntax tree of an expression.

Nodes are plain data. `offset` counts characters from the start of the source and takes no part in comparison, so that
two spellings of one expression have equal trees.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: null, boolean, number or text."""

    value: bool | int | Decimal | str | None
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ListLiteral:
    """`[a, b]`."""

    items: tuple[Node, ...]
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ObjectLiteral:
    """`{key: value}`."""

    entries: tuple[tuple[str, Node], ...]
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    name: str
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Member:
    """`target.name`."""

    target: Node
    name: str
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Index:
    """`target[index]`."""

    target: Node
    index: Node
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """`-operand` or `not operand`; `operator` is "-" or "not"."""

    operator: str
    operand: Node
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right`; `operator` is a name of `grammar.BINARY`, `offset` that of the operator."""

    operator: str
    left: Node
    right: Node
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Conditional:
    """`condition ? yes : no`."""

    condition: Node
    yes: Node
    no: Node
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Lambda:
    """`parameter => body`, allowed as an argument of list filters only."""

    parameter: str
    body: Node
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Filter:
    """`value | name(arguments, key=value)`, also written `name(value, arguments)`; `offset` is that of the name."""

    value: Node
    name: str
    arguments: tuple[Node, ...] = ()
    keywords: tuple[tuple[str, Node], ...] = ()
    offset: int = field(default=0, compare=False)


Node = Literal | ListLiteral | ObjectLiteral | Name | Member | Index | Unary | Binary | Conditional | Lambda | Filter


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below `node`, in source order."""
    match node:
        case Literal() | Name():
            return ()
        case ListLiteral(items):
            return items
        case ObjectLiteral(entries):
            return tuple(value for _, value in entries)
        case Member(target):
            return (target,)
        case Index(target, index):
            return (target, index)
        case Unary(_, operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case Conditional(condition, yes, no):
            return (condition, yes, no)
        case Lambda(_, body):
            return (body,)
        case Filter(value, _, arguments, keywords):
            return (value, *arguments, *(argument for _, argument in keywords))


def walk(node: Node) -> Iterator[Node]:
    """`node` and everything below it."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(children(current))


def free_names(node: Node) -> frozenset[str]:
    """Variables that `node` reads and does not bind itself as a function's parameter."""
    match node:
        case Name(name):
            return frozenset((name,))
        case Lambda(parameter, body):
            return free_names(body) - {parameter}
        case _:
            return frozenset().union(*(free_names(child) for child in children(node)))
