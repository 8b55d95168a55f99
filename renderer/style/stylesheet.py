"""Stylesheets: text to rules (CSS Syntax 3, Nesting 1, Conditional 3, Cascade 5 layers)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, cast

import tinycss2

from renderer.diagnostics import Diagnostics
from renderer.errors import SourcePosition
from renderer.style.declarations import (
    CustomValue,
    Declaration,
    DeclarationBlock,
    Problem,
    custom_value,
    read_block,
)
from renderer.style.font_faces import read_font_face
from renderer.style.media import MediaQuery, parse_media
from renderer.style.selectors import Selector, compile_selectors
from renderer.style.supports import is_supported
from renderer.style.tokens import Cursor, InvalidValueError, Token, UnsupportedValueError, readable, serialize, tokenize
from renderer.style.values import FontFaceRule

MAXIMUM_RULE_NESTING = 16
LayerName = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StyleRule:
    """A style rule with the conditions under which it counts. `layer` None: in no layer."""

    selectors: tuple[Selector, ...]
    block: DeclarationBlock
    media: tuple[MediaQuery, ...] = ()
    layer: LayerName | None = None


@dataclass(frozen=True, slots=True)
class RegisteredProperty:
    """An @property rule (CSS Properties and Values 1): syntax is not checked."""

    name: str
    inherits: bool
    initial: tuple[Token, ...] | None


@dataclass(slots=True, eq=False)
class Stylesheet:
    """A parsed stylesheet. Treat as immutable."""

    rules: list[StyleRule] = field(default_factory=list)
    font_faces: list[FontFaceRule] = field(default_factory=list)
    layers: list[LayerName] = field(default_factory=list)  # in order of their first mention
    properties: list[RegisteredProperty] = field(default_factory=list)


class Item(Protocol):
    """A rule, declaration or error of tinycss2; attributes depend on `type`."""

    type: str
    source_line: int
    source_column: int


@dataclass(frozen=True, slots=True)
class Scope:
    """What surrounds a rule."""

    parents: tuple[Token, ...] | None = None  # selectors that `&` stands for
    media: tuple[MediaQuery, ...] = ()
    layer: LayerName | None = None
    depth: int = 0


def parse_stylesheet(text: str, position: SourcePosition, diagnostics: Diagnostics) -> Stylesheet:
    """Rules of a stylesheet that begins at `position`. What is invalid or unsupported is a warning and left out."""
    reader = _Reader(position, diagnostics, Stylesheet())
    items = tinycss2.parse_stylesheet(readable(text), skip_comments=True, skip_whitespace=True)
    for item in items:
        reader.rule(item, Scope())
    return reader.sheet


@dataclass(slots=True)
class _Reader:
    start: SourcePosition
    diagnostics: Diagnostics
    sheet: Stylesheet

    def place(self, item: Token | Item) -> SourcePosition:
        """Where something of the stylesheet stands in the template."""
        line, column = item.source_line, item.source_column
        if line == 1:
            column += self.start.column - 1
        return SourcePosition(self.start.file, self.start.line + line - 1, column)

    def unsupported(self, message: str, item: Token | Item) -> None:
        """Warn of something that is CSS but not ours."""
        self.diagnostics.warn("css-unsupported", message, self.place(item))

    def invalid(self, message: str, item: Token | Item) -> None:
        """Warn of something that is no CSS."""
        self.diagnostics.warn("css-invalid", message, self.place(item))

    def rule(self, item: Item, scope: Scope) -> None:
        """One rule of any kind."""
        match item.type:
            case "qualified-rule":
                self.style_rule(cast("QualifiedRule", item), scope)
            case "at-rule":
                self.at_rule(cast("AtRule", item), scope)
            case "error":
                self.invalid(f"a rule cannot be read: {getattr(item, 'message', '')}", item)

    def style_rule(self, item: QualifiedRule, scope: Scope) -> None:
        """Selectors and declarations, perhaps with rules inside."""
        prelude = item.prelude if scope.parents is None else _nested(item.prelude, scope.parents)
        try:
            selectors, unsupported = compile_selectors(prelude)
        except UnsupportedValueError as error:
            self.unsupported(f"the selector “{serialize(item.prelude)}” is not supported: {error.message}", item)
            return
        except InvalidValueError as error:
            self.invalid(f"the selector “{serialize(item.prelude)}” is invalid: {error.message}", item)
            return
        for name in unsupported:
            self.unsupported(f"the pseudo-element “::{name}” is not supported", item)
        inner = replace(scope, parents=tuple(prelude), depth=scope.depth + 1)
        self.block(item.content, selectors, inner)

    def block(self, content: Sequence[Token], selectors: tuple[Selector, ...], scope: Scope) -> None:
        """Declarations and nested rules, in their order."""
        if scope.depth > MAXIMUM_RULE_NESTING:
            if content:
                self.unsupported("rules are nested too deeply", content[0])
            return
        run: list[Declaration] = []
        items = cast("list[Item]", tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True))
        for item in items:
            if item.type == "declaration":
                run.append(cast("Declaration", item))
                continue
            self.declarations(run, selectors, scope)
            run = []
            if item.type == "error":
                self.invalid(f"a declaration cannot be read: {getattr(item, 'message', '')}", item)
            else:
                self.rule(item, scope)
        self.declarations(run, selectors, scope)

    def declarations(self, run: list[Declaration], selectors: tuple[Selector, ...], scope: Scope) -> None:
        """A run of declarations becomes a rule of its own."""
        if not run:
            return
        block, problems = read_block(run, self.place)
        self.report(problems)
        if selectors and (block.normal or block.important):
            self.sheet.rules.append(StyleRule(selectors, block, scope.media, scope.layer))

    def report(self, problems: Iterable[Problem]) -> None:
        """Pass on what declarations complained of."""
        for problem in problems:
            self.diagnostics.warn(problem.code, problem.message, problem.position)

    def at_rule(self, item: AtRule, scope: Scope) -> None:
        """Conditional rules, layers, fonts and registered properties."""
        match item.lower_at_keyword:
            case "media":
                query, problems = parse_media(item.prelude)
                for problem in problems:
                    self.unsupported(f"“@media {serialize(item.prelude)}”: {problem}", item)
                self.inside(item, replace(scope, media=(*scope.media, query)))
            case "supports":
                if is_supported(item.prelude):
                    self.inside(item, scope)
            case "layer":
                self.layer(item, scope)
            case "font-face":
                self.font_face(item)
            case "property":
                self.property(item)
            case "charset":
                pass
            case "import":
                self.unsupported("@import is not supported; put the rules into the template itself", item)
            case keyword:
                self.unsupported(f"@{keyword} is not supported", item)

    def inside(self, item: AtRule, scope: Scope) -> None:
        """The rules of a conditional rule; inside a style rule also its declarations."""
        if item.content is None:
            self.invalid(f"@{item.lower_at_keyword} has no block", item)
            return
        scope = replace(scope, depth=scope.depth + 1)
        if scope.parents is not None:
            self.block(item.content, compile_selectors(scope.parents)[0], scope)
            return
        if scope.depth > MAXIMUM_RULE_NESTING:
            self.unsupported("rules are nested too deeply", item)
            return
        rules = tinycss2.parse_rule_list(item.content, skip_comments=True, skip_whitespace=True)
        for rule in rules:
            self.rule(rule, scope)

    def layer(self, item: AtRule, scope: Scope) -> None:
        """@layer as a statement or a block."""
        names = _layer_names(item.prelude)
        if any(len(name) + len(scope.layer or ()) > MAXIMUM_RULE_NESTING for name in names):
            self.unsupported("layers are nested too deeply", item)
            return
        if item.content is None:
            for name in names:
                self.enter_layer((*(scope.layer or ()), *name))
            return
        own = names[0] if names else (f"anonymous {len(self.sheet.layers)} {item.source_line}:{item.source_column}",)
        full = (*(scope.layer or ()), *own)
        self.enter_layer(full)
        self.inside(item, replace(scope, layer=full))

    def enter_layer(self, name: LayerName) -> None:
        """Remember the place of a layer and of those around it."""
        for length in range(1, len(name) + 1):
            if name[:length] not in self.sheet.layers:
                self.sheet.layers.append(name[:length])

    def descriptors(self, item: AtRule) -> dict[str, list[Token]]:
        """The declarations of an at-rule."""
        items = tinycss2.parse_declaration_list(item.content or [], skip_comments=True, skip_whitespace=True)
        return {entry.lower_name: entry.value for entry in items if entry.type == "declaration"}

    def font_face(self, item: AtRule) -> None:
        """@font-face."""
        try:
            rule, problems = read_font_face(dict(self.descriptors(item)))
        except InvalidValueError as error:
            self.invalid(error.message, item)
            return
        for problem in problems:
            self.unsupported(problem, item)
        self.sheet.font_faces.append(rule)

    def property(self, item: AtRule) -> None:
        """@property."""
        name = Cursor(item.prelude).take_ident() or ""
        descriptors = self.descriptors(item)
        if not name.startswith("--"):
            self.invalid("@property needs the name of a custom property", item)
            return
        inherits = Cursor(descriptors.get("inherits", ())).keyword() != "false"
        initial: tuple[Token, ...] | None = None
        if "initial-value" in descriptors:
            value = custom_value(descriptors["initial-value"], self.place(item))
            initial = value.tokens if isinstance(value, CustomValue) else None
        self.sheet.properties.append(RegisteredProperty(name, inherits, initial))


class QualifiedRule(Item, Protocol):
    """A style rule as tinycss2 gives it."""

    prelude: list[Token]
    content: list[Token]


class AtRule(Item, Protocol):
    """An at-rule as tinycss2 gives it."""

    lower_at_keyword: str
    prelude: list[Token]
    content: list[Token] | None


def _layer_names(prelude: Sequence[Token]) -> list[LayerName]:
    text = serialize(prelude)
    return [tuple(part.strip() for part in name.split(".")) for name in text.split(",") if name.strip()]


def _nested(prelude: Sequence[Token], parents: tuple[Token, ...]) -> list[Token]:
    """A nested rule's selectors with `&` as `:is(…)`; without one they are descendants (Nesting 1 section 3)."""
    parent = tokenize(f":is({serialize(parents)})")
    result: list[Token] = []
    for index, part in enumerate(_comma_parts(prelude)):
        if index:
            result += tokenize(",")
        result += _replace_parent(part, parent) if _mentions_parent(part) else [*parent, *tokenize(" "), *part]
    return result


def _comma_parts(tokens: Sequence[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":  # type: ignore[attr-defined]
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _mentions_parent(tokens: Sequence[Token]) -> bool:
    return "&" in serialize(tokens)


def _replace_parent(tokens: Sequence[Token], parent: list[Token]) -> list[Token]:
    text = serialize(tokens)
    return tokenize(text.replace("&", serialize(parent)))
