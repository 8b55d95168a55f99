"""Texts of any length as blocks of bytes that are worth an exchange with the network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

_BLOCK: Final = 64_000


async def blocks(texts: AsyncIterator[str]) -> AsyncIterator[bytes]:
    """The texts one after the other in UTF-8, in blocks of about 64 KB; what has no UTF-8 becomes a question mark."""
    waiting: list[str] = []
    size = 0
    async for text in texts:
        waiting.append(text)
        size += len(text)
        if size >= _BLOCK:
            yield "".join(waiting).encode(errors="replace")
            waiting, size = [], 0
    if waiting:
        yield "".join(waiting).encode(errors="replace")
