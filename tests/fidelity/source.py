"""The page that Chromium is asked about, and the digest by which its answer is known to be about this very page."""

from __future__ import annotations

import hashlib

from renderer.pipeline import Laid
from tests.fidelity.cases import Case
from tests.fidelity.serialise import serialise
from tests.fidelity.signet import lay_out


def page_of(case: Case, laid: Laid | None = None) -> str:
    """A case as HTML: as it was written, or what a template of the gallery expands to (`laid` if that is at hand)."""
    return serialise(laid or lay_out(case)) if case.is_gallery else case.source


def digest_of(page: str) -> str:
    """Short digest of a page."""
    return hashlib.sha256(page.encode()).hexdigest()[:16]
