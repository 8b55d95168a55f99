"""One server's services for all tests of checks, on the tests' own event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.images import ImageService
from server.services import open_services
from server.settings import load_settings
from tests.server.live_server import API_KEY, write_template

TEXT = '[variables.title]\ntype = "text"\n'
NOISE = '[variables.photo]\ntype = "image"\n'


@pytest.fixture(scope="package")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="package")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Templates that show little: `card` a line of text, `faint` one that can hardly be read, `cut` one that is cut."""
    folder = tmp_path_factory.mktemp("templates")
    bodies = {
        "card": "<body style='font: 20px Inter'>{{ title }}</body>",
        "faint": "<body style='font: 20px Inter; color: #ccc; background: #fff'>{{ title }}</body>",
        "cut": "<p style='font: 20px Inter; width: 100px; line-clamp: 1; margin: 0'>{{ title }}</p>",
        "row": "<p style='font: 20px Inter; width: 50px; white-space: nowrap; margin: 0'>{{ title }}</p>",
        "sized": "<body style='font: 20px Inter'>{{ title }}</body>",
    }
    for name, body in bodies.items():
        manifest = ("allow_size = true\n" if name == "sized" else "") + TEXT
        write_template(folder / name, body, manifest)
    write_template(folder / "photo", "<body><img src='{{ photo }}' style='width: 20px'>A</body>", NOISE)
    return folder


@pytest.fixture(scope="package")
async def images(
    anyio_backend: str, templates: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ImageService]:
    """A service that renders."""
    settings = load_settings(
        None, data_dir=tmp_path_factory.mktemp("data"), templates_dir=templates, renderers=1, api_keys=(API_KEY,)
    )
    async with open_services(settings) as services:
        yield services.images
