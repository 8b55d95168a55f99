"""Upper and lower case by the rules of the locale's language (Unicode Standard 3.13 and SpecialCasing.txt; for Greek,
CLDR's el-Upper transform)."""

from __future__ import annotations

import re
import unicodedata

_DOTTED_I = frozenset({"tr", "az"})
_GREEK_ACCENTS = re.compile("[\u0300\u0301\u0302\u0303\u0304\u0306\u0311\u0313\u0314\u0342\u0343\u0345]")
_GREEK_HIATUS = re.compile("([αεηιουω][\u0313\u0314]?[\u0301\u0300\u0342])([ιυ])(?![\u0308\u0301\u0300\u0342])")
_GREEK_WORD_OR = re.compile("(?<!\\w)[ήἤἢ](?!\\w)")


def language_of(locale: str) -> str:
    """The language of a BCP 47 tag."""
    return locale.replace("_", "-").partition("-")[0].lower()


def uppercase_text(text: str, language: str) -> str:
    """The text in capital letters."""
    if text.isascii() and language not in _DOTTED_I:
        return text.upper()
    if language in _DOTTED_I:
        return text.replace("i\u0307", "i").replace("i", "İ").upper()
    if language == "el":
        return _uppercase_greek(text)
    if language == "hy":
        text = text.replace("և", "եվ")
    return text.upper()


def _uppercase_greek(text: str) -> str:
    """Capitals lose their accents; vowels that only the accent kept apart get a diaeresis; ή keeps its."""
    text = _GREEK_WORD_OR.sub("\ue000", unicodedata.normalize("NFC", text))
    decomposed = unicodedata.normalize("NFD", text)
    decomposed = _GREEK_HIATUS.sub("\\1\\2\u0308", decomposed)
    return unicodedata.normalize("NFC", _GREEK_ACCENTS.sub("", decomposed).upper()).replace("\ue000", "Ή")


def lowercase_text(text: str, language: str) -> str:
    """The text in small letters."""
    if language in _DOTTED_I:
        text = text.replace("I\u0307", "i").replace("İ", "i").replace("I", "ı")
    return text.lower()


def capitalized(word: str, language: str) -> str:
    """The word with its first letter in title case, the rest as it is."""
    if language == "nl" and word[:2].lower() == "ij":
        return "IJ" + word[2:]
    if language in _DOTTED_I and word[:1] == "i":
        return "İ" + word[1:]
    return word[:1].title() + word[1:]
