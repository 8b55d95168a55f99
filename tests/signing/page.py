"""Writes the files of examples/signing into docs/signing.md, between their markers: `python -m tests.signing.page`."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
EXAMPLES = REPOSITORY / "examples" / "signing"
PAGE = REPOSITORY / "docs" / "signing.md"

_LISTING = re.compile(r"(<!-- file: (\S+) -->\n)```(\w+)\n.*?```\n", re.DOTALL)


def listed(text: str) -> list[str]:
    """The names of the files that the page shows."""
    return [match[2] for match in _LISTING.finditer(text)]


def with_listings(text: str) -> str:
    """The page with today's files."""
    return _LISTING.sub(
        lambda match: f"{match[1]}```{match[3]}\n{(EXAMPLES / match[2]).read_text(encoding='utf-8')}```\n", text
    )


if __name__ == "__main__":
    PAGE.write_text(with_listings(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
