"""Where text may be cut: lines (UAX #14) and grapheme clusters (UAX #29), both by ICU, as in Chromium.

ICU brings the dictionaries for Thai, Lao, Khmer and Burmese and CSS's strictness levels for Chinese and Japanese.
Between two ASCII characters Chromium does not ask ICU but a table of its own, which keeps URLs and dates together;
the rules in `_ASCII_BREAK` are that table, measured for all pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import category

from icu4py.breakers import CharacterBreaker, LineBreaker

# Text in which every character is a cluster of its own: no carriage return, no character that joins its neighbours.
_SINGLE = re.compile(r"[\t\n -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20c0]*")
_SURROGATES = re.compile("[\ud800-\udfff]")
# Scripts broken by dictionary (line breaking class SA): Thai, Lao, Burmese, Khmer, Tai scripts
_COMPLEX = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\ua9e0-\ua9ff\uaa60-\uaadf"
_IS_COMPLEX = re.compile(f"[{_COMPLEX}]")
# What word-break: break-all treats like ideographs, beside those; hyphens too, as Chromium does.
_ALPHABETIC = re.compile(
    r"[-+|]|[^\W_\u1100-\u11ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
_IDEOGRAPH = "\u4e00"
_ASCII = re.compile(r"[\t\n\r -~]*")
_ASCII_BREAK = re.compile(
    r"(?<=[\t\n\r ])(?=[^\t\n\r ])"  # after white space, whatever follows
    r"|(?<=[!\"#%&)*+,.:;=>\\\]|}~])(?=[(<\[{])"
    r"|(?<=-)(?=[\"#%&'(*+\-<=>@A-Z\[\\^_`a-z{|~])"
    r"|(?<=[0-9A-Za-z]-)(?=[0-9])"  # 2024-01, but not before the number of a minus sign
    r"|(?<=\?)(?=[#$%&(*+\-0-9<=>@A-Z\[\\^_`a-z{|~])"
)


def graphemes(text: str) -> list[int]:
    """Start indices of the grapheme clusters (UAX #29)."""
    if _SINGLE.fullmatch(text):
        return list(range(len(text)))
    return [0, *_inner(text, CharacterBreaker(_encodable(text), "en").segments())]


def line_breaks(text: str, language: str, line_break: str, word_break: str) -> frozenset[int]:
    """Indices before which a line may break, without 0 and len(text).

    `language` is a BCP 47 tag or empty; `line_break` and `word_break` are values of the CSS properties
    (CSS Text 3 section 5).
    """
    if line_break == "anywhere":
        return frozenset(graphemes(text)[1:])
    if word_break == "break-all":
        return frozenset(_icu_breaks(_ALPHABETIC.sub(_IDEOGRAPH, text), language, line_break))
    breaks = {match.start() for match in _ASCII_BREAK.finditer(text)}
    if not _ASCII.fullmatch(text):
        found = _icu_breaks(text, language, line_break)
        breaks.update(index for index in found if not ("!" <= text[index - 1] <= "~" and "!" <= text[index] <= "~"))
        if word_break == "keep-all":
            breaks = {index for index in breaks if not _kept(text, index)}
    return frozenset(breaks)


def _icu_breaks(text: str, language: str, line_break: str) -> list[int]:
    return _inner(text, LineBreaker(_encodable(text), _locale(language, line_break)).segments())


def _encodable(text: str) -> str:
    return _SURROGATES.sub("\ufffd", text)


def _inner(text: str, segments: Iterable[tuple[int, int]]) -> list[int]:
    """Boundaries inside the text as character indices; ICU counts UTF-16 code units."""
    length = len(text)
    if not text or max(text) <= "\uffff":
        return [end for _, end in segments if end < length]
    wide = (index for index, character in enumerate(text) if character > "\uffff")
    next_wide = next(wide, length)
    surplus = 0
    inner: list[int] = []
    for _, end in segments:
        while next_wide + surplus < end and next_wide < length:
            surplus += 1
            next_wide = next(wide, length)
        if end - surplus < length:
            inner.append(end - surplus)
    return inner


def _locale(language: str, line_break: str) -> str:
    base = language.replace("-", "_") if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", language) else "en"
    return f"{base}@lb={line_break if line_break in ('loose', 'strict') else 'normal'}"


def _kept(text: str, index: int) -> bool:
    """Whether keep-all forbids the break: between letters or digits, but not in scripts without word spaces."""
    before = text[index - 1]
    if category(before)[0] == "M" and index > 1:
        before = text[index - 2]
    return all(category(c)[0] in "LN" and not _IS_COMPLEX.match(c) for c in (before, text[index]))
