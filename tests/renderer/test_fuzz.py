"""Whole renders of documents that nobody would write: they end in a picture or a renderer error, never otherwise.

The same documents every time, so that a run says something about the code; `make fuzz` looks for others, and for long:
`SIGNET_FUZZ_EXAMPLES` sets how many.
"""

from __future__ import annotations

import math
import os

from hypothesis import HealthCheck, given, settings

from renderer import Limits, RenderOptions, compile_bundle, render_typed
from renderer.errors import RendererError
from renderer.layout.fragments import Fragment
from renderer.pipeline import lay_out
from renderer.template import bundle_from_files
from tests.renderer.documents import DOCUMENTS

WANTED = os.environ.get("SIGNET_FUZZ_EXAMPLES")
EXAMPLES = int(WANTED or "120")
MANIFEST = b"size = {width = 120, height = 80}"
LIMITS = Limits(nodes=400, text_length=4000)


def numbers(fragment: Fragment) -> list[float]:
    """All coordinates of a fragment tree."""
    found = [fragment.x, fragment.y, fragment.width, fragment.height]
    for child in (*fragment.children, *fragment.positioned):
        found += numbers(child)
    for line in fragment.lines:
        found += [line.x, line.y, line.width, line.height, line.baseline]
        for item in line.items:
            found += numbers(item) if isinstance(item, Fragment) else [item.x, item.y, item.width]
    return found


@settings(max_examples=EXAMPLES, deadline=None, derandomize=not WANTED, suppress_health_check=list(HealthCheck))
@given(DOCUMENTS)
def test_any_document_is_a_picture_or_a_renderer_error(source: str) -> None:
    bundle = bundle_from_files(
        "case", {"template.html": source.encode("utf-8", "surrogatepass"), "template.toml": MANIFEST}
    )
    try:
        compiled = compile_bundle(bundle, limits=LIMITS)
        laid = lay_out(compiled, {}, RenderOptions(), limits=LIMITS)
        assert all(math.isfinite(number) for number in numbers(laid.fragment)), "a box without a place"
        result = render_typed(compiled, {}, RenderOptions(), limits=LIMITS)
    except RendererError:
        return
    assert result.data.startswith(b"\x89PNG")
