"""Two templates with pushed data, one record for all and one for each shop, and what pushes it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from standardwebhooks import Webhook

from tests.server.conftest import STOCK_SECRET
from tests.server.live_server import API_KEY, Answer, LiveServer, live_server, write_template

MANIFEST = """\
[bindings.level]
push = true
webhook_secret = "env:SIGNET_SECRET_STOCK"
when_missing = "default"
default = {left = 0}
type = "object"
[bindings.level.fields]
left = { type = "integer", required = true, min = 0 }
note = { type = "text", max_length = 20 }
"""
KEYED = """\
[variables.shop]
type = "text"
default = "berlin"
[bindings.level]
push = true
key = "{{ shop }}"
webhook_secret = "env:SIGNET_SECRET_STOCK"
webhook = "merge"
when_missing = "hide"
[bindings.quiet]
push = true
when_missing = "hide"
[bindings.fetched]
url = "https://a.example/x"
when_missing = "hide"
"""
AUTHORIZATION = {"Authorization": f"Bearer {API_KEY}"}
JSON = {"Content-Type": "application/json"}
MERGE = {"Content-Type": "application/merge-patch+json"}
ONE = "/v1/bindings/one/level"
MANY = "/v1/bindings/many/level"
HOOK = "/v1/hooks/one/level"
HOOKS = "/v1/hooks/many/level"


def push(server: LiveServer, path: str, data: object, method: str = "PUT", **headers: str) -> Answer:
    kind = MERGE if method == "PATCH" else JSON
    sent = kind | AUTHORIZATION | {name.replace("_", "-"): value for name, value in headers.items()}
    return server.ask(path, method, sent, data if isinstance(data, bytes) else json.dumps(data).encode())


def read(server: LiveServer, path: str) -> Answer:
    return server.ask(path, headers=AUTHORIZATION)


def send(
    server: LiveServer, path: str, body: str, message: str = "msg_1", shift: int = 0, secret: str = STOCK_SECRET
) -> Answer:
    """A webhook from the specification's public library, whose clock is `shift` seconds ahead."""
    now = int(time.time()) + shift
    signature = Webhook(secret).sign(message, datetime.fromtimestamp(now, UTC), body)
    headers = {"webhook-id": message, "webhook-timestamp": str(now), "webhook-signature": signature}
    return server.ask(path, "POST", JSON | headers, body.encode())


@contextmanager
def running_shop(folder: Path, database_url: str = "") -> Iterator[LiveServer]:
    """A server with both templates."""
    templates = folder / "templates"
    write_template(templates / "one", "<body>{{ level.left }} {{ level.note }}</body>", MANIFEST)
    write_template(templates / "many", "<body>{{ shop }} {{ level.left }}</body>", KEYED)
    with live_server(folder / "data", templates, database_url=database_url) as server:
        yield server
