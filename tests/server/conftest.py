"""Servers that many tests share. Tests that break something start their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import RedisServer, redis_program, running_redis
from tests.databases import PostgreSQL, postgresql_programs, running_postgresql
from tests.server.live_server import LiveServer, live_server, write_template

CARD = """\
[variables.title]
type = "text"
required = true
max_length = 40
[variables.count]
type = "integer"
min = 0
max = 9
[variables.tags]
type = "list"
items = "text"
[variables.picture]
type = "image"
[variants.dark]
properties = { "--paper" = "#000000" }
"""
STOCK = """\
[bindings.level]
push = true
webhook_secret = "env:SIGNET_SECRET_STOCK"
when_missing = "hide"
example = {left = 3}
"""
STOCK_HTML = "<body>{{ level.left }}</body>"
STOCK_SECRET = "whsec_c2lnbmV0LXRlc3RzLW9ubHktc2lnbmV0LXRlc3Rz"
CARD_HTML = """\
<style>body { background: var(--paper, #fff); color: #888; font: 20px Inter } img { width: 20px; height: 20px }</style>
<body><b>{{ title }}</b> {{ count }} {{ tags | join(" ") }} {{ if picture }}<img src="{{ picture }}">{{ end }}</body>
"""


@pytest.fixture(scope="session")
def live_templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three small templates."""
    folder = tmp_path_factory.mktemp("templates")
    write_template(
        folder / "card",
        CARD_HTML,
        CARD,
        {"title": "Hello", "count": 3, "tags": ["a", "b"]},
        {"torn.png": b"\x89PNG\r\n\x1a\n and no more"},
    )
    write_template(folder / "plain", "<body>Plain</body>")
    # The templates of the examples in the OpenAPI document.
    write_template(folder / "stock", STOCK_HTML, STOCK)
    os.environ["SIGNET_SECRET_STOCK"] = STOCK_SECRET
    write_template(folder / "article", "<body>{{ title }}</body>", '[variables.title]\ntype = "text"\n')
    return folder


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory, live_templates: Path) -> Iterator[LiveServer]:
    """A server with the templates `card`, `plain` and `article`, which wants its API key."""
    with live_server(tmp_path_factory.mktemp("data"), live_templates) as server:
        yield server


@pytest.fixture
def frail(tmp_path: Path, live_templates: Path) -> Iterator[LiveServer]:
    """A server of one render process, one place in its queue, and three seconds for a render."""
    with live_server(tmp_path, live_templates, queue_limit=1, render_timeout=3) as server:
        server.ask(server.path("card", title="Warm up"))
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL for the session."""
    programs = postgresql_programs()
    if programs is None:
        pytest.skip("PostgreSQL (Debian: postgresql) is not installed")
    with running_postgresql(programs) as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    """A Redis for the session."""
    if redis_program() is None:
        pytest.skip("Redis (Debian: redis-server) is not installed")
    with running_redis() as server:
        yield server
