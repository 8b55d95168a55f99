"""Amounts as people write them: `1h30m`, `512MB`."""

from __future__ import annotations

import re
from typing import Final

_SECONDS: Final[dict[str, int]] = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION: Final = re.compile(r"(?:(\d{1,9})w)?(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s?)?", re.ASCII)

_BYTES: Final[dict[str, int]] = {
    "": 1,
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}
_SIZE: Final = re.compile(r"(\d{1,15})(?:\.(\d{1,3}))?\s*([A-Za-z]{0,3})", re.ASCII)


def parse_duration(text: str) -> int:
    """Seconds of a duration: units w d h m s from large to small, each at most once; a bare number is seconds.

    Raises:
        ValueError: the text is no duration; the message says what one looks like.
    """
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None or not any(match.groups()):
        raise ValueError(f"{text[:40]!r} is no duration; write 90s, 15m, 1h30m, 30d or a number of seconds")
    return sum(int(amount) * unit for amount, unit in zip(match.groups(), _SECONDS.values(), strict=True) if amount)


def parse_size(text: str) -> int:
    """Bytes of a size: a number with B, KB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (powers of 1024).

    Raises:
        ValueError: the text is no size; the message says what one looks like.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None or match[3].lower() not in _BYTES:
        raise ValueError(f"{text[:40]!r} is no size; write 512MB, 1.5GiB or a number of bytes")
    unit = _BYTES[match[3].lower()]
    thousandths = int((match[2] or "").ljust(3, "0"))
    return int(match[1]) * unit + thousandths * unit // 1000


def format_size(size: int) -> str:
    """The shortest spelling of a number of bytes that `parse_size` reads back exactly."""
    for unit in ("TB", "TiB", "GB", "GiB", "MB", "MiB", "kB", "KiB"):
        if size and size % _BYTES[unit.lower()] == 0:
            return f"{size // _BYTES[unit.lower()]}{unit}"
    return str(size)
