"""The database goes away and comes back while the server runs."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.databases import PostgreSQL
from tests.server.api.shop import ONE, push, read, running_shop
from tests.server.conftest import STOCK_SECRET


def test_pictures_stay_and_pushes_are_told_to_come_again(
    postgresql: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SIGNET_SECRET_STOCK", STOCK_SECRET)
    with running_shop(tmp_path, database_url=postgresql.new_database("outage")) as shop:
        push(shop, ONE, {"left": 3})
        before = shop.ask(shop.path("one"))
        postgresql.admit("outage", False)
        postgresql.disconnect("outage")
        with caplog.at_level(logging.WARNING):
            refused = push(shop, ONE, {"left": 4444})
        assert (refused.status, refused.headers["retry-after"]) == (503, "2")
        assert refused.json()["code"] == "database-unavailable"
        assert read(shop, ONE).status == 503
        assert "the database fails" in caplog.text
        assert not {"4444", "Traceback", "SELECT"} & set(caplog.text.split())
        meanwhile = shop.ask(shop.path("one"))
        assert (meanwhile.status, meanwhile.body, meanwhile.headers["x-signet-state"]) == (200, before.body, "stale")
        postgresql.admit("outage", True)
        assert push(shop, ONE, {"left": 4444}).status == 200
        assert shop.ask(shop.path("one")).headers["x-signet-state"] == "fresh"
