"""Who looks like whom among many."""

from __future__ import annotations

import hashlib
import random

import pytest

from server.batch.checks import Duplicates, Placed
from server.batch.records import Finding


def key(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()


def printed(looks: int, file: int = 0) -> str:
    return f"{looks:064x}{file:08x}"


def found(*pictures: tuple[int, int, str, str | None]) -> list[tuple[int, int, str, int]]:
    """Row, output, code and the row that is named."""
    duplicates = Duplicates()
    for picture in pictures:
        duplicates.add(*picture)
    report = duplicates.report()
    assert report.warnings == ()
    return [
        (placed.row, placed.output, placed.finding.code, int(placed.finding.message.rstrip(".").rpartition(" ")[2]))
        for placed in report.findings
    ]


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same numbers every time


LOOKS = dice(1).getrandbits(256)


def test_nothing_looks_like_nothing() -> None:
    assert found() == []
    assert found((0, 0, key(0), None), (1, 0, key(1), None)) == []
    assert found((0, 0, key(0), printed(LOOKS)), (1, 0, key(1), printed(LOOKS ^ (2**256 - 1)))) == []


def test_equal_keys_and_equal_files_are_the_same_picture_as_the_first() -> None:
    assert found(
        (3, 0, key("a"), None),
        (5, 0, key("a"), None),
        (9, 0, key("b"), printed(LOOKS, 7)),
        (10, 0, key("c"), printed(LOOKS, 7)),
        (11, 0, key("c"), printed(LOOKS, 7)),
    ) == [(5, 0, "duplicate", 3), (10, 0, "duplicate", 9), (11, 0, "duplicate", 9)]


@pytest.mark.parametrize("bits", range(6))
def test_three_bits_are_near_and_four_are_not_wherever_they_are(bits: int) -> None:
    chance = dice(bits)
    for turn in range(40):
        other = LOOKS
        for place in chance.sample(range(256), bits):
            other ^= 1 << place
        report = found((1, 0, key("a"), printed(LOOKS, 1)), (2 + turn, 0, key("b"), printed(other, 2)))
        assert report == ([(2 + turn, 0, "near-duplicate", 1)] if bits <= 3 else [])


def test_pictures_are_compared_with_those_at_their_own_place_only() -> None:
    light, dark = printed(LOOKS, 1), printed(LOOKS, 2)
    assert found((0, 0, key(1), light), (0, 1, key(1), light), (1, 1, key(2), dark)) == [(1, 1, "near-duplicate", 0)]


def test_blank_pictures_are_the_same_or_are_not_compared() -> None:
    blanks = [(row, 0, key(row), printed(0, row % 2)) for row in range(6)]
    assert found(*blanks) == [(row, 0, "duplicate", row % 2) for row in range(2, 6)]


def test_the_report_is_in_order_of_rows_whatever_order_they_come_in() -> None:
    pictures = [(row, output, key(row % 7), None) for row in range(40) for output in range(2)]
    expected = found(*pictures)
    assert [each[:2] for each in expected] == [(row, output) for row in range(7, 40) for output in range(2)]
    dice(3).shuffle(pictures)
    assert found(*pictures) == expected


def test_where_all_look_alike_it_is_said_once() -> None:
    duplicates = Duplicates()
    for row in range(100):
        duplicates.add(row, 0, key(row), printed(LOOKS ^ (row % 3), row))
    duplicates.add(100, 0, key(0), printed(LOOKS, 0))
    report = duplicates.report()
    message = "This is the same picture as in the row of index 0."
    assert report.findings == (Placed(100, 0, Finding("duplicate", message)),)
    (warning,) = report.warnings
    assert warning.startswith("99 of 101 pictures differ from another one only in small details")


def test_among_many_that_share_a_band_neighbours_are_found() -> None:
    chance = dice(5)
    band = chance.getrandbits(64) << 192
    duplicates = Duplicates()
    for row in range(3000):
        duplicates.add(row, 0, key(row), printed(band | chance.getrandbits(192), row))
    last = band | chance.getrandbits(192)
    duplicates.add(3000, 0, key(3000), printed(last, 3000))
    duplicates.add(3001, 0, key(3001), printed(last ^ 0b111, 3001))
    report = duplicates.report()
    assert [(placed.row, placed.finding.code) for placed in report.findings] == [(3001, "near-duplicate")]


@pytest.mark.parametrize(("etag", "fingerprint"), [("ab", None), (key(1), "ab"), (key(1), "x" * 72)])
def test_what_is_no_key_and_no_fingerprint_is_refused(etag: str, fingerprint: str | None) -> None:
    with pytest.raises(ValueError, match=r"is no render key, or|hexadecimal"):
        Duplicates().add(0, 0, etag, fingerprint)
