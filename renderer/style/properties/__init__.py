"""All properties by name."""

from __future__ import annotations

from collections.abc import Mapping

from renderer.style.grammar import Longhand, Shorthand
from renderer.style.properties import background, box, content, effects, flex, font, logical, text
from renderer.style.tokens import Cursor, InvalidValueError, vocabulary

LONGHANDS: dict[str, Longhand] = {
    longhand.name: longhand
    for room in (text, font, box, flex, background, effects, content)
    for longhand in room.LONGHANDS
}

ALIASES: dict[str, str] = {
    "word-wrap": "overflow-wrap",
    "font-width": "font-stretch",
    "grid-gap": "gap",
    "grid-row-gap": "row-gap",
    "grid-column-gap": "column-gap",
    "-webkit-background-clip": "background-clip",
    "-webkit-background-origin": "background-origin",
    "-webkit-background-size": "background-size",
    "-webkit-border-radius": "border-radius",
    "-webkit-box-shadow": "box-shadow",
    "-webkit-box-sizing": "box-sizing",
    "-webkit-filter": "filter",
    "-webkit-opacity": "opacity",
    "-webkit-transform": "transform",
    "-webkit-transform-origin": "transform-origin",
    "-webkit-align-content": "align-content",
    "-webkit-align-items": "align-items",
    "-webkit-align-self": "align-self",
    "-webkit-justify-content": "justify-content",
    "-webkit-flex": "flex",
    "-webkit-flex-basis": "flex-basis",
    "-webkit-flex-direction": "flex-direction",
    "-webkit-flex-flow": "flex-flow",
    "-webkit-flex-grow": "flex-grow",
    "-webkit-flex-shrink": "flex-shrink",
    "-webkit-flex-wrap": "flex-wrap",
    "-webkit-order": "order",
    "-webkit-font-feature-settings": "font-feature-settings",
    "-webkit-hyphens": "hyphens",
}
"""Other names that Chromium accepts for the same properties."""

_NOT_IN_ALL = frozenset({"direction", "unicode-bidi"})
_ALL = tuple(name for name in LONGHANDS if name not in _NOT_IN_ALL)


def _expand_all(cursor: Cursor) -> Mapping[str, object]:
    raise InvalidValueError("“all” takes inherit | initial | unset | revert")


SHORTHANDS: dict[str, Shorthand] = {
    shorthand.name: shorthand
    for room in (text, font, box, flex, background, effects, content, logical)
    for shorthand in getattr(room, "SHORTHANDS", ())
}
SHORTHANDS["all"] = Shorthand("all", _ALL, _expand_all)

WITHOUT_EFFECT = vocabulary(
    "cursor pointer-events user-select -webkit-user-select -webkit-tap-highlight-color touch-action will-change "
    "transition transition-property transition-duration transition-delay transition-timing-function "
    "transition-behavior scroll-behavior scroll-margin scroll-padding scroll-snap-type scroll-snap-align "
    "overscroll-behavior overscroll-behavior-x overscroll-behavior-y overflow-anchor resize caret-color accent-color "
    "-webkit-font-smoothing -moz-osx-font-smoothing text-size-adjust -webkit-text-size-adjust print-color-adjust "
    "-webkit-print-color-adjust forced-color-adjust page-break-before page-break-after page-break-inside orphans "
    "widows appearance -webkit-appearance scrollbar-width scrollbar-color scrollbar-gutter outline-color-adjust "
    "speak hyphenate-limit-chars backface-visibility -webkit-backface-visibility color-adjust interpolate-size "
    "-webkit-user-drag -webkit-overflow-scrolling text-rendering"
)
"""Properties that change nothing in a static picture, so that ignoring them is right."""

FOREIGN_PREFIXES = ("-moz-", "-ms-", "-o-", "-khtml-", "mso-")
"""Chromium ignores these too."""

HARMLESS_VALUES = vocabulary("none auto normal initial unset horizontal-tb static separate mixed")
"""With these, a property that is not supported asks for what it does anyway."""

NOT_LAID_OUT: dict[str, frozenset[str]] = {
    "float": frozenset({"left", "right", "inline-start", "inline-end"}),
    "display": vocabulary(
        "grid inline-grid table inline-table table-row table-cell table-row-group table-header-group "
        "table-footer-group table-column table-column-group table-caption"
    ),
}
"""Values that are understood but that layout treats as something simpler."""
