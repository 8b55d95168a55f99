"""One case, rendered by Signet, compared with what Chromium said, and judged."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image

from tests.fidelity import answers, geometry, pictures, signet
from tests.fidelity.cases import Case
from tests.fidelity.geometry import GeometryResult
from tests.fidelity.pictures import PictureResult
from tests.fidelity.source import digest_of, page_of

_KNOWN = Path(__file__).parent / "known.toml"


@dataclass(frozen=True, slots=True)
class Known:
    """An accepted difference: why, and how far it may go, so that it can't grow unseen."""

    reason: str
    picture: float = 1.0  # score
    geometry: int = 0  # boxes and lines that don't agree


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of one case."""

    name: str
    geometry: GeometryResult
    picture: PictureResult
    chromium: Image.Image
    signet: Image.Image
    known: Known | None

    @property
    def problems(self) -> list[str]:
        """What goes beyond the tolerances and the known differences; empty if the case passes."""
        known = self.known or Known("")
        wrong = [*self.geometry.wrong_boxes, *self.geometry.wrong_lines]
        problems = [str(mismatch) for mismatch in wrong] if len(wrong) > known.geometry else []
        if self.picture.score > known.picture:
            problems.append(f"picture: {self.picture}")
        return problems


class NoAnswerError(LookupError):
    """Chromium was not asked about a case, or was asked about an older form of it."""


def compare_case(case: Case) -> Comparison:
    """Render a case and compare it. Raises NoAnswerError, and RendererError if Signet can't render it."""
    answer = answers.load(case.name)
    if answer is None:
        raise NoAnswerError(f"There is no answer for {case.name}; run `make fidelity-ask`.")
    laid = signet.lay_out(case)
    if digest_of(page_of(case, laid)) != answer.source:
        raise NoAnswerError(f"{case.name} has changed since Chromium was asked; run `make fidelity-ask`.")
    theirs = pictures.opened(answers.picture_path(case.name).read_bytes())
    ours = pictures.opened(signet.picture_of(case))
    return Comparison(
        name=case.name,
        geometry=geometry.compare(answer.nodes, signet.nodes_of(laid)),
        picture=pictures.compare(theirs, ours),
        chromium=theirs,
        signet=ours,
        known=known_differences().get(case.name),
    )


@lru_cache(maxsize=1)
def known_differences() -> dict[str, Known]:
    """Accepted differences by case."""
    with _KNOWN.open("rb") as file:
        return {name: Known(**entry) for name, entry in tomllib.load(file).items()}
