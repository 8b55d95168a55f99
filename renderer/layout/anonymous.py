"""Styles of anonymous boxes: inherited properties from the parent, the rest initial (CSS 2.2 section 9.2.1.1)."""

from __future__ import annotations

from dataclasses import fields

from renderer.style.computed import ComputedStyle


def _inherited_names() -> tuple[str, ...]:
    """ComputedStyle lists the inherited properties first; `display` is the first that is not inherited."""
    names = [field.name for field in fields(ComputedStyle)]
    return tuple(names[: names.index("display")])


INHERITED = _inherited_names()


def anonymous_style(parent: ComputedStyle, display: str = "block") -> ComputedStyle:
    """Style of an anonymous box inside a box with the style `parent`."""
    style = ComputedStyle(display=display)
    for name in INHERITED:
        setattr(style, name, getattr(parent, name))
    return style
