"""The page of all cases: Chromium, Signet and where they differ, worst first."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from PIL import Image

from tests.fidelity import pictures
from tests.fidelity.comparison import Comparison

_STYLE = """
  body { font: 15px/1.5 system-ui, sans-serif; margin: 24px; color: #0f172a; background: #f8fafc }
  section { background: #fff; border: 1px solid #e2e8f0; border-left: 6px solid #16a34a; border-radius: 8px;
            padding: 12px 16px; margin: 16px 0 }
  section.fails { border-left-color: #dc2626 } section.known { border-left-color: #d97706 }
  h1 { font-size: 22px } h2 { font-size: 17px; margin: 0 } .row { display: flex; gap: 12px; flex-wrap: wrap }
  figure { margin: 8px 0 } figcaption { font-size: 13px; color: #64748b }
  img { border: 1px solid #cbd5e1; max-width: 600px }
  pre { font-size: 13px; overflow-x: auto; background: #f1f5f9; padding: 8px } .scores { color: #475569 }
"""


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that could not be compared at all."""

    name: str
    message: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over all cases."""

    cases: int
    passing: int
    known: int
    boxes: int
    boxes_right: int
    lines: int
    lines_right: int
    mean_score: float
    worst: Comparison | None

    def __str__(self) -> str:
        worst = f"{self.worst.picture.score:.2f} ({self.worst.name})" if self.worst else "none"
        return (
            f"{self.cases} cases: {self.passing} agree ({self.known} of them with a known difference)\n"
            f"boxes within 1 px: {self.boxes_right} of {self.boxes}; text lines: {self.lines_right} of {self.lines}\n"
            f"picture score (limit 1): mean {self.mean_score:.3f}, worst {worst}"
        )


def totals(comparisons: Sequence[Comparison], failures: Sequence[Failure]) -> Totals:
    """Sum up."""
    results = [comparison.geometry for comparison in comparisons]
    passing = [comparison for comparison in comparisons if not comparison.problems]
    return Totals(
        cases=len(comparisons) + len(failures),
        passing=len(passing),
        known=sum(comparison.known is not None for comparison in passing),
        boxes=sum(result.boxes for result in results),
        boxes_right=sum(result.boxes - len(result.wrong_boxes) for result in results),
        lines=sum(result.lines for result in results),
        lines_right=sum(result.lines - len(result.wrong_lines) for result in results),
        mean_score=fmean(comparison.picture.score for comparison in comparisons) if comparisons else 0.0,
        worst=max(comparisons, key=lambda comparison: comparison.picture.score, default=None),
    )


def write(folder: Path, comparisons: Sequence[Comparison], failures: Sequence[Failure]) -> Path:
    """Write index.html and the pictures it shows. Returns the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    ordered = sorted(comparisons, key=_badness, reverse=True)
    sections = [_failure(failure) for failure in failures] + [_section(folder, item) for item in ordered]
    page = folder / "index.html"
    page.write_text(
        f"<!doctype html><meta charset=utf-8><title>Signet beside Chromium</title><style>{_STYLE}</style>"
        f"<h1>Signet beside Chromium</h1><pre>{html.escape(str(totals(comparisons, failures)))}</pre>"
        + "\n".join(sections),
        "utf-8",
    )
    return page


def _badness(comparison: Comparison) -> tuple[bool, float]:
    wrong = len(comparison.geometry.wrong_boxes) + len(comparison.geometry.wrong_lines)
    return bool(comparison.problems), comparison.picture.score + wrong


def _failure(failure: Failure) -> str:
    return f'<section class="fails"><h2>{failure.name}</h2><pre>{html.escape(failure.message)}</pre></section>'


def _section(folder: Path, comparison: Comparison) -> str:
    kind = "fails" if comparison.problems else "known" if comparison.known else ""
    figures = "".join(
        f'<figure><img src="{_saved(folder, comparison.name, label, picture)}">'
        f"<figcaption>{label}</figcaption></figure>"
        for label, picture in (
            ("Chromium", comparison.chromium),
            ("Signet", comparison.signet),
            ("difference", _difference(comparison)),
        )
    )
    result = comparison.geometry
    wrong = "\n".join(str(mismatch) for mismatch in (*result.wrong_boxes, *result.wrong_lines))
    reason = f"<p>Known: {html.escape(comparison.known.reason)}</p>" if comparison.known else ""
    return (
        f'<section class="{kind}" id="{comparison.name}"><h2>{comparison.name}</h2>'
        f'<p class="scores">score {comparison.picture.score:.2f}: {comparison.picture}; '
        f"boxes {result.boxes - len(result.wrong_boxes)}/{result.boxes}, "
        f"lines {result.lines - len(result.wrong_lines)}/{result.lines}</p>{reason}"
        f'<div class="row">{figures}</div>' + (f"<pre>{html.escape(wrong)}</pre>" if wrong else "") + "</section>"
    )


def _saved(folder: Path, name: str, label: str, picture: Image.Image) -> str:
    path = folder / "pictures" / f"{name}-{label.lower()}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
    return str(path.relative_to(folder))


def _difference(comparison: Comparison) -> Image.Image:
    """Black where nobody sees a difference, brighter the greater it is, white from ΔE 40."""
    if comparison.chromium.size != comparison.signet.size:
        return Image.new("RGB", comparison.chromium.size, "white")
    distance = pictures.differences(comparison.chromium, comparison.signet)
    return Image.fromarray(np.clip(distance * (255 / 40), 0, 255).astype(np.uint8))
