"""An origin with nginx in front of it, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.edge.servers import Edge, running_nginx
from tests.server.live_server import LiveServer, live_server, write_template

CARD = """\
ttl = "1h"
[variables.title]
type = "text"
required = true
max_length = 60
"""
LIVE = """\
email_live = true
[variables.title]
type = "text"
"""


@pytest.fixture(scope="session")
def http_templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`card`, `live` (for mails) and `broken`."""
    folder = tmp_path_factory.mktemp("http-templates")
    write_template(folder / "card", "<body>{{ title }}</body>", CARD, {"title": "Example"})
    write_template(folder / "live", "<body>{{ title }}</body>", LIVE, {"title": "Example"})
    write_template(folder / "broken", "<body>{{ if }}</body>")
    return folder


@pytest.fixture(scope="session")
def http_origin(tmp_path_factory: pytest.TempPathFactory, http_templates: Path) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("http-data"), http_templates, max_body_bytes=100_000) as server:
        yield server


@pytest.fixture(scope="session")
def http_edge(http_origin: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with running_nginx(urlsplit(http_origin.url).netloc, tmp_path_factory.mktemp("http-edge")) as edge:
        yield edge
