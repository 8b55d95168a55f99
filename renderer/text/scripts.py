"""Cutting text into runs of one script (UAX #24) and one presentation, text or emoji (UTS #51)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category

from renderer.text.emoji_data import EMOJI, EMOJI_PRESENTATION

# Characters of Latin text that no rule below treats specially: Latin letters, digits, common punctuation.
_PLAIN = re.compile(
    r"[\t -~\u00a0-\u00a8\u00aa-\u00ad\u00af-\u02ff\u2010-\u2029\u202f-\u203b\u203d-\u2046\u20a0-\u20c0]*"
)

_MODIFIERS = "\U0001f3fb-\U0001f3ff"
_TAGS = "\U000e0020-\U000e007f"
_ELEMENT = f"(?:[{EMOJI}][{_MODIFIERS}]|[{EMOJI}]\ufe0f?\u20e3?)[{_TAGS}]*"
# What asks for colour (UTS #51 ED-16, ED-17): a flag, a ZWJ sequence, a keycap, a modified or VS16'd character, or
# a character whose default is emoji and that no VS15 turns into text.
_EMOJI_RUN = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{2}}"
    f"|{_ELEMENT}(?:\u200d{_ELEMENT})+"
    f"|[0-9#*]\ufe0f\u20e3"
    f"|[{EMOJI}][{_MODIFIERS}]"
    f"|[{EMOJI}]\ufe0f\u20e3?"
    f"|[{EMOJI_PRESENTATION}](?!\ufe0e)[{_TAGS}]*"
)
_MAYBE_EMOJI = re.compile(f"[\u20e3\u200d\ufe0f\U0001f1e6-\U0001f1ff{EMOJI_PRESENTATION}]")


class ScriptRun(NamedTuple):
    """text[start:end] has one script (ISO 15924) and, if `emoji`, wants colour glyphs."""

    start: int
    end: int
    script: str
    emoji: bool


def is_plain(text: str) -> bool:
    """Whether text is Latin without anything that needs a closer look."""
    return _PLAIN.fullmatch(text) is not None


def script_runs(text: str, start: int, end: int) -> list[ScriptRun]:
    """Runs that cover text[start:end]. Characters of no script join what stands before them, else what follows.

    What stands before `start` is looked at too; pass a window, not a whole book.
    """
    before = _by_script(text, 0, start, "")
    script = before[-1].script if before else ""
    runs: list[ScriptRun] = []
    position = start
    if _MAYBE_EMOJI.search(text, start, end):
        for found in _EMOJI_RUN.finditer(text, start, end):
            if position < found.start():
                runs += _by_script(text, position, found.start(), script)
                script = runs[-1].script
            position = found.end()
            if runs and runs[-1].emoji and runs[-1].end == found.start():
                runs[-1] = ScriptRun(runs[-1].start, position, "Zyyy", True)
            else:
                runs.append(ScriptRun(found.start(), position, "Zyyy", True))
    return runs + _by_script(text, position, end, script)


def _by_script(text: str, start: int, end: int, script: str) -> list[ScriptRun]:
    runs: list[ScriptRun] = []
    run_start = start
    for index in range(start, end):
        own = _scripts(text[index])
        if not own or script in own:
            continue
        if script not in ("", "Zyyy") and index > run_start:
            runs.append(ScriptRun(run_start, index, script, False))
            run_start = index
        script = own[0]
    if end > start:
        runs.append(ScriptRun(run_start, end, script or "Zyyy", False))
    return runs


@lru_cache(maxsize=8_192)
def _scripts(character: str) -> tuple[str, ...]:
    """Scripts that a character may belong to; empty if it goes with any.

    Letters and digits shared by few scripts (Script_Extensions) name them all; shared marks and punctuation none.
    """
    # Imported late: the tables take 10 ms, and Latin text does without them.
    from fontTools.unicodedata import script, script_extension

    code: str = script(character)
    if code == "Hira":
        return ("Kana",)  # one script to OpenType
    if code not in ("Zyyy", "Zinh", "Zzzz"):
        return (code,)
    if category(character)[0] not in "LN":
        return ()
    return tuple(sorted(script_extension(character) - {"Zyyy", "Zinh", "Zzzz", "Hira"}))
