"""Embedding levels of characters by the Unicode bidirectional algorithm (UAX #9), isolates and brackets included.

This module does the explicit levels (rules P2–X10) and the end (L1); `bidi_sequences` resolves what lies between.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from unicodedata import bidirectional

from renderer.text.bidi_sequences import ISOLATES, resolve

MAX_DEPTH = 125  # BD2
_EMBEDDINGS = {"LRE": (0, ""), "RLE": (1, ""), "LRO": (0, "L"), "RLO": (1, "R")}  # parity of the level, override
_REMOVED = frozenset((*_EMBEDDINGS, "PDF", "BN"))  # X9
_WHITE = frozenset(("WS", "FSI", "LRI", "RLI", "PDI"))  # L1
# Characters that can raise a level in a left-to-right paragraph: right-to-left scripts and explicit formatting.
_NEEDS_BIDI = re.compile(
    "[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
# Defaults of unassigned characters (DerivedBidiClass.txt)
_ARABIC = re.compile(
    "[\u0600-\u07bf\u0860-\u08ff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufeff"
    "\U00010d00-\U00010d3f\U00010ec0-\U00010eff\U00010f30-\U00010f6f\U0001ec70-\U0001ecbf\U0001ed00-\U0001ed4f\U0001ee00-\U0001eeff]"
)
_HEBREW = re.compile("[\u0590-\u05ff\u07c0-\u085f\ufb1d-\ufb4f\U00010800-\U00010fff\U0001e800-\U0001efff]")


def bidi_levels(text: str, direction: str) -> bytes | None:
    """Embedding level of every character; None if all are 0.

    `direction` is the base direction: "ltr", "rtl", or "auto" for that of the first strong character (P2, P3).
    Every paragraph separator (class B) ends a paragraph.
    """
    if direction != "rtl" and not _NEEDS_BIDI.search(text):
        return None
    classes = [bidi_class(character) for character in text]
    separators = [index + 1 for index, kind in enumerate(classes) if kind == "B"]
    levels: list[int] = []
    for end in (*separators, len(text)):
        start = len(levels)
        levels += _paragraph(classes[start:end], text[start:end], direction)
    return bytes(levels) if any(levels) else None


@lru_cache(maxsize=4_096)
def bidi_class(character: str) -> str:
    """Bidi_Class of a character."""
    known = bidirectional(character)
    if known:
        return known
    if _ARABIC.match(character):
        return "AL"
    if _HEBREW.match(character):
        return "R"
    codepoint = ord(character)
    ignorable = 0xE0000 <= codepoint <= 0xE0FFF or 0xFDD0 <= codepoint <= 0xFDEF or codepoint & 0xFFFE == 0xFFFE
    return "BN" if ignorable else "L"


def _paragraph(classes: list[str], text: str, direction: str) -> list[int]:
    matches = _match_isolates(classes)
    base = max(0, _first_strong(classes, matches, 0, len(classes))) if direction == "auto" else int(direction == "rtl")
    explicit, kinds = _explicit(classes, matches, base)
    levels = list(explicit)
    kept = [index for index in range(len(classes)) if classes[index] not in _REMOVED]
    for sequence in _isolating_sequences(kept, classes, matches, explicit):
        sos, eos = _edges(sequence, classes, matches, explicit, base)
        level = explicit[sequence[0]]
        resolved = resolve([kinds[i] for i in sequence], [text[i] for i in sequence], level, sos, eos)
        for index, own in zip(sequence, resolved, strict=True):
            levels[index] = own
    _fill_removed(classes, levels, base)
    _reset_white(classes, levels, base)
    return levels


def _match_isolates(classes: list[str]) -> dict[int, int]:
    """BD9: isolate initiators and the PDIs that close them, both ways."""
    matches: dict[int, int] = {}
    opened: list[int] = []
    for index, kind in enumerate(classes):
        if kind in ISOLATES:
            opened.append(index)
        elif kind == "PDI" and opened:
            opener = opened.pop()
            matches[opener], matches[index] = index, opener
    return matches


def _first_strong(classes: list[str], matches: dict[int, int], start: int, end: int) -> int:
    """P2, P3: 0 or 1 by the first strong character outside isolates, -1 if there is none."""
    index = start
    while index < end:
        kind = classes[index]
        if kind in ("L", "R", "AL"):
            return int(kind != "L")
        if kind in ISOLATES:
            index = matches.get(index, end)
        index += 1
    return -1


class _Status(NamedTuple):
    level: int
    override: str
    isolate: bool


class _Explicit:
    """X1–X8: the directional status stack."""

    def __init__(self, base: int) -> None:
        self.stack = [_Status(base, "", False)]
        self.overflow_isolates = 0
        self.overflow_embeddings = 0
        self.valid_isolates = 0

    def next_level(self, parity: int) -> int:
        level = self.stack[-1].level
        return level + 1 if (level + 1) & 1 == parity else level + 2

    def embed(self, parity: int, override: str) -> None:
        level = self.next_level(parity)
        if level <= MAX_DEPTH and not self.overflow_isolates and not self.overflow_embeddings:
            self.stack.append(_Status(level, override, False))
        elif not self.overflow_isolates:
            self.overflow_embeddings += 1

    def isolate(self, parity: int) -> None:
        level = self.next_level(parity)
        if level <= MAX_DEPTH and not self.overflow_isolates and not self.overflow_embeddings:
            self.valid_isolates += 1
            self.stack.append(_Status(level, "", True))
        else:
            self.overflow_isolates += 1

    def end_isolate(self) -> None:
        if self.overflow_isolates:
            self.overflow_isolates -= 1
        elif self.valid_isolates:
            self.overflow_embeddings = 0
            while not self.stack[-1].isolate:
                self.stack.pop()
            self.stack.pop()
            self.valid_isolates -= 1

    def end_embedding(self) -> None:
        if self.overflow_isolates:
            return
        if self.overflow_embeddings:
            self.overflow_embeddings -= 1
        elif not self.stack[-1].isolate and len(self.stack) >= 2:
            self.stack.pop()


def _explicit(classes: list[str], matches: dict[int, int], base: int) -> tuple[list[int], list[str]]:
    """Levels after X1–X8 and classes after directional overrides."""
    status = _Explicit(base)
    levels = [base] * len(classes)
    kinds = list(classes)
    for index, kind in enumerate(classes):
        if kind in _EMBEDDINGS:
            status.embed(*_EMBEDDINGS[kind])
        elif kind == "PDF":
            status.end_embedding()
        elif kind != "B":
            if kind == "PDI":
                status.end_isolate()
            level, override, _ = status.stack[-1]
            levels[index] = level
            if override and kind != "BN":
                kinds[index] = override
            if kind in ISOLATES:
                status.isolate(_isolate_parity(kind, classes, matches, index))
    return levels, kinds


def _isolate_parity(kind: str, classes: list[str], matches: dict[int, int], index: int) -> int:
    if kind == "FSI":
        return max(0, _first_strong(classes, matches, index + 1, matches.get(index, len(classes))))
    return int(kind == "RLI")


def _isolating_sequences(
    kept: list[int], classes: list[str], matches: dict[int, int], levels: list[int]
) -> list[list[int]]:
    """BD13: level runs, joined from an isolate initiator to its PDI."""
    runs: list[list[int]] = []
    for index in kept:
        if runs and levels[runs[-1][-1]] == levels[index]:
            runs[-1].append(index)
        else:
            runs.append([index])
    by_first = {run[0]: run for run in runs}
    sequences: list[list[int]] = []
    for run in runs:
        if classes[run[0]] == "PDI" and run[0] in matches:
            continue
        sequence = list(run)
        while classes[sequence[-1]] in ISOLATES and (closer := matches.get(sequence[-1])) is not None:
            sequence += by_first[closer]
        sequences.append(sequence)
    return sequences


def _edges(
    sequence: list[int], classes: list[str], matches: dict[int, int], levels: list[int], base: int
) -> tuple[str, str]:
    """X10: sos and eos, the directions at a sequence's ends."""
    level = levels[sequence[0]]
    before = _neighbour_level(classes, levels, sequence[0], -1, base)
    last = sequence[-1]
    is_open = classes[last] in ISOLATES and last not in matches
    after = base if is_open else _neighbour_level(classes, levels, last, 1, base)
    return "R" if max(level, before) & 1 else "L", "R" if max(level, after) & 1 else "L"


def _neighbour_level(classes: list[str], levels: list[int], index: int, step: int, base: int) -> int:
    """The level of the nearest character in one direction that X9 does not remove."""
    index += step
    while 0 <= index < len(classes):
        if classes[index] not in _REMOVED:
            return levels[index]
        index += step
    return base


def _fill_removed(classes: list[str], levels: list[int], base: int) -> None:
    """Section 5.2: what X9 would remove takes the level of what stands before it."""
    previous = base
    for index, kind in enumerate(classes):
        if kind in _REMOVED:
            levels[index] = previous
        previous = levels[index]


def _reset_white(classes: list[str], levels: list[int], base: int) -> None:
    """L1: separators, and white space before them or at the end, have the paragraph's level."""
    trailing = True
    for index in range(len(classes) - 1, -1, -1):
        kind = classes[index]
        if kind in ("S", "B"):
            trailing = True
        elif kind not in _WHITE and kind not in _REMOVED:
            trailing = False
        if trailing:
            levels[index] = base
