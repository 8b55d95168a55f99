"""Full-width punctuation that stands side by side loses half an em of space in between.

This is `text-spacing-trim: normal` (CSS Text 4 section 8.5) within lines, for fonts with half-width forms (`halt`).
"""

from __future__ import annotations

import re

_OPEN = "（［｛「『【〈《〔〖〘〚｟"
_CLOSE = "）］｝」』】〉》〕〗〙〛｠"
_DOTS = "、。，．"  # at the left of their em, except in traditional Chinese
_MIDDLE = "・：；\u3000"
_OWN_CHOICE = frozenset({"halt", "palt", "chws"})


def _pairs(close: str, middle: str) -> re.Pattern[str]:
    return re.compile(f"(?<=[{_OPEN}{middle}])[{_OPEN}]|[{close}](?=[{_OPEN}{close}{middle}])")


_SMALL_DOTS = _pairs(_CLOSE + _DOTS, _MIDDLE)
_CENTRED_DOTS = _pairs(_CLOSE, _MIDDLE + _DOTS)


def halved(text: str, start: int, end: int, language: str, chosen: dict[str, int] | None) -> list[int]:
    """Indices in text[start:end] of punctuation to set half an em wide; text around it counts as neighbours.

    `chosen`: the style's own OpenType features. Who chooses widths by these gets no others.
    """
    if chosen and not _OWN_CHOICE.isdisjoint(chosen):
        return []
    tag = language.lower()
    centred = tag.startswith("zh") and any(part in tag for part in ("hant", "tw", "hk", "mo"))
    pattern = _CENTRED_DOTS if centred else _SMALL_DOTS
    return [match.start() for match in pattern.finditer(text, start, end + 1) if match.start() < end]
