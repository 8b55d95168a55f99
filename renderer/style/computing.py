"""From declared values to a ComputedStyle (CSS Cascade 5 section 4: specified, computed)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import cast

from renderer.errors import SourcePosition
from renderer.style.assembly import FLEX_DISPLAYS, assemble
from renderer.style.blocks import Cascaded, Declared
from renderer.style.computed import ComputedStyle
from renderer.style.custom_properties import CustomValues, Substitution, custom_texts
from renderer.style.declarations import CustomValue, Pending, Problem, read_value
from renderer.style.deferred import Context, Environment, settle
from renderer.style.grammar import Longhand, Wide
from renderer.style.properties import LONGHANDS, NOT_LAID_OUT
from renderer.style.properties.font import ABSOLUTE_SIZES, MONOSPACE_SIZES, FontSize
from renderer.style.properties.logical import PHYSICAL
from renderer.style.stylesheet import RegisteredProperty
from renderer.style.tokens import InvalidValueError
from renderer.style.values import BLACK, WHITE

INHERITED_FIELDS = tuple(
    longhand.field for longhand in LONGHANDS.values() if longhand.inherited and longhand.field is not None
)
_COPIED = ("color", "language", "custom", *INHERITED_FIELDS)
_inherited_values = attrgetter(*_COPIED, "text_stroke_color", "text_fill_color", "text_shadow", "text_wrap")
_root_values = attrgetter(
    "font_size", "line_height", "font_family", "font_weight", "font_style", "font_stretch", "font_variation_settings"
)
_INHERITED_INTERNAL = frozenset(
    longhand.name for longhand in LONGHANDS.values() if longhand.inherited and longhand.field is None
)

FONT_KEYWORD = "font-size keyword"  # internal: the keyword that the size comes from, "" if none
FONT_ABSOLUTE = "font-size absolute"  # internal: whether the size does not follow the default
QUOTE_DEPTH = "quote depth"  # internal: how many quotations are open around the element's children

_FIRST = ("color-scheme", "direction", "font-family", "font-size", "font-weight", "color", "text-align")
"""Computed with the parent's style as context, in this order."""

_SECOND = ("font-style", "font-stretch", "font-variation-settings", "line-height", "quotes")
"""What lengths of other properties may depend on."""

_EARLY = frozenset((*_FIRST, *_SECOND))


@dataclass(slots=True, eq=False)
class Inherited:
    """What children take from their parent. Equal ones are the same object, so it is a key of the style cache."""

    style: ComputedStyle
    custom: CustomValues
    internal: Mapping[str, object]
    root: ComputedStyle | None  # None: for the root element itself
    flex: bool  # the parent lays its children out as flex or grid items


@dataclass(slots=True, eq=False)
class Entry:
    """A computed style and what is needed to compute those of children. Treat as immutable."""

    style: ComputedStyle
    internal: Mapping[str, object]
    inherited: Inherited
    problems: tuple[Problem, ...] = ()
    before: ComputedStyle | None = None
    after: ComputedStyle | None = None
    marker: ComputedStyle | None = None
    reusable: bool = True  # False: depends on more than the cache key says
    opened_quotes: int = 0  # quotations that its content opens


@dataclass(slots=True)
class StyleComputer:
    """Computes styles for one environment; keeps equal `Inherited` objects unique."""

    environment: Environment
    registered: Mapping[str, RegisteredProperty] = field(default_factory=dict)
    _known: dict[object, Inherited] = field(default_factory=dict)
    _read: dict[tuple[Pending, int], tuple[Mapping[str, object], str, CustomValues]] = field(default_factory=dict)

    def initial(self, custom: CustomValues) -> Inherited:
        """What the root element inherits."""
        style = ComputedStyle()
        style.color = BLACK
        return Inherited(style, custom, {}, None, flex=False)

    def clear(self) -> None:
        """Forget what children may inherit."""
        self._known.clear()
        self._read.clear()

    def compute(
        self,
        cascaded: Cascaded,
        declared: Declared,
        inherited: Inherited,
        parent: Entry | None,
        attributes: Mapping[str, str],
        language: str | None = None,
    ) -> Entry:
        """The style of an element, or of a pseudo-element whose originating element is `parent`."""
        return _Computation(self, cascaded, inherited, parent, attributes).run(declared, language)

    def read(self, pending: Pending, custom: CustomValues) -> tuple[Mapping[str, object], str]:
        """Longhands of a declaration with var(), and why there are none. The same is read once."""
        key = (pending, id(custom))
        found = self._read.get(key)
        if found is None:
            values: Mapping[str, object] = {}
            message = ""
            try:
                values = read_value(pending.name, Substitution({}, custom).substitute(pending.tokens))
            except InvalidValueError as error:
                message = f"“{pending.name}” is invalid once var() is replaced: {error.message}"
            # The mapping is kept beside the result so that its id cannot be given away meanwhile.
            found = self._read[key] = (values, message, custom)
        return found[0], found[1]

    def registered_base(self, custom: CustomValues) -> CustomValues:
        """Inherited custom properties, those registered as not inherited being back at their initial values."""
        if not self.registered:
            return custom
        base = dict(custom)
        for name, rule in self.registered.items():
            if rule.initial is not None and (not rule.inherits or name not in base):
                base[name] = rule.initial
            elif not rule.inherits:
                base.pop(name, None)
        return custom if base == custom else base

    def inheritance(
        self,
        style: ComputedStyle,
        custom: CustomValues,
        internal: Mapping[str, object],
        root: ComputedStyle,
        *,
        flex: bool,
    ) -> Inherited:
        """The unique object for what children of a style inherit."""
        kept = {
            name: value
            for name, value in internal.items()
            if name in _INHERITED_INTERNAL or name in (FONT_KEYWORD, FONT_ABSOLUTE, QUOTE_DEPTH)
        }
        key = (_inherited_values(style), tuple(kept.items()), _root_values(root), flex)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Inherited(style, custom, kept, root, flex)
        return found


@dataclass(slots=True)
class _Computation:
    """One style on its way."""

    computer: StyleComputer
    cascaded: Cascaded
    inherited: Inherited
    parent: Entry | None
    attributes: Mapping[str, str]
    style: ComputedStyle = field(default_factory=ComputedStyle)
    internal: dict[str, object] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    reusable: bool = True
    dark: bool = False
    direction: str = "ltr"

    def run(self, declared: Declared, language: str | None) -> Entry:
        """All steps in their order."""
        style, source = self.style, self.inherited.style
        for name in _COPIED:
            setattr(style, name, getattr(source, name))
        self.internal.update(self.inherited.internal)
        if language is not None:
            style.language = language
        direction = declared.get("direction")
        self.direction = direction if isinstance(direction, str) else source.direction
        custom = self.custom_properties(declared)
        known = self.substituted(declared, custom)
        self.dark = self.uses_dark(known)
        first = self.context(source)
        for name in _FIRST:
            if name in known:
                self.set(name, known[name], first)
        self.font_of_family(known)
        context = self.context(style)
        for name in _SECOND:
            if name in known:
                self.set(name, known[name], context)
        for name, value in known.items():
            if name not in _EARLY:
                self.set(name, value, context)
        root = self.inherited.root
        self.note_display(known)
        assemble(style, self.internal, known, blockify=root is None or self.inherited.flex)
        flex = style.display in FLEX_DISPLAYS or (style.display == "contents" and self.inherited.flex)
        passed = self.computer.inheritance(style, custom, self.internal, root or style, flex=flex)
        entry = Entry(style, self.internal, passed, tuple(self.problems), reusable=self.reusable)
        entry.opened_quotes = context.opened_quotes
        return entry

    def context(self, style: ComputedStyle) -> Context:
        """Where values are computed; font-relative lengths refer to `style`."""
        root = self.inherited.root
        depth = cast("int", self.inherited.internal.get(QUOTE_DEPTH, 0))
        return Context(style, root or style, self.computer.environment, self.dark, self.attributes, depth)

    def uses_dark(self, declared: Declared) -> bool:
        """The used colour scheme (CSS Color Adjust 1 section 2.1)."""
        schemes = declared.get("color-scheme", Wide.UNSET)
        if isinstance(schemes, Wide):
            schemes = () if schemes is Wide.INITIAL else self.inherited.internal.get("color-scheme", ())
        preferred = self.computer.environment.color_scheme
        supported = cast("tuple[str, ...]", schemes)
        return (preferred if preferred in supported else supported[0] if supported else "light") == "dark"

    def custom_properties(self, declared: Declared) -> CustomValues:
        """The element's custom properties; the very mapping of its parent if it declares none."""
        base = self.computer.registered_base(self.inherited.custom)
        own = {name: value for name, value in declared.items() if name.startswith("--")}
        if own:
            substitution = Substitution(own, base, self.initials())
            base = substitution.all_values()
            for message, value in substitution.problems:
                self.problem(message, value.position if isinstance(value, CustomValue) else None)
        if base is not self.inherited.custom:
            self.style.custom = custom_texts(base)
        return base

    def initials(self) -> CustomValues:
        """Initial values of registered custom properties."""
        return {name: rule.initial for name, rule in self.computer.registered.items() if rule.initial is not None}

    def problem(self, message: str, position: SourcePosition | None) -> None:
        """Remember something that is invalid at computed-value time."""
        self.problems.append(Problem("css-invalid", message, position))

    def substituted(self, declared: Declared, custom: CustomValues) -> Declared:
        """Declared values with every var() replaced; what then is invalid behaves as unset."""
        pending = {value for value in declared.values() if isinstance(value, Pending)}
        if not pending:
            return {name: value for name, value in declared.items() if not name.startswith("--")}
        read = {value: self.read(value, custom) for value in pending}
        result: Declared = {}
        for name, value in declared.items():
            if name.startswith("--"):
                continue
            if isinstance(value, Pending):
                value = read[value].get(name, Wide.UNSET)
                if isinstance(value, Wide) and not LONGHANDS[name].inherited:
                    self.reusable = self.reusable and value is not Wide.INHERIT
                if value in (Wide.REVERT, Wide.REVERT_LAYER):
                    value = self.cascaded.user_agent_value(name, self.direction)
            result[name] = value
        return result

    def read(self, pending: Pending, custom: CustomValues) -> Mapping[str, object]:
        """Longhands of a declaration with var(), by physical name."""
        values, message = self.computer.read(pending, custom)
        if message:
            self.problem(message, pending.position)
        column = 0 if self.direction == "ltr" else 1
        return {PHYSICAL[name][column] if name in PHYSICAL else name: value for name, value in values.items()}

    def set(self, name: str, value: object, context: Context) -> None:
        """Compute one property and store it."""
        longhand = LONGHANDS[name]
        if isinstance(value, Wide):
            if value is Wide.INHERIT or (value is not Wide.INITIAL and longhand.inherited):
                self.inherit(name)
                return
            value = longhand.initial
        try:
            self.store(longhand, value, context)
        except InvalidValueError as error:
            self.problem(f"“{name}” cannot be computed: {error.message}", None)

    def store(self, longhand: Longhand, value: object, context: Context) -> None:
        """Put a computed value where it belongs."""
        special = _SPECIAL.get(longhand.name)
        if special is not None:
            special(self, value, context)
            return
        computed = settle(value, context)
        if longhand.field is not None:
            setattr(self.style, longhand.field, computed)
        else:
            self.internal[longhand.name] = computed

    def inherit(self, name: str) -> None:
        """Take the parent's computed value. What is inherited by itself is already there."""
        longhand = LONGHANDS[name]
        if longhand.inherited:
            return
        if longhand.field is not None:
            source = self.parent.style if self.parent else ComputedStyle()
            setattr(self.style, longhand.field, getattr(source, longhand.field))
        elif self.parent is not None and name in self.parent.internal:
            self.internal[name] = self.parent.internal[name]

    def set_color(self, value: object, context: Context) -> None:
        """color: the initial value is that of text on the page's canvas."""
        initial = WHITE if self.dark else BLACK
        self.style.color = initial if value is None else settle(value, context)  # type: ignore[assignment]

    def set_font_size(self, value: object, context: Context) -> None:
        """font-size; keywords of the lone family monospace are smaller."""
        size = cast("FontSize", value)
        monospace = self.style.font_family == ("monospace",)
        if size.keyword is not None:
            sizes = MONOSPACE_SIZES if monospace else ABSOLUTE_SIZES
            self.style.font_size = sizes[size.keyword]
        else:
            self.style.font_size = settle(size.size, context)
        self.internal[FONT_KEYWORD] = size.keyword or ""
        followed = size.keyword is None and not size.absolute
        self.internal[FONT_ABSOLUTE] = bool(self.inherited.internal.get(FONT_ABSOLUTE)) if followed else size.absolute

    def font_of_family(self, declared: Declared) -> None:
        """Rescale a size that nobody set when the family becomes or ceases to be the lone `monospace`.

        Chromium's default size is 16px, but 13px for that family; sizes in absolute units are left alone.
        """
        before = self.inherited.style.font_family == ("monospace",)
        after = self.style.font_family == ("monospace",)
        if before == after or self.internal.get(FONT_ABSOLUTE):
            return
        keyword = str(self.internal.get(FONT_KEYWORD, "medium"))
        if keyword:
            self.style.font_size = (MONOSPACE_SIZES if after else ABSOLUTE_SIZES)[keyword]
        else:
            self.style.font_size *= 13 / 16 if after else 16 / 13

    def note_display(self, declared: Declared) -> None:
        """Warn of table elements: their display comes from no stylesheet of the template."""
        display = declared.get("display")
        if display in NOT_LAID_OUT["display"] and display is self.cascaded.user_agent_value("display", "ltr"):
            self.problems.append(
                Problem("css-unsupported", f"“display: {display}” is not supported by layout yet", None)
            )


_SPECIAL: dict[str, Callable[[_Computation, object, Context], None]] = {
    "color": _Computation.set_color,
    "font-size": _Computation.set_font_size,
}
