"""Texts as names of files and folders that every system can have, and that lead nowhere else."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

EMPTY: Final = "_"
"""What stands for a text that is empty."""

# Separators of paths, what Windows forbids, control characters, lone surrogates, line separators, and characters that
# turn the direction of text, by which a name can show another ending than it has (Unicode technical report 36).
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f" + r'<>:"/\\|?*' + "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\.|$)", re.IGNORECASE)
_DIGEST_BYTES: Final = 5


def safe_name(text: str, most_bytes: int) -> str:
    """A name of one folder, or of a file without its extension: the text in NFC, with `_` for what is not safe.

    Longer texts are cut and end with a digest of the whole, so that different ones stay different. What Windows does
    not allow: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
    """
    name = _UNSAFE.sub("_", unicodedata.normalize("NFC", text)).strip().rstrip(". ")
    if name.startswith("."):  # hidden, or `..`
        name = f"_{name.lstrip('.')}"
    if _DEVICES.match(name):
        name = f"_{name}"
    return _cut(name, most_bytes) if name else EMPTY


def _cut(name: str, most_bytes: int) -> str:
    data = name.encode()
    if len(data) <= most_bytes:
        return name
    digest = hashlib.blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()
    kept = data[: most_bytes - len(digest) - 1].decode(errors="ignore")
    return f"{kept}~{digest}"
