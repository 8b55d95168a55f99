"""Webhooks: a signature by the specification's public library stands for the API key."""

from __future__ import annotations

import base64
import logging
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.server.api.shop import AUTHORIZATION, HOOK, HOOKS, JSON, MANY, ONE, push, read, running_shop, send
from tests.server.conftest import STOCK_SECRET
from tests.server.live_server import LiveServer

OTHER_SECRET = "whsec_" + base64.b64encode(b"another secret of the same size").decode()


def test_a_signature_stands_for_the_api_key(shop: LiveServer) -> None:
    assert send(shop, HOOK, '{"left": 5}').status == 201
    assert read(shop, ONE).json()["data"] == {"left": 5}
    assert shop.ask(shop.path("one")).headers["x-signet-state"] == "fresh"


def test_a_message_that_comes_twice_is_applied_once(shop: LiveServer) -> None:
    send(shop, HOOK, '{"left": 5}')
    push(shop, ONE, {"left": 6})
    again = send(shop, HOOK, '{"left": 5}')
    assert (again.status, again.json()["changed"], again.json()["version"]) == (200, False, 2)
    assert read(shop, ONE).json()["data"] == {"left": 6}
    assert send(shop, HOOK, '{"left": 7}', "msg_2").json()["version"] == 3


def test_nor_does_it_bring_back_what_was_deleted(shop: LiveServer) -> None:
    send(shop, HOOK, '{"left": 5}')
    shop.ask(ONE, "DELETE", AUTHORIZATION)
    again = send(shop, HOOK, '{"left": 5}')
    assert (again.status, again.json()) == (200, {"template": "one", "name": "level", "changed": False})
    assert read(shop, ONE).status == 404


def test_a_message_for_two_records_reaches_both(shop: LiveServer) -> None:
    push(shop, f"{MANY}?key=paris", {"left": 1})
    for key in ("berlin", "paris"):
        assert send(shop, f"{HOOKS}?key={key}", '{"left": 2}').json()["changed"] is True
        assert read(shop, f"{MANY}?key={key}").json()["data"] == {"left": 2}


def test_a_message_that_was_refused_may_come_again(shop: LiveServer) -> None:
    assert send(shop, HOOK, '{"left": "many"}').status == 422
    assert send(shop, HOOK, '{"left": 5}').status == 201


def test_it_merges_where_the_manifest_says_so(shop: LiveServer) -> None:
    push(shop, f"{MANY}?key=berlin", {"left": 1, "open": True})
    assert send(shop, f"{HOOKS}?key=berlin", '{"left": 2}').status == 200
    assert read(shop, f"{MANY}?key=berlin").json()["data"] == {"left": 2, "open": True}


@pytest.mark.parametrize("shift", [-400, 400])
def test_old_messages_are_refused(closed_shop: LiveServer, shift: int) -> None:
    answer = send(closed_shop, HOOK, '{"left": 5}', shift=shift)
    assert (answer.status, answer.json()["code"]) == (401, "invalid-delivery")
    assert "away from our time" in answer.body.decode()


def test_unsigned_and_changed_ones_too(closed_shop: LiveServer) -> None:
    assert closed_shop.ask(HOOK, "POST", JSON, b"{}").status == 401
    now = int(time.time())
    signature = Webhook(STOCK_SECRET).sign("msg_1", datetime.fromtimestamp(now, UTC), '{"left": 5}')
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(now), "webhook-signature": signature}
    assert closed_shop.ask(HOOK, "POST", JSON | headers, b'{"left": 500}').status == 401
    assert closed_shop.ask(HOOK, "POST", JSON | headers | {"webhook-signature": "v1,\u00e9"}, b"{}").status == 401
    assert send(closed_shop, HOOK, '{"left": 5}', secret=OTHER_SECRET).status == 401
    assert read(closed_shop, ONE).status == 404


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (HOOKS, "{}", 422),
        (f"{HOOK}?key=x", '{"left": 1}', 422),
        (HOOK, "{", 400),
        (HOOK, '{"left": "' + "x" * 1_000_000 + '"}', 413),
    ],
)
def test_what_does_not_fit_is_refused_as_from_the_api(
    closed_shop: LiveServer, path: str, body: str, status: int
) -> None:
    assert send(closed_shop, path, body).status == status


def test_strangers_learn_nothing_but_where_webhooks_are_taken(closed_shop: LiveServer) -> None:
    paths = ("/v1/hooks/none/level", "/v1/hooks/one/levels", "/v1/hooks/many/fetched", "/v1/hooks/many/quiet")
    answers = [closed_shop.ask(path, "POST", JSON, b"{}").json() for path in paths]
    assert {answer["detail"] for answer in answers} == {
        "No webhooks are taken here: that needs a binding with push and webhook_secret."
    }
    assert closed_shop.ask(HOOKS, "POST", JSON, b"{}").status == 401


def test_while_a_secret_rotates_both_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNET_SECRET_STOCK", f"{OTHER_SECRET} {STOCK_SECRET}")
    with running_shop(tmp_path) as server:
        assert send(server, HOOK, '{"left": 1}', "msg_1").status == 201
        assert send(server, HOOK, '{"left": 2}', "msg_2", secret=OTHER_SECRET).status == 200


def test_a_secret_that_can_not_be_used_is_named_in_the_log_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SIGNET_SECRET_STOCK", "not-a-secret-of-webhooks")
    with running_shop(tmp_path) as server, caplog.at_level(logging.ERROR):
        answer = send(server, HOOK, '{"left": 1}')
    assert (answer.status, answer.json()["code"]) == (502, "secret-unavailable")
    assert "SIGNET_SECRET_STOCK" not in answer.body.decode()
    assert "secret SIGNET_SECRET_STOCK: a webhook secret is whsec_" in caplog.text
    assert "not-a-secret-of-webhooks" not in caplog.text
