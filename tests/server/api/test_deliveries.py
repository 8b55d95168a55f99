"""Webhooks of batches end to end: a job over HTTP, and what its receiver gets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from server.keys import WEBHOOK_SECRET_FILE
from tests.server.live_server import LiveServer, live_server, wait_until
from tests.server.outgoing.origin import Origin, reply, serving

JOBS = "/v1/batches"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, live_templates: Path) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("data"), live_templates, allowed_hosts=("127.0.0.1",)) as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Origin]:
    with serving() as origin:
        yield origin


def submit(server: LiveServer, url: str, rows: list[dict[str, object]], **options: object) -> str:
    answer = server.call(JOBS, {"template": "card", "rows": rows, "webhook_url": url, **options})
    assert answer.status == 202, answer.body
    return str(answer.json()["id"])


def messages(server: LiveServer, receiver: Origin) -> list[dict[str, Any]]:
    """All that the receiver got, verified by the public library."""
    secret = (server.settings.data_dir / WEBHOOK_SECRET_FILE).read_text().strip()
    return [Webhook(secret).verify(asked.body, dict(asked.headers)) for asked in receiver.asked]


def deliveries(server: LiveServer, batch: str) -> list[dict[str, Any]]:
    answer = server.call(f"{JOBS}/{batch}/deliveries")
    assert answer.status == 200
    found: list[dict[str, Any]] = answer.json()["deliveries"]  # type: ignore[assignment]
    return found


def test_a_job_tells_its_end_once_every_picture_is_there(server: LiveServer, receiver: Origin) -> None:
    receiver.answers["/hook"] = reply(200)
    rows: list[dict[str, object]] = [{"title": f"Row {number}", "_id": f"sku-{number}"} for number in range(3)]
    batch = submit(server, receiver.url("/hook"), [*rows, {"title": "x" * 99, "_id": "long"}], metadata={"order": "7"})
    wait_until(lambda: receiver.asked)
    (message,) = messages(server, receiver)
    told = message["data"]["batch"]
    assert (message["type"], told["id"], told["outcome"]) == ("batch.completed", batch, "partial")
    assert told["metadata"] == {"order": "7"}
    assert [row["custom_id"] for row in message["data"]["failed_rows"]] == ["long"]
    now = server.call(f"{JOBS}/{batch}").json()
    assert told == {**now, "metadata": {"order": "7"}}
    wait_until(lambda: deliveries(server, batch)[0]["state"] == "delivered")
    (delivery,) = deliveries(server, batch)
    assert delivery["id"] == receiver.asked[0].headers["webhook-id"]
    assert (delivery["event"], delivery["attempts"], delivery["log"][0]["status"]) == ("batch.completed", 1, 200)

    again = server.call(f"{JOBS}/{batch}/deliveries/{delivery['id']}/redeliver", method="POST")
    assert (again.status, again.json()["state"]) == (200, "pending")
    wait_until(lambda: len(receiver.asked) == 2)
    assert messages(server, receiver)[1] == message
    assert receiver.asked[1].headers["webhook-id"] == delivery["id"]


def test_a_pilot_tells_that_it_waits(server: LiveServer, receiver: Origin) -> None:
    receiver.answers["/hook"] = reply(200)
    batch = submit(server, receiver.url("/hook"), [{"title": "a"}, {"title": "b"}], pilot=1)
    wait_until(lambda: len(receiver.asked) == 1)
    assert server.call(f"{JOBS}/{batch}/continue", method="POST").status == 200
    wait_until(lambda: len(receiver.asked) == 2)
    assert [each["type"] for each in messages(server, receiver)] == ["batch.awaiting_approval", "batch.completed"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [("https://10.0.0.1.internal/", "no name of the public internet"), ("mailto:me", "https:// or http://")],
)
def test_an_address_that_nobody_can_be_reached_by_is_refused_at_once(server: LiveServer, url: str, reason: str) -> None:
    answer = server.call(JOBS, {"template": "card", "rows": [{"title": "a"}], "webhook_url": url})
    assert answer.status == 422
    found: dict[str, Any] = answer.json()
    (problem,) = found["problems"]
    assert problem["name"] == "webhook_url"
    assert reason in problem["message"]


def test_what_is_not_there_and_who_may_not_ask(server: LiveServer, receiver: Origin) -> None:
    receiver.answers["/hook"] = reply(200)
    batch = submit(server, receiver.url("/hook"), [{"title": "a"}])
    unknown = f"{JOBS}/{batch}/deliveries/msg_{'0' * 32}/redeliver"
    answer = server.call(unknown, method="POST")
    assert (answer.status, answer.json()["code"]) == (404, "unknown-delivery")
    assert server.call(f"{JOBS}/batch_{'0' * 24}/deliveries").json()["code"] == "unknown-batch"
    assert server.call(unknown, method="POST", key=None).status == 401
    assert server.call(f"{JOBS}/{batch}/deliveries", key=None).status == 401
    wait_until(lambda: receiver.asked)


def test_jobs_without_an_address_have_no_deliveries(server: LiveServer) -> None:
    answer = server.call(JOBS, {"template": "card", "rows": [{"title": "a"}]})
    batch = str(answer.json()["id"])
    deadline = time.monotonic() + 30
    while server.call(f"{JOBS}/{batch}").json()["status"] != "completed":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert deliveries(server, batch) == []
