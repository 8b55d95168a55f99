"""Whoever submits batches and goes through their accounts afterwards."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx

from loadtests.receiver import Receiver
from server.batch.ledger.stages import CHUNK_ROWS
from tests.batch_crash.deployments import Deployment
from tests.server.live_server import API_KEY

PATIENCE = 120.0  # leases of what was cut off in a bad moment expire after 30 s
FINISHED = ("completed", "failed", "cancelled")

Row = Mapping[str, Any]


def cards(name: str, count: int, pause: float = 8.0) -> list[dict[str, Any]]:
    """Rows that differ from all others, each of which takes so many milliseconds."""
    return [{"_id": f"{name}-{number}", "title": f"{name} {number}", "pause": pause} for number in range(count)]


class Client:
    """Asks a deployment; a server that is not there at the moment is asked again."""

    def __init__(self, deployment: Deployment, receiver: Receiver) -> None:
        self.deployment = deployment
        self.receiver = receiver
        self._http = httpx.Client(
            base_url=f"http://{deployment.address}",
            headers={"Authorization": f"Bearer {API_KEY}"},
            trust_env=False,
            timeout=60,
        )

    def close(self) -> None:
        """Ask nothing more."""
        self._http.close()

    def post(self, rows: Sequence[Row], key: str | None = None, **options: object) -> httpx.Response:
        """One request for a batch. Raises httpx.TransportError."""
        query = {"template": "card", **{name: _text(value) for name, value in options.items()}}
        headers = {"Content-Type": "application/x-ndjson"} | ({} if key is None else {"Idempotency-Key": key})
        body = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
        return self._http.post("/v1/batches", params=query, content=body, headers=headers)

    def submit(self, rows: Sequence[Row], **options: object) -> str:
        """The id of a new batch."""
        answer = self.post(rows, None, webhook_url=self.receiver.url, **options)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def job(self, batch: str) -> dict[str, Any]:
        """The job as it is now."""
        document: dict[str, Any] = self.get(f"/v1/batches/{batch}").json()
        return document

    def ended(self, batch: str) -> dict[str, Any]:
        """The job once it has ended."""
        return self._wait_for(batch, lambda job: False)

    def wait_for_more_rows(self, batch: str) -> None:
        """Until more rows of the upload are read, or the job has ended."""
        before = self.job(batch)["counts"]["total"]
        self._wait_for(batch, lambda job: bool(job["counts"]["total"] > before))

    def wait_for_status(self, batch: str, status: str) -> None:
        """Until the job is in this state, or has ended."""
        self._wait_for(batch, lambda job: job["status"] == status)

    def _wait_for(self, batch: str, condition: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while True:
            self.deployment.revive()
            job = self.job(batch)
            if job["status"] in FINISHED or condition(job):
                return job
            assert time.monotonic() < deadline, job
            time.sleep(0.05)

    def rows(self, batch: str) -> Iterator[dict[str, Any]]:
        """All rows."""
        query = {"limit": "500"}
        while True:
            page = self.get(f"/v1/batches/{batch}/rows", **query).json()
            yield from page["rows"]
            if "next_cursor" not in page:
                return
            query["cursor"] = page["next_cursor"]

    def get(self, path: str, **query: str) -> httpx.Response:
        """The answer of a server that is there and has its database."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self._http.get(path, params=query or None)
            except httpx.TransportError:
                self.deployment.revive()
            else:
                if answer.status_code < 500:
                    assert answer.is_success, answer.text
                    return answer
            assert time.monotonic() < deadline, f"{path} is not answered"
            time.sleep(0.05)


def check_accounts(client: Client, batch: str, submitted: Sequence[Row]) -> list[dict[str, Any]]:
    """Every row is there once with what was submitted, and the job has counted right. The rows."""
    job, rows = client.job(batch), list(client.rows(batch))
    counts = job["counts"]
    assert [row["index"] for row in rows] == list(range(len(submitted)))
    assert [row["values"] for row in rows] == list(submitted)
    statuses = Counter(row["status"] for row in rows)
    assert {name: counts[name] for name in ("pending", "succeeded", "failed", "cancelled")} == {
        name: statuses[name] for name in ("pending", "succeeded", "failed", "cancelled")
    }
    assert counts["total"] == len(submitted)
    outputs = [output for row in rows for output in row["outputs"]]
    assert counts["rendered"] == sum(not output["cached"] for output in outputs)
    assert counts["reused"] == sum(output["cached"] for output in outputs)
    assert counts["suspicious"] == sum(bool(output["findings"]) for output in outputs)
    assert counts["warmed"] == sum(output.get("edge") == "hit" for output in outputs)
    check_webhook(client, job)
    return rows


def check_webhook(client: Client, job: Mapping[str, Any]) -> None:
    """Whoever waits for the end of a job got to know of it: at least once, always under the same id."""
    client.receiver.wait(job["id"], PATIENCE)
    arrivals = client.receiver.arrivals(job["id"])
    assert len({arrival.id for arrival in arrivals}) == 1
    for arrival in arrivals:
        assert arrival.message["type"] == "batch.completed"
        assert arrival.message["data"]["batch"]["counts"] == job["counts"]


def check_pictures(client: Client, rows: Sequence[Row]) -> None:
    """Every picture is in the store under its URL."""
    before = client.deployment.renders()
    for row in rows:
        answer = client.get(row["url"])
        assert answer.headers["cache-status"] == "Signet; hit"
        assert answer.headers["etag"] == f'"{row["etag"]}"'
        assert len(answer.content) == row["bytes"]
    assert client.deployment.renders() == before


def rendered_again(deployment: Deployment) -> int:
    """How many renders were begun for pictures of which one was begun before."""
    titles = deployment.renders()
    return len(titles) - len(set(titles))


def at_most_a_piece(kills: int) -> int:
    """How many renders may be made again after so many kills."""
    return kills * CHUNK_ROWS


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
