"""Collapsing margins (CSS 2.2 section 8.3.1)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class MarginStrut:
    """A set of adjoining margins: their largest positive and most negative member."""

    positive: float = 0.0
    negative: float = 0.0

    def add(self, margin: float) -> None:
        """Let one more margin adjoin."""
        if margin >= 0:
            self.positive = max(self.positive, margin)
        else:
            self.negative = min(self.negative, margin)

    def join(self, other: MarginStrut) -> None:
        """Let all margins of another set adjoin."""
        self.positive = max(self.positive, other.positive)
        self.negative = min(self.negative, other.negative)

    def copy(self) -> MarginStrut:
        """An independent set with the same members."""
        return MarginStrut(self.positive, self.negative)

    @property
    def total(self) -> float:
        """The one margin that the set collapses to."""
        return self.positive + self.negative
