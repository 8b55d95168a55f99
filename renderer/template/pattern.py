r"""Patterns for text variables: the part of regular expressions that can be matched in one pass.

A pattern is a sequence of single characters, escapes (`\d \w \s`, `\.` …), `.` and classes (`[a-z0-9_]`, `[^<>]`), each
with an optional repetition (`? * + {2} {2,5} {2,}`). It always covers the whole text. There are no groups,
alternatives or back references, so matching takes time proportional to the text's length whatever the pattern (the
states of the automaton are the bits of an integer, after Baeza-Yates and Gonnet, "A new approach to text searching").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MAX_STATES = 512
_ATOM = re.compile(
    r"\\(?P<escape>.)|\[(?P<negated>\^?)(?P<set>(?:\\.|[^\]\\])+)\]|(?P<any>\.)|(?P<plain>[^\\\[\].(){}|?*+^$])"
)
_REPEAT = re.compile(r"[?*+]|\{(\d{1,4})(?:(,)(\d{0,4}))?\}")
_SET_ITEM = re.compile(r"\\(.)|([^\\])(?:-(?:\\(.)|([^\\])))?")
_CLASSES = {"d": r"\d", "w": r"\w", "s": r"\s"}


class PatternError(ValueError):
    """The pattern uses something that is not offered, or is malformed."""


@dataclass(frozen=True, slots=True)
class _Atom:
    member: re.Pattern[str]
    minimum: int
    maximum: int | None  # None: any number


class Pattern:
    """A compiled pattern."""

    __slots__ = ("_cache", "_last", "_loops", "_members", "_skips", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self._members: list[re.Pattern[str]] = []
        self._loops = 0  # states that may repeat
        self._skips = 0  # states that may be left out
        for atom in _parse(source):
            self._add(atom)
        self._last = 1 << len(self._members)
        self._cache: dict[str, int] = {}

    def _add(self, atom: _Atom) -> None:
        copies = atom.minimum + 1 if atom.maximum is None else atom.maximum
        if len(self._members) + copies > _MAX_STATES:
            raise PatternError(f"is too long: its repetitions add up to more than {_MAX_STATES} characters")
        for copy in range(copies):
            state = 1 << len(self._members)
            if copy >= atom.minimum:
                self._skips |= state
                if atom.maximum is None:
                    self._loops |= state
            self._members.append(atom.member)

    def matches(self, text: str) -> bool:
        """Whether the whole text has this form."""
        states = self._closed(1)
        for character in text:
            accepted = self._accepting(character) & states
            if not accepted:
                return False
            states = self._closed(accepted << 1 | accepted & self._loops)
        return bool(states & self._last)

    def _closed(self, states: int) -> int:
        # The carry of the sum runs through each stretch of skippable states from the lowest reached one upwards.
        return states | ((self._skips + (states & self._skips)) ^ self._skips)

    def _accepting(self, character: str) -> int:
        accepted = self._cache.get(character)
        if accepted is None:
            accepted = sum(1 << i for i, member in enumerate(self._members) if member.fullmatch(character))
            if len(self._cache) < 1_000:
                self._cache[character] = accepted
        return accepted


def _parse(source: str) -> list[_Atom]:
    atoms: list[_Atom] = []
    at = 1 if source.startswith("^") else 0
    end = len(source) - (1 if source.endswith("$") and not source.endswith("\\$") else 0)
    while at < end:
        match = _ATOM.match(source, at, end)
        if match is None:
            raise PatternError(
                f"cannot be read at {source[at : at + 10]!r}: there are characters, \\d \\w \\s, '.', classes such as "
                "[a-z] and the repetitions ? * + {2} {2,5}; groups and alternatives, which can take endless time, "
                "are not offered"
            )
        at = match.end()
        repeat = _REPEAT.match(source, at, end)
        minimum, maximum = _counts(repeat) if repeat else (1, 1)
        at = repeat.end() if repeat else at
        atoms.append(_Atom(_member(match), minimum, maximum))
    return atoms


def _counts(repeat: re.Match[str]) -> tuple[int, int | None]:
    simple: dict[str, tuple[int, int | None]] = {"?": (0, 1), "*": (0, None), "+": (1, None)}
    if repeat.group() in simple:
        return simple[repeat.group()]
    minimum = int(repeat[1])
    if not repeat[2]:
        return minimum, minimum
    maximum = int(repeat[3]) if repeat[3] else None
    if maximum is not None and maximum < minimum:
        raise PatternError(f"repeats {repeat.group()}: the first number must not be the larger one")
    return minimum, maximum


def _member(match: re.Match[str]) -> re.Pattern[str]:
    """A regular expression for one character."""
    if match["any"]:
        return re.compile(r"[^\n]")
    if match["escape"]:
        return re.compile(_escaped(match["escape"]))
    if match["plain"]:
        return re.compile(re.escape(match["plain"]))
    items: list[str] = []
    for item in _SET_ITEM.finditer(match["set"]):
        low, high = item[1] or item[2], item[3] or item[4]
        if item[1] and item[1] in _CLASSES:
            items.append(_CLASSES[item[1]])
        elif high is None:
            items.append(re.escape(low))
        elif low > high:
            raise PatternError(f"has the range {low}-{high}, which runs backwards")
        else:
            items.append(f"{re.escape(low)}-{re.escape(high)}")
    return re.compile(f"[{match['negated']}{''.join(items)}]")


def _escaped(character: str) -> str:
    if character in _CLASSES:
        return _CLASSES[character]
    if character.isalnum():
        raise PatternError(f"has the escape \\{character}; there are \\d \\w \\s and escaped punctuation")
    return re.escape(character)
