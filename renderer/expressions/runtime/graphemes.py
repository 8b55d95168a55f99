"""Text cut into user-perceived characters: extended grapheme clusters (Unicode Standard Annex 29, table 1c).

Every character is mapped to a letter for its class, and one regular expression over these letters finds the clusters.
It has no two ways to read a text, so its time grows with the text's length only.
"""

from __future__ import annotations

import re
from typing import Final

from uniseg.derived import InCB, indic_conjunct_break
from uniseg.emoji import extended_pictographic
from uniseg.graphemecluster import GCB, grapheme_cluster_break

_LETTERS: Final = {
    GCB.CR: "r",
    GCB.LF: "n",
    GCB.CONTROL: "c",
    GCB.ZWJ: "z",
    GCB.REGIONAL_INDICATOR: "R",
    GCB.PREPEND: "p",
    GCB.PACINGMARK: "s",
    GCB.L: "L",
    GCB.V: "V",
    GCB.T: "T",
    GCB.LV: "a",
    GCB.LVT: "b",
}

_CLUSTER = re.compile(r"rn|[rnc]|p*(?:L*(?:V+|aV*|b)T*|L+|T+|RR|C(?:[ez]*k[ekz]*C)+|P(?:[ekx]*zP)+|[^rnc])[ekxzs]*")
_MAX_KNOWN: Final = 20_000


class _Classes(dict[int, str]):
    """Code point → class letter, found when first asked for."""

    def __missing__(self, code: int) -> str:
        if len(self) > _MAX_KNOWN:
            self.clear()
        letter = self[code] = _letter(chr(code))
        return letter


def _letter(character: str) -> str:
    if "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff":
        return "o"  # ideographs, by far the largest repertoire: no need to ask the database
    kind = grapheme_cluster_break(character)
    if kind is GCB.EXTEND:
        conjunct = indic_conjunct_break(character)
        return "k" if conjunct is InCB.LINKER else "e" if conjunct is InCB.EXTEND else "x"
    if kind in _LETTERS:
        return _LETTERS[kind]
    if extended_pictographic(character):
        return "P"
    return "C" if indic_conjunct_break(character) is InCB.CONSONANT else "o"


_CLASSES = _Classes()


def graphemes(text: str, most: int | None = None) -> list[str]:
    """The grapheme clusters of a text, only the first `most` of them if given."""
    if text.isascii() and "\r" not in text:
        return list(text if most is None else text[:most])
    clusters: list[str] = []
    for match in _CLUSTER.finditer(text.translate(_CLASSES)):
        if len(clusters) == most:
            break
        clusters.append(text[match.start() : match.end()])
    return clusters
