"""Images from elsewhere in commands that need no server."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from renderer import ImageFacts
from server.assets import AssetLibrary
from tests.server.commands.conftest import Run
from tests.server.live_server import write_template
from tests.server.outgoing.origin import Origin, png, reply, serving

RED, BLUE, GREEN = (255, 0, 0), (0, 0, 255), (0, 128, 0)
HTML = """\
<style>body { margin: 0; display: flex } img { width: 40px; height: 60px }</style>
<img src="http://127.0.0.1:{{ port }}/a.png"><img src="asset:logo">
"""
MANIFEST = 'placeholder = "green.png"\n[variables.port]\ntype = "integer"\nrequired = true\n'


@pytest.fixture
def origin(templates: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Origin]:
    monkeypatch.setenv("SIGNET_ALLOWED_HOSTS", "127.0.0.1")
    logo = png("#0000ff")
    library = AssetLibrary(data_dir / "assets", max_bytes=10_000, clock=lambda: 0.0)
    asyncio.run(library.put("logo", logo, hashlib.sha256(logo).hexdigest(), ImageFacts("image/png", 8.0, 8.0)))
    with serving() as origin:
        origin.answers["/a.png"] = reply(200, png("#ff0000"))
        write_template(templates / "photo", HTML, MANIFEST, {"port": origin.port}, {"green.png": png("#008000")})
        yield origin


def pixels(path: Path) -> list[object]:
    with Image.open(path) as image:
        return [image.convert("RGB").getpixel((x, 30)) for x in (20, 60)]


def test_render_fetches_unless_told_otherwise(run: Run, origin: Origin, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    assert run("render", "photo", "--example", "-o", str(out)).exit_code == 0
    assert pixels(out) == [RED, BLUE]
    result = run("render", "photo", "--example", "--no-fetch", "-o", str(out))
    assert pixels(out) == [GREEN, BLUE]
    assert "it was not fetched; --fetch allows it" in result.output
    assert len(origin.asked) == 1


def test_the_guard_applies(run: Run, origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGNET_ALLOWED_HOSTS")
    out = tmp_path / "out.png"
    result = run("render", "photo", "--example", "-o", str(out))
    assert result.exit_code == 0
    assert "not on the public internet" in result.output
    assert (pixels(out), origin.asked) == ([GREEN, BLUE], [])


def test_inspect_and_check_fetch_if_told(run: Run, origin: Origin) -> None:
    for command in (["inspect", "photo"], ["check", "photo"]):
        assert "image-unresolved" in run(*command).output
        assert origin.asked == []
        assert "image-unresolved" not in run(*command, "--fetch").output
        assert len(origin.asked) == 1
        origin.asked.clear()
    found = json.loads(run("inspect", "photo", "--json").output)["diagnostics"]
    (finding,) = [item for item in found if item["code"] == "image-unresolved"]
    assert (finding["file"], finding["line"], finding["element"]) == ("template.html", 2, "img")
