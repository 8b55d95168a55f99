"""Whoever wants pictures from the server of a benchmark, many at once or single ones."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any, Final

import httpx

from loadtests import samples
from loadtests.servers import Origin
from server.keys import signing_keys
from server.signing import UrlSigner
from server.urls import ImageRequest

API_KEY: Final = "a-key-for-this-benchmark-only"

_LOOK_SECONDS = 0.25


class Client:
    """Asks one server."""

    def __init__(self, origin: Origin) -> None:
        self.http = httpx.Client(base_url=origin.base_url, trust_env=False, timeout=120)
        self._key = {"Authorization": f"Bearer {API_KEY}"}
        self._signer = UrlSigner(signing_keys((), origin.data_dir))

    def submit(self, rows: Path, format_name: str, webhook_url: str) -> dict[str, Any]:
        """Send a file, and the job as it is told then."""
        query = {"template": "card", "formats": format_name, "webhook_url": webhook_url}
        with rows.open("rb") as body:
            headers = self._key | {"Content-Type": "text/csv"}
            answer = self.http.post("/v1/batches", params=query, content=body, headers=headers)
        return _document(answer)

    def until(self, job: dict[str, Any], done: float, seconds: float) -> None:
        """Wait until so many rows have a result, or the job is over. Raises RuntimeError if that takes too long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            now = _document(self.http.get(f"/v1/batches/{job['id']}", headers=self._key))
            if "finished_at" in now or now["counts"]["total"] - now["counts"]["pending"] >= done:
                return
            time.sleep(_LOOK_SECONDS)
        raise RuntimeError(f"not {done:g} rows within {seconds:g} s")

    def some_paths(self, job: dict[str, Any], count: int) -> list[str]:
        """Paths of pictures of the job, drawn by lot."""
        paths: list[str] = []
        query = {"limit": "500"}
        while True:
            answer = _document(self.http.get(f"/v1/batches/{job['id']}/rows", params=query, headers=self._key))
            paths += (httpx.URL(row["url"]).raw_path.decode() for row in answer["rows"])
            if "next_cursor" not in answer:
                return random.Random(count).sample(paths, min(count, len(paths)))
            query["cursor"] = answer["next_cursor"]

    def live_milliseconds(self, what: str, number: int) -> float:
        """How long a new single picture takes."""
        path = self._signer.sign(ImageRequest("card", "png", {"title": f"{what}: {samples.title(number)}"}))
        started = time.perf_counter()
        self.http.get(path).raise_for_status()
        return (time.perf_counter() - started) * 1000

    def renders(self) -> int:
        """How many renders the server has asked for so far."""
        lines = self.http.get("/metrics").text.splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("signet_renders_total "))


def _document(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise RuntimeError(f"{answer.status_code}: {answer.text}")
    document: dict[str, Any] = answer.json()
    return document
