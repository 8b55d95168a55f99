"""The server is killed at chosen moments: while an upload comes in, before its answer, while its rows are read."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.batch_crash.accounts import Client, cards, check_accounts, check_pictures
from tests.edge.servers import running_nginx
from tests.server.live_server import PATIENCE

ROWS_A_ROUND = 1_500


def test_reading_goes_on_where_it_was_cut_off(any_client: Client, draw: random.Random, rounds: int) -> None:
    rows = cards("read", ROWS_A_ROUND * (rounds + 1))
    batch = any_client.submit(rows, dry_run=True)
    statuses = []
    for _ in range(rounds):
        # Reading that ends its server three times without a single new row is given up.
        any_client.wait_for_more_rows(batch)
        time.sleep(draw.uniform(0.0, 0.3))
        statuses.append(any_client.job(batch)["status"])
        any_client.deployment.kill_server()
    any_client.ended(batch)
    assert "validating" in statuses
    check_accounts(any_client, batch, rows)
    assert any_client.deployment.renders() == []


def _partial(folder: Path) -> bool:
    return any(folder.glob("*.part"))


def _received(folder: Path) -> bool:
    return any(folder.glob("*.ndjson"))


def _kept(folder: Path) -> bool:
    return any(folder.glob("batch_*"))


@pytest.mark.parametrize("moment", [_partial, _received, _kept], ids=["written", "received", "kept"])
def test_a_request_that_is_sent_again_makes_no_second_batch(client: Client, moment: Callable[[Path], bool]) -> None:
    rows, deployment = cards("sent", 100, pause=0), client.deployment
    with ThreadPoolExecutor(1) as executor:
        sent = executor.submit(client.post, rows, "one key", webhook_url=client.receiver.url)
        _wait_for(lambda: moment(deployment.uploads), sent)
        deployment.kill_server()
    assert isinstance(sent.exception(), httpx.TransportError) or sent.result().status_code == 202
    again = client.post(rows, "one key", webhook_url=client.receiver.url)
    assert again.status_code in (200, 202)
    (job,) = client.get("/v1/batches").json()["batches"]
    assert job["id"] == again.json()["id"]
    client.ended(job["id"])
    assert {row["status"] for row in check_accounts(client, job["id"], rows)} == {"succeeded"}
    third = client.post(rows, "one key", webhook_url=client.receiver.url)
    assert (third.status_code, third.json()["id"]) == (200, job["id"])


def _wait_for(moment: Callable[[], bool], sent: Future[httpx.Response]) -> None:
    """Look without a pause: the moment is short. It has passed if the answer is there."""
    deadline = time.monotonic() + PATIENCE
    while not moment() and not sent.done():
        assert time.monotonic() < deadline


def test_what_follows_the_rendering_goes_on(client: Client, draw: random.Random, rounds: int) -> None:
    deployment = client.deployment
    deployment.folder.joinpath("edge").mkdir()
    with running_nginx(deployment.address, deployment.folder / "edge") as edge:
        deployment.use_edge(edge.base_url)
        rows, statuses = cards("warm", 300, pause=0), []
        for _ in range(rounds):
            batch = client.submit(rows, warm_edge=True, checks={"duplicates": True})
            client.wait_for_status(batch, "finalizing")
            time.sleep(draw.uniform(0.0, 0.4))
            statuses.append(client.job(batch)["status"])
            deployment.kill_server()
            job = client.ended(batch)
            assert (job["counts"]["warmed"], job["outcome"]) == (len(rows), "succeeded"), job
            check_pictures(client, check_accounts(client, batch, rows))
    assert "finalizing" in statuses
