"""The expanded document: what is left of a template once its expressions and blocks have been evaluated.

Expansion builds it, the cascade hangs a `ComputedStyle` on every element, layout reads it. Element offers the
attributes that cssselect2's compiled selectors ask for (`local_name`, `parent`, `previous`, …), so no second tree
has to be built for matching.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from renderer.errors import SourcePosition
from renderer.style.selectable import Selectable

if TYPE_CHECKING:
    from renderer.style.computed import ComputedStyle

HTML_NAMESPACE = "http://www.w3.org/1999/xhtml"


class Text:
    """A run of characters. `style` is the parent element's."""

    __slots__ = ("data", "parent", "position")

    def __init__(self, data: str, position: SourcePosition) -> None:
        self.data = data
        self.parent: Element | None = None
        self.position = position


class Element(Selectable):
    """An element with its attributes (lower-case names) and children in document order.

    Elements of one template share their `attributes` where these are static: read them, don't change them.
    `classes` may be handed over by who knows them already.
    """

    __slots__ = (
        "after",
        "attributes",
        "before",
        "children",
        "classes",
        "element_children",
        "index",
        "local_name",
        "marker",
        "markup",
        "parent",
        "position",
        "previous",
        "source_id",
        "style",
    )

    def __init__(
        self,
        local_name: str,
        attributes: dict[str, str],
        position: SourcePosition,
        source_id: int,
        classes: frozenset[str] | None = None,
    ) -> None:
        self.local_name = local_name
        self.attributes = attributes
        self.position = position
        self.source_id = source_id  # number of the template element this came from: equal for all turns of a loop
        self.children: list[Element | Text] = []
        self.element_children: list[Element] = []
        self.classes = frozenset(attributes.get("class", "").split()) if classes is None else classes
        self.parent: Element | None = None
        self.previous: Element | None = None  # previous sibling element
        self.index = 0  # among the parent's element children, from 0
        self.markup: str | None = None  # serialised source of an inline <svg>, which is drawn as an image
        self.style: ComputedStyle | None = None
        self.before: ComputedStyle | None = None  # ::before, if it generates a box
        self.after: ComputedStyle | None = None
        self.marker: ComputedStyle | None = None  # ::marker, where a stylesheet speaks of it

    def append(self, child: Element | Text) -> None:
        """Add a child and tie its parent and sibling links."""
        child.parent = self
        self.children.append(child)
        if isinstance(child, Element):
            siblings = self.element_children
            child.index = len(siblings)
            child.previous = siblings[-1] if siblings else None
            siblings.append(child)

    @property
    def id(self) -> str | None:
        """The id attribute."""
        return self.attributes.get("id")

    def describe(self) -> str:
        """Short name for messages, e.g. `h1#title.big`."""
        name = self.local_name
        if self.id:
            name += f"#{self.id}"
        return name + "".join(f".{c}" for c in self.attributes.get("class", "").split()[:3])


@dataclass(frozen=True, slots=True)
class StyleSource:
    """The text of one stylesheet and where it starts.

    `dynamic`: the text came from expressions and may differ in every render; a static one is the same object in all
    renders of a template.
    """

    text: str
    position: SourcePosition
    dynamic: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """An expanded page: an <html> element with a <body> in it, and its stylesheets in cascade order.

    `width` and `height` are the page's size in CSS px, `color_scheme` is what `prefers-color-scheme` answers to.
    """

    root: Element
    body: Element
    stylesheets: tuple[StyleSource, ...]
    width: int
    height: int
    color_scheme: str = "light"
