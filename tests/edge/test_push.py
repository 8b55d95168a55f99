"""What is pushed is shown by the very next request through a real nginx, and only what shows it is asked for again."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.edge.servers import running_nginx
from tests.server.api.shop import AUTHORIZATION, HOOK, MANY, ONE, push, running_shop, send
from tests.server.conftest import STOCK_SECRET


def test_the_next_request_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNET_SECRET_STOCK", STOCK_SECRET)
    with (
        running_shop(tmp_path) as shop,
        running_nginx(urlsplit(shop.url).netloc, tmp_path / "data" / "edge") as edge,
        edge.client() as client,
    ):
        one, berlin, paris = shop.path("one"), shop.path("many", shop="berlin"), shop.path("many", shop="paris")
        for name in ("berlin", "paris"):
            push(shop, f"{MANY}?key={name}", {"left": 1})

        def hits() -> list[bool]:
            return [client.get(url).headers["cache-status"].endswith("edge; hit") for url in (one, berlin, paris)]

        seen = [client.get(one).content]
        hits()
        assert hits() == [True, True, True]
        push(shop, f"{MANY}?key=berlin", {"left": 2})
        assert hits() == [True, False, True]
        push(shop, f"{MANY}?key=berlin", {"left": 2})
        assert hits() == [True, True, True]
        push(shop, ONE, {"left": 1})
        seen.append(client.get(one).content)
        push(shop, ONE, {"left": 2}, "PATCH")
        seen.append(client.get(one).content)
        send(shop, HOOK, '{"left": 3}')
        seen.append(client.get(one).content)
        assert len(set(seen)) == 4
        assert client.put(ONE, json={"left": 4}, headers=AUTHORIZATION).status_code == 200
        assert client.get(one).content not in seen
        shop.ask(ONE, "DELETE", AUTHORIZATION)
        assert client.get(one).content == seen[0]
        assert hits() == [True, True, True]
