"""The longest values that a manifest allows, which the manifest itself must accept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer import Manifest, coerce_values
from renderer.template.bundle import bundle_from_files
from renderer.template.manifest import read_manifest
from server.checking.longest import Filling, filled, longest_values


def manifest(text: str) -> Manifest:
    return read_manifest(bundle_from_files("card", {"template.toml": text.encode()}))


@given(length=st.integers(1, 500), filling=st.sampled_from(["words", "word"]))
def test_fillings_have_their_length_and_no_space_at_the_end(length: int, filling: Filling) -> None:
    text = filled(length, filling)
    assert len(text) == length
    assert text == text.strip()
    assert filling == "words" or " " not in text


@pytest.mark.parametrize(
    ("declaration", "example", "longest"),
    [
        ('type = "text"\nmax_length = 5', "a", "Extra"),
        ('type = "text"', "a", "a"),
        ('type = "text"', None, None),
        ('type = "text"\nmax_length = 5\npattern = "[0-9]+"', "12", "12"),
        ('type = "enum"\nchoices = ["s", "large", "m"]', "s", "large"),
        ('type = "integer"\nmin = -1000\nmax = 99', 5, -1000),
        ('type = "number"\nmax = 12.75', 5, 12.75),
        ('type = "number"', 5, 5),
        ('type = "boolean"', True, True),
        ('type = "date"', "2026-01-01", "2026-09-30"),
        ('type = "date"\nmax = 2026-06-01', "2026-01-01", "2026-01-01"),
        ('type = "list"\nmax = 3\nitems = { type = "text", max_length = 2 }', ["x"], ["Ex", "Ex", "Ex"]),
        ('type = "list"\nitems = { type = "integer" }', [1, 2], [1, 2]),
        ('type = "list"\nmax = 3', [1, 2], [1, 2, 1]),
        ('type = "list"\nmax = 3', None, None),
        ('type = "list"\nmax = 100000\nitems = { type = "enum", choices = ["a"] }', None, ["a"] * 200),
        (
            'type = "object"\nfields = { a = { type = "text", max_length = 3 }, b = { type = "text" } }',
            {},
            {"a": "Ext"},
        ),
        ('type = "image"', "a.png", "a.png"),
    ],
)
def test_each_type_at_its_longest(declaration: str, example: object, longest: object) -> None:
    declared = manifest(f"[variables.v]\n{declaration}\n")
    values = longest_values(declared, {} if example is None else {"v": example}, "words")
    assert values == ({} if longest is None else {"v": longest})
    coerce_values(declared, values, from_query=False)


def test_a_url_stays_one() -> None:
    declared = manifest('[variables.v]\ntype = "url"\nmax_length = 60\n')
    values = longest_values(declared, {}, "word")
    assert str(values["v"]).startswith("https://www.example.com/donau")
    assert len(str(values["v"])) == 60
