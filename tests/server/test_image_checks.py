"""Image files looked into by the render processes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from renderer import DEFAULT_LIMITS, ImageFacts
from renderer.errors import AssetError
from server.farm.errors import FarmClosed
from server.farming import make_farm
from server.image_checks import ImageChecks
from server.outgoing.errors import WrongContent
from server.settings import load_settings
from tests.server.outgoing.origin import png


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_what_can_be_drawn_passes_and_what_nobody_can_look_at(tmp_path: Path, anyio_backend: str) -> None:
    good, bad = png(), png(size=(300, 300))[:-40]
    farm = make_farm(load_settings(None, data_dir=tmp_path, renderers=1))
    checks = ImageChecks(farm, DEFAULT_LIMITS)
    farm.start()
    try:
        assert await checks.facts(good, hashlib.sha256(good).hexdigest()) == ImageFacts("image/png", 8.0, 8.0)
        await checks.accept(good, "good")
        with pytest.raises(WrongContent, match="broken or incomplete"):
            await checks.accept(bad, "bad")
        with pytest.raises(AssetError):
            await checks.facts(bad, "bad")
    finally:
        await farm.stop()
    with pytest.raises(FarmClosed):
        await checks.facts(good, "good")
    await checks.accept(bad, "bad")  # the render will tell
