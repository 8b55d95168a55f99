"""Compressed bodies, honest and otherwise."""

from __future__ import annotations

import gzip
import zlib

import pytest

from server.outgoing.encodings import decoded
from server.outgoing.errors import BrokenAnswer, TooLarge


def test_gzip() -> None:
    body = gzip.compress(b"picture")
    assert decoded(body, "gzip", 7) == decoded(body, "x-gzip", 100) == b"picture"
    assert decoded(body + body, "gzip", 14) == b"picturepicture"


def test_a_bomb_is_never_unpacked() -> None:
    bomb = gzip.compress(bytes(200_000_000), 1)
    with pytest.raises(TooLarge):
        decoded(bomb, "gzip", 1_000_000)
    with pytest.raises(TooLarge):
        decoded(gzip.compress(b"picture") * 2, "gzip", 13)


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"picture")[:-9], gzip.compress(b"picture") + b"rest"])
def test_damage(body: bytes) -> None:
    with pytest.raises(BrokenAnswer):
        decoded(body, "gzip", 100)


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "compress"])
def test_other_encodings(encoding: str) -> None:
    with pytest.raises(BrokenAnswer, match="Content-Encoding"):
        decoded(zlib.compress(b"picture"), encoding, 100)
