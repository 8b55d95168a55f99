"""Writes the settings table into README.md: `python -m tests.readme`."""

from __future__ import annotations

import re
from pathlib import Path

from server.settings import describe

README = Path(__file__).parents[1] / "README.md"
_TABLE = re.compile(r"(<!-- settings: [^>]*-->\n).*?(<!-- /settings -->)", re.DOTALL)


def settings_table() -> str:
    rows = [f"| `{row.variable}` | {f'`{row.default}`' if row.default else ''} | {row.help} |" for row in describe()]
    return "\n".join(["| variable | default | |", "|---|---|---|", *rows]) + "\n"


def with_settings(text: str) -> str:
    """The text with today's table between its two marks."""
    return _TABLE.sub(lambda match: match[1] + settings_table() + match[2], text)


if __name__ == "__main__":
    README.write_text(with_settings(README.read_text(encoding="utf-8")), encoding="utf-8")
