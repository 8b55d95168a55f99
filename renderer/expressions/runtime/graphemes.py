"""Text cut into user-perceived characters: extended grapheme clusters (Unicode Standard Annex 29, table 1c).

Every character is mapped to a letter for its class, and one regular expression over these letters finds the clusters.
It has no two ways to read a text, so its time grows with the text's length only.
"""

from __future__ import annotations

import re
from typing import Final

_LETTERS: Final = {
    "CR": "r",
    "LF": "n",
    "Control": "c",
    "ZWJ": "z",
    "Regional_Indicator": "R",
    "Prepend": "p",
    "SpacingMark": "s",
    "L": "L",
    "V": "V",
    "T": "T",
    "LV": "a",
    "LVT": "b",
}
"""Values of Grapheme_Cluster_Break and their letters; Extend and Other are told apart further."""

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
    # Imported late: these tables take a third of the time in which a fresh process starts, and ASCII needs none.
    from uniseg.derived import InCB, indic_conjunct_break
    from uniseg.emoji import extended_pictographic
    from uniseg.graphemecluster import GCB, grapheme_cluster_break

    kind = grapheme_cluster_break(character)
    if kind is GCB.EXTEND:
        conjunct = indic_conjunct_break(character)
        return "k" if conjunct is InCB.LINKER else "e" if conjunct is InCB.EXTEND else "x"
    if kind.value in _LETTERS:
        return _LETTERS[kind.value]
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
