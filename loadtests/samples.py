"""Templates of the benchmarks and values that differ in every render, drawn from word lists by number."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from renderer import CompiledTemplate, compile_template, example_of

TEMPLATES = Path(__file__).parent / "templates"
GALLERY = Path(__file__).parent.parent / "templates"

_SUBJECTS = ("Signed URLs", "Two caches", "A small team", "The render farm", "Every second request", "One slow query")
_VERBS = ("explain", "replaced", "survive", "outlive", "quietly halved", "measured", "rewrote")
_OBJECTS = (
    "the nightly export",
    "our image pipeline",
    "half of the dashboards",
    "a fleet of headless browsers",
    "forty thousand product cards",
    "the busiest page of the year",
)
_NAMES = ("Ada Lovelace", "Grace Hopper", "Alan Kay", "Barbara Liskov", "Donald Knuth", "Radia Perlman")


def title(number: int) -> str:
    """A headline of about 50 characters; no two numbers give the same."""
    draw = random.Random(number)
    return f"{draw.choice(_SUBJECTS)} {draw.choice(_VERBS)} {draw.choice(_OBJECTS)}, part {number}"


def author(number: int) -> str:
    """One of a few names."""
    return _NAMES[number % len(_NAMES)]


@dataclass(frozen=True, slots=True)
class Sample:
    """A template with values for the render of a number."""

    name: str
    compiled: CompiledTemplate
    values: Callable[[int], dict[str, object]]


def card() -> Sample:
    """The card that all engines are measured with: only its title changes, as in a feed of posts."""
    return Sample("card", compile_template(TEMPLATES / "card"), lambda number: {"title": title(number)})


def article() -> Sample:
    """The gallery's article with another title, author and summary in every render."""
    compiled = compile_template(GALLERY / "article")
    example = example_of(compiled)

    def values(number: int) -> dict[str, object]:
        summary = f"{title(number + 500_000)}. {example['summary']}"
        return {**example, "title": title(number), "author": author(number), "summary": summary}

    return Sample("article", compiled, values)


def dashboard() -> Sample:
    """Sixty elements whose numbers all change from render to render."""
    compiled = compile_template(TEMPLATES / "dashboard")
    example = example_of(compiled)
    tiles = cast(list[dict[str, object]], example["tiles"])
    rows = cast(list[dict[str, object]], example["rows"])
    bars = cast(list[float], example["bars"])

    def values(number: int) -> dict[str, object]:
        draw = random.Random(number)
        return {
            "title": f"Weekly report {number}",
            "day": example["day"],
            "tiles": [
                {**tile, "value": draw.randrange(90_000), "change": draw.randrange(-200, 200) / 1000} for tile in tiles
            ],
            "bars": [draw.randrange(10, 100) for _ in bars],
            "rows": [{**row, "amount": draw.randrange(100_000_00) / 100} for row in rows],
        }

    return Sample("dashboard", compiled, values)
