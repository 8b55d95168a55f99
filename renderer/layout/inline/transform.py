"""text-transform (CSS Text 3 section 2.1): Unicode case mapping, tailored by language, and full-width forms."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_GREEK_MARKS = frozenset("\u0300\u0301\u0304\u0306\u0313\u0314\u0342\u0345")  # dropped in Greek capitals
_DIAERESIS = "\u0308"
_WORD = re.compile(r"\w", re.UNICODE)
_INSIDE_WORD = frozenset("'’‧·")  # no word starts behind these between letters; Chromium lets one start behind . and :
_SOFT_DOTTED = "ijį"
_ABOVE = frozenset("\u0300\u0301\u0303")


def transform(text: str, keyword: str, language: str, before: str = "") -> str:
    """Apply text-transform. `before` is the text that precedes in the paragraph: it decides where a word starts."""
    if keyword == "none" or not text:
        return text
    primary = language.partition("-")[0].lower()
    for part in keyword.split():
        if part == "uppercase":
            text = _uppercase(text, primary)
        elif part == "lowercase":
            text = _lowercase(text, primary)
        elif part == "capitalize":
            text = _capitalize(text, primary, before)
        elif part == "full-width":
            text = text.translate(_full_width_table())
    return text


def _uppercase(text: str, language: str) -> str:
    if text.isascii() and language not in ("tr", "az"):
        return text.upper()
    if language in ("tr", "az"):
        text = text.replace("i", "İ")
    elif language == "el":
        return _greek_uppercase(text)
    elif language == "lt":
        text = re.sub(f"(?<=[{_SOFT_DOTTED}])\u0307", "", text)
    return text.upper()


def _greek_uppercase(text: str) -> str:
    """Capitals without accents; a diaeresis stays, and appears where dropping an accent joins two vowels.

    After the el-Upper transform of CLDR: άι is two syllables and becomes ΑΪ.
    """
    out: list[str] = []
    decomposed = unicodedata.normalize("NFD", text)
    accented_vowel = False
    base = ""
    for index, char in enumerate(decomposed):
        if char in _GREEK_MARKS and _is_greek(base):
            continue
        if not unicodedata.combining(char):
            base = char
        marks = _marks_after(decomposed, index)
        if accented_vowel and char in "ιυ" and not marks:
            out.append(char.upper() + _DIAERESIS)
            accented_vowel = False
            continue
        if not unicodedata.combining(char):
            accented_vowel = char in "αεηοω" and "\u0301" in marks
        out.append(char.upper())
    return unicodedata.normalize("NFC", "".join(out))


def _marks_after(text: str, index: int) -> str:
    end = index + 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return text[index + 1 : end]


def _is_greek(char: str) -> bool:
    return "\u0370" <= char <= "\u03ff" or "\u1f00" <= char <= "\u1fff"


def _lowercase(text: str, language: str) -> str:
    if language in ("tr", "az"):
        text = text.replace("I\u0307", "i").replace("İ", "i").replace("I", "ı")
    elif language == "lt":
        text = "".join(
            char + "\u0307" if char in "IJĮ" and text[index + 1 : index + 2] in _ABOVE else char
            for index, char in enumerate(text)
        )
    return text.lower()


def _capitalize(text: str, language: str, before: str) -> str:
    out: list[str] = []
    joined = before[-2:] + text
    skip = len(joined) - len(text)
    index = skip
    while index < len(joined):
        char = joined[index]
        if char.isalpha() and _starts_word(joined, index):
            if language == "nl" and char == "i" and joined[index + 1 : index + 2] == "j":
                out.append("IJ")
                index += 2
                continue
            out.append("İ" if char == "i" and language in ("tr", "az") else char.title())
        else:
            out.append(char)
        index += 1
    return "".join(out)


def _starts_word(text: str, index: int) -> bool:
    if index == 0:
        return True
    previous = text[index - 1]
    if unicodedata.east_asian_width(previous) == "W" and unicodedata.east_asian_width(text[index]) != "W":
        return True
    if _WORD.match(previous) or unicodedata.combining(previous):
        return False
    return not (previous in _INSIDE_WORD and index > 1 and text[index - 2].isalpha())


@lru_cache(maxsize=1)
def _full_width_table() -> dict[int, str]:
    """Characters to their full-width forms: the inverse of the <wide> and the target of the <narrow> mappings."""
    table = {0x20: "\u3000"}
    for code in range(0xFF01, 0xFFEF):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) != 2:
            continue
        if parts[0] == "<wide>":
            table[int(parts[1], 16)] = chr(code)
        elif parts[0] == "<narrow>":
            table[code] = chr(int(parts[1], 16))
    return table
