"""What cssselect2's compiled selectors ask an element (Selectors 4), answered from its links to other elements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from renderer.document import Element


class Selectable:
    """Base of Element: names and methods are those of cssselect2.ElementWrapper, whose place it takes."""

    __slots__ = ()

    namespace_url = "http://www.w3.org/1999/xhtml"
    in_html_document = True
    in_disabled_fieldset = False

    def _self(self) -> Element:
        return cast("Element", self)

    @property
    def etree_element(self) -> Element:
        """The element itself: it also answers what an ElementTree element would."""
        return self._self()

    @property
    def attrib(self) -> dict[str, str]:
        """The attributes."""
        return self._self().attributes

    def get(self, name: str, default: str | None = None) -> str | None:
        """An attribute's value."""
        return self._self().attributes.get(name, default)

    @property
    def tag(self) -> str:
        """The name that `:nth-of-type()` compares."""
        return self._self().local_name

    @property
    def text(self) -> str:
        """Characters directly inside, for `:empty`."""
        return "".join(getattr(child, "data", "") for child in self._self().children)

    @property
    def etree_children(self) -> Sequence[Element]:
        """Child elements."""
        return self._self().element_children

    @property
    def etree_siblings(self) -> Sequence[Element]:
        """The parent's child elements, this one included."""
        parent = self._self().parent
        return [self._self()] if parent is None else parent.element_children

    @property
    def ancestors(self) -> Iterator[Element]:
        """From the parent up to the root."""
        element = self._self().parent
        while element is not None:
            yield element
            element = element.parent

    @property
    def previous_siblings(self) -> Iterator[Element]:
        """From the closest one backwards."""
        element = self._self().previous
        while element is not None:
            yield element
            element = element.previous

    def iter_siblings(self) -> Iterator[Element]:
        """The parent's child elements in document order."""
        return iter(self.etree_siblings)

    def iter_next_siblings(self) -> Iterator[Element]:
        """Following siblings in document order."""
        return iter(self.etree_siblings[self._self().index + 1 :])

    def iter_children(self) -> Iterator[Element]:
        """Child elements in document order."""
        return iter(self._self().element_children)

    def iter_subtree(self) -> Iterator[Element]:
        """The element and its descendants in document order."""
        stack = [self._self()]
        while stack:
            element = stack.pop()
            yield element
            stack.extend(reversed(element.element_children))

    @property
    def lang(self) -> str:
        """The content language, lower-case (HTML section 3.2.6.2)."""
        element: Element | None = self._self()
        while element is not None:
            if "lang" in element.attributes:
                return element.attributes["lang"].lower()
            element = element.parent
        return ""
