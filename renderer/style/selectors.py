"""Selectors: compiled by cssselect2, with what the matcher needs to know about them (Selectors 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

from cssselect2 import parser
from cssselect2.compiler import CompiledSelector
from cssselect2.parser import SelectorError

from renderer.document import Element
from renderer.style.tokens import InvalidValueError, Token, UnsupportedValueError, serialize, tokenize, too_deep

PSEUDO_ELEMENTS = ("before", "after", "marker")
_FORM_ATTRIBUTES = frozenset({"disabled", "checked", "selected", "type", "href"})


@dataclass(frozen=True, slots=True)
class Features:
    """What matching looks at beside names, ids, classes and the same of ancestors."""

    attributes: frozenset[str] = frozenset()
    position: bool = False  # index among siblings and their number
    siblings: bool = False  # preceding siblings
    family: bool = False  # all siblings
    empty: bool = False
    structure: bool = False  # descendants: :has()

    def __or__(self, other: Features) -> Features:
        return Features(
            self.attributes | other.attributes,
            self.position or other.position,
            self.siblings or other.siblings,
            self.family or other.family,
            self.empty or other.empty,
            self.structure or other.structure,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Selector:
    """One complex selector. `id`, `class_name`, `local_name` are demands of its last compound, for quick look-up."""

    test: Callable[[Element], bool]
    specificity: tuple[int, int, int]
    pseudo: str = ""
    id: str | None = None
    class_name: str | None = None
    local_name: str | None = None
    features: Features = field(default_factory=Features)


def compile_selectors(prelude: Sequence[Token]) -> tuple[tuple[Selector, ...], tuple[str, ...]]:
    """The selectors of a rule that can match, and names of pseudo-elements that are not supported.

    Raises InvalidValueError if the list as a whole is invalid, UnsupportedValueError for a pseudo-class that is not
    supported."""
    if too_deep(prelude):
        raise InvalidValueError("the selector is nested too deeply")
    return _compile(serialize(prelude))


@lru_cache(maxsize=4096)
def _compile(text: str) -> tuple[tuple[Selector, ...], tuple[str, ...]]:
    selectors: list[Selector] = []
    unsupported: list[str] = []
    for part in _split(tokenize(text)):
        foreign = _vendor_pseudo(part)
        if foreign:
            unsupported.append(foreign)
            continue
        for parsed in _parse(part):
            if parsed.pseudo_element is not None and parsed.pseudo_element not in PSEUDO_ELEMENTS:
                unsupported.append(parsed.pseudo_element)
                continue
            selector = _build(parsed)
            if selector is not None:
                selectors.append(selector)
    return tuple(selectors), tuple(unsupported)


def _split(tokens: Sequence[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":  # type: ignore[attr-defined]
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _vendor_pseudo(tokens: Sequence[Token]) -> str:
    """Name of a -webkit- pseudo-element at the end: Chromium knows them, so they don't spoil the list."""
    if len(tokens) < 3 or tokens[-1].type != "ident":
        return ""
    name = str(tokens[-1].lower_value)  # type: ignore[attr-defined]
    colons = [token.type == "literal" and token.value == ":" for token in tokens[-3:-1]]  # type: ignore[attr-defined]
    return name if all(colons) and name.startswith("-webkit-") else ""


def _parse(tokens: Sequence[Token]) -> list[parser.Selector]:
    try:
        return list(parser.parse(_grouped(tokens)))
    except SelectorError as error:
        raise InvalidValueError(_reason(error)) from None
    except (AttributeError, RecursionError, TypeError):
        raise InvalidValueError("the selector cannot be read") from None


def _grouped(tokens: Sequence[Token]) -> list[Token]:
    """`:nth-child(n of a, b)` as `:nth-child(n of :is(a, b))`: cssselect2 would ask for a and b at once."""
    for token in tokens:
        if token.type != "function" or not token.lower_name.startswith("nth-"):  # type: ignore[attr-defined]
            continue
        arguments = token.arguments  # type: ignore[attr-defined]
        places = [i for i, inner in enumerate(arguments) if inner.type == "ident" and inner.lower_value == "of"]
        if places and len(_split(arguments[places[0] :])) > 1:
            listed = tokenize(f":is({serialize(arguments[places[0] + 1 :])})")
            arguments[places[0] + 1 :] = [*tokenize(" "), *listed]
    return list(tokens)


def _build(parsed: parser.Selector) -> Selector | None:
    try:
        compiled = CompiledSelector(parsed)
    except SelectorError as error:
        raise UnsupportedValueError(_reason(error)) from None
    except (NotImplementedError, SyntaxError, RecursionError, MemoryError, ValueError, AttributeError, TypeError):
        raise UnsupportedValueError("the selector is too complex") from None
    if compiled.never_matches:
        return None
    return Selector(
        cast("Callable[[Element], bool]", compiled.test),
        cast("tuple[int, int, int]", tuple(compiled.specificity)),
        compiled.pseudo_element or "",
        compiled.id,
        compiled.class_name,
        compiled.lower_local_name,
        _features(parsed.parsed_tree),
    )


def _reason(error: SelectorError) -> str:
    words = [str(part) for part in error.args if isinstance(part, str)]
    return " ".join(words) if words else "it is no selector"


def _features(tree: object) -> Features:
    attributes: set[str] = set()
    flags: set[str] = set()
    for node in _nodes(tree):
        match node:
            case parser.CombinedSelector(combinator="+" | "~"):
                flags.add("siblings")
            case parser.AttributeSelector():
                attributes.add(node.lower_name)
            case parser.RelationalSelector():
                flags.add("structure")
            case parser.PseudoClassSelector():
                _note_pseudo(node.name, flags, attributes)
            case parser.FunctionalPseudoClassSelector():
                _note_function(node, flags)
    return Features(frozenset(attributes), **dict.fromkeys(flags, True))


def _note_pseudo(name: str, flags: set[str], attributes: set[str]) -> None:
    if name == "empty":
        flags.add("empty")
    elif name.endswith("-child"):
        flags.add("position")
    elif name == "first-of-type":
        flags.add("siblings")
    elif name.endswith("-of-type"):
        flags.add("family")
    elif name.endswith("link"):
        attributes.add("href")
    elif name not in ("root", "scope"):
        attributes |= _FORM_ATTRIBUTES


def _note_function(node: parser.FunctionalPseudoClassSelector, flags: set[str]) -> None:
    chosen = any(token.type == "ident" and token.lower_value == "of" for token in node.arguments)
    if node.name in ("nth-child", "nth-last-child") and not chosen:
        flags.add("position")
    elif node.name in ("nth-last-child", "nth-last-of-type"):
        flags.add("family")
    else:
        flags.add("siblings")
    if chosen:
        # What the inner selectors look at is not looked through: any attribute or structure may matter.
        flags |= {"position", "family", "empty", "structure"}


def _nodes(tree: object) -> Iterator[object]:
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        match node:
            case parser.CombinedSelector():
                stack += [node.left, node.right]
            case parser.CompoundSelector():
                stack += node.simple_selectors
            case parser.NegationSelector() | parser.MatchesAnySelector() | parser.SpecificityAdjustmentSelector():
                stack += [selector.parsed_tree for selector in node.selector_list]
            case parser.RelationalSelector():
                stack += [relative.selector.parsed_tree for relative in node.selector_list]
