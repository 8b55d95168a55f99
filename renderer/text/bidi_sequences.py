"""Resolving one isolating run sequence: weak types, brackets, neutrals, implicit levels (UAX #9, W1–I2)."""

from __future__ import annotations

ISOLATES = frozenset(("LRI", "RLI", "FSI"))
_NEUTRAL = frozenset(("B", "S", "WS", "ON", "LRI", "RLI", "FSI", "PDI"))
_STRENGTH = {"L": "L", "R": "R", "EN": "R", "AN": "R"}  # N0–N2: numbers act as R
_BRACKET_STACK = 63  # BD16
# Bidi_Paired_Bracket (BidiBrackets.txt): opening and closing bracket in turn.
_PAIRS = (
    "()[]{}༺༻༼༽᚛᚜⁅⁆⁽⁾₍₎⌈⌉⌊⌋\u2329\u232a❨❩❪❫❬❭❮❯❰❱❲❳❴❵⟅⟆⟦⟧⟨⟩⟪⟫⟬⟭⟮⟯⦃⦄⦅⦆⦇⦈⦉⦊⦋⦌⦍⦐⦏⦎⦑⦒⦓⦔⦕⦖⦗⦘⧘⧙⧚⧛⧼⧽"
    "⸢⸣⸤⸥⸦⸧⸨⸩⹕⹖⹗⹘⹙⹚⹛⹜〈〉《》「」『』【】〔〕〖〗〘〙〚〛﹙﹚﹛﹜﹝﹞（）［］｛｝｟｠｢｣"
)
_CANONICAL = {"\u2329": "\u3008", "\u232a": "\u3009"}  # canonically equivalent brackets pair with each other
_CLOSER = {o: _CANONICAL.get(c, c) for o, c in zip(_PAIRS[::2], _PAIRS[1::2], strict=True)}
_CLOSERS = frozenset(_PAIRS[1::2])


def resolve(kinds: list[str], characters: list[str], level: int, sos: str, eos: str) -> list[int]:
    """Levels of a sequence's characters. `kinds` are bidi classes and are consumed; sos and eos are L or R."""
    original = list(kinds)
    _weak(kinds, sos)
    direction = "R" if level & 1 else "L"
    _brackets(kinds, characters, original, direction, sos)
    _neutrals(kinds, direction, sos, eos)
    return [_implicit(kind, level) for kind in kinds]


def _implicit(kind: str, level: int) -> int:
    """I1, I2."""
    if level & 1:
        return level if kind == "R" else level + 1
    return level + (0 if kind == "L" else 1 if kind == "R" else 2)


def _weak(kinds: list[str], sos: str) -> None:
    _marks(kinds, sos)
    _arabic_numbers(kinds, sos)
    _separators(kinds)
    _terminators(kinds)
    _latin_numbers(kinds, sos)


def _marks(kinds: list[str], sos: str) -> None:
    """W1: marks take the class of what they stand on."""
    previous = sos
    for index, kind in enumerate(kinds):
        if kind == "NSM":
            kinds[index] = previous
        else:
            previous = "ON" if kind in ISOLATES or kind == "PDI" else kind


def _arabic_numbers(kinds: list[str], sos: str) -> None:
    """W2, W3: European digits after Arabic letters are Arabic numbers; Arabic letters become R."""
    strong = sos
    for index, kind in enumerate(kinds):
        if kind in ("L", "R", "AL"):
            strong = kind
        elif kind == "EN" and strong == "AL":
            kinds[index] = "AN"
    for index, kind in enumerate(kinds):
        if kind == "AL":
            kinds[index] = "R"


def _separators(kinds: list[str]) -> None:
    """W4: one separator between two numbers of a kind joins them."""
    for index in range(1, len(kinds) - 1):
        before, kind, after = kinds[index - 1 : index + 2]
        if before == after and ((kind == "ES" and before == "EN") or (kind == "CS" and before in ("EN", "AN"))):
            kinds[index] = before


def _terminators(kinds: list[str]) -> None:
    """W5, W6: terminators next to European numbers join them; other separators and terminators are neutral."""
    index = 0
    while index < len(kinds):
        if kinds[index] != "ET":
            if kinds[index] in ("ES", "CS"):
                kinds[index] = "ON"
            index += 1
            continue
        end = index
        while end < len(kinds) and kinds[end] == "ET":
            end += 1
        beside = (index > 0 and kinds[index - 1] == "EN") or (end < len(kinds) and kinds[end] == "EN")
        kinds[index:end] = ["EN" if beside else "ON"] * (end - index)
        index = end


def _latin_numbers(kinds: list[str], sos: str) -> None:
    """W7: European numbers after L are L."""
    strong = sos
    for index, kind in enumerate(kinds):
        if kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[index] = "L"


def _bracket_pairs(kinds: list[str], characters: list[str]) -> list[tuple[int, int]]:
    """BD16."""
    pairs: list[tuple[int, int]] = []
    opened: list[tuple[str, int]] = []
    for index, character in enumerate(characters):
        if kinds[index] != "ON":
            continue
        closer = _CLOSER.get(character)
        if closer is not None:
            if len(opened) == _BRACKET_STACK:
                return []
            opened.append((closer, index))
        elif character in _CLOSERS:
            canonical = _CANONICAL.get(character, character)
            for depth in range(len(opened) - 1, -1, -1):
                if opened[depth][0] == canonical:
                    pairs.append((opened[depth][1], index))
                    del opened[depth:]
                    break
    return sorted(pairs)


def _brackets(kinds: list[str], characters: list[str], original: list[str], direction: str, sos: str) -> None:
    """N0: a pair of brackets takes the direction of its content, or of what stands before it."""
    pairs = _bracket_pairs(kinds, characters)
    if not pairs:
        return
    contexts = _Contexts(kinds, sos)
    for begin, end in pairs:
        inside = {_STRENGTH.get(kind, "") for kind in kinds[begin + 1 : end]}
        if direction in inside:
            chosen = direction
        elif "L" in inside or "R" in inside:
            opposite = "L" if direction == "R" else "R"
            chosen = opposite if contexts.before(begin) == opposite else direction
        else:
            continue
        for index in (begin, end):
            kinds[index] = chosen
            _mark_followers(kinds, original, index, chosen)


class _Contexts:
    """The strong direction before a position, looked up in increasing order of positions."""

    def __init__(self, kinds: list[str], sos: str) -> None:
        self._kinds = kinds
        self._strong = sos
        self._position = 0

    def before(self, position: int) -> str:
        for index in range(self._position, position):
            self._strong = _STRENGTH.get(self._kinds[index], self._strong)
        self._position = position
        return self._strong


def _mark_followers(kinds: list[str], original: list[str], bracket: int, chosen: str) -> None:
    """Marks on a bracket that changed direction go with it."""
    index = bracket + 1
    while index < len(kinds) and original[index] == "NSM":
        kinds[index] = chosen
        index += 1


def _neutrals(kinds: list[str], direction: str, sos: str, eos: str) -> None:
    """N1, N2: neutrals between equal directions take that direction, others the embedding's."""
    index = 0
    before = sos
    while index < len(kinds):
        if kinds[index] not in _NEUTRAL:
            before = _STRENGTH[kinds[index]]
            index += 1
            continue
        end = index
        while end < len(kinds) and kinds[end] in _NEUTRAL:
            end += 1
        after = _STRENGTH[kinds[end]] if end < len(kinds) else eos
        kinds[index:end] = [before if before == after else direction] * (end - index)
        index = end
