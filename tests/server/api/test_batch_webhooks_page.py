"""The examples of docs/batch-webhooks.md: receivers as the page has them, and messages of the shape that it shows."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from standardwebhooks import Webhook

from server.batch.deliveries.schedule import SCHEDULE
from server.edge import free_loopback_address
from server.keys import WEBHOOK_SECRET_FILE
from server.quantities import parse_duration
from tests.server.live_server import API_KEY, REPOSITORY, LiveServer, live_server, wait_until
from tests.server.outgoing.origin import reply, serving

PAGE = (REPOSITORY / "docs/batch-webhooks.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.M | re.S)
MESSAGE, LIST = (json.loads(text) for language, text in BLOCKS if language == "json")
RECEIVERS = {language: text for language, text in BLOCKS if language in ("python", "js")}
(CALLS,) = (text for language, text in BLOCKS if language == "sh")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, live_templates: Path) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("data"), live_templates, allowed_hosts=("127.0.0.1",)) as running:
        yield running


def secret_of(server: LiveServer) -> str:
    return (server.settings.data_dir / WEBHOOK_SECRET_FILE).read_text().strip()


def submit(server: LiveServer, url: str) -> str:
    rows = [{"title": "a", "_id": "sku-1"}, {"title": "x" * 99, "_id": "sku-2"}]
    answer = server.call("/v1/batches", {"template": "card", "rows": rows, "webhook_url": url})
    assert answer.status == 202
    return str(answer.json()["id"])


def deliveries(server: LiveServer, batch: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.call(f"/v1/batches/{batch}/deliveries").json()["deliveries"]  # type: ignore[assignment]
    return found


@contextmanager
def running(language: str, secret: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A receiver of the page on a free port."""
    address = free_loopback_address()
    program = RECEIVERS[language].replace("9000", address.partition(":")[2])
    command = [sys.executable, "-c"] if language == "python" else ["node", "-e"]
    process = subprocess.Popen(
        [*command, program],
        env=os.environ | {"SIGNET_SECRET": secret},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        wait_until(lambda: status_of(address, b"{}") == 400)
        yield f"http://{address}/hook", process
    finally:
        process.kill()
        process.communicate()


def status_of(address: str, body: bytes) -> int | None:
    """What a receiver answers to a message that is not genuine."""
    parts = urlsplit(f"//{address}")
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request(
            "POST", "/", body, {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,"}
        )
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


@pytest.mark.parametrize("language", ["python", "js"])
def test_receivers_accept_what_is_genuine_and_nothing_else(server: LiveServer, language: str) -> None:
    if language == "js" and shutil.which("node") is None:
        pytest.skip("Node (Debian: nodejs) is not installed")
    with running(language, secret_of(server)) as (url, process):
        batch = submit(server, url)
        assert process.stdout is not None
        line = process.stdout.readline()
        wait_until(lambda: deliveries(server, batch)[0]["state"] == "delivered")
        (delivery,) = deliveries(server, batch)
        assert line.split() == [delivery["id"], "batch.completed", batch]
        assert delivery["log"][0]["status"] == 204


def test_messages_and_answers_look_as_the_page_shows(server: LiveServer) -> None:
    with serving() as receiver:
        receiver.answers["/hook"] = reply(500)
        batch = submit(server, receiver.url("/hook"))
        wait_until(lambda: deliveries(server, batch) and deliveries(server, batch)[0]["log"])
        asked = receiver.asked[0]
        message = Webhook(secret_of(server)).verify(asked.body, dict(asked.headers))
        assert shape(message) == shape(MESSAGE)
        assert shape({"deliveries": deliveries(server, batch)}) == shape(LIST)


def shape(value: object) -> object:
    """What names there are, at every depth; of a list those of its first element; of metadata none."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items() if name != "metadata"}
    return [shape(value[0])] if isinstance(value, list) and value and isinstance(value[0], dict) else None


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_calls_work(server: LiveServer) -> None:
    with serving() as receiver:
        receiver.answers["/hook"] = reply(200)
        batch = submit(server, receiver.url("/hook"))
        wait_until(lambda: receiver.asked)
        script = CALLS.replace("https://img.example.com", server.url).replace("curl ", "curl -sS --fail --noproxy '*' ")
        identity = receiver.asked[0].headers["webhook-id"]
        variables = {"KEY": API_KEY, "BATCH": batch, "DELIVERY": identity}
        subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env=os.environ | variables,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        wait_until(lambda: len(receiver.asked) == 2)


def test_the_schedule_is_the_one_of_the_page() -> None:
    (row,) = re.findall(r"^\| at once \|(.*)\|$", PAGE, re.M)
    steps = [step.strip().replace(" ", "").replace("min", "m") for step in row.split("|")]
    assert [0.0, *(parse_duration(step) for step in steps)] == list(SCHEDULE)
