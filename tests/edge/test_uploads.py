"""Uploads of batches through nginx: its limit, and what docs/deployment.md raises it with."""

from __future__ import annotations

import re
from pathlib import Path

import httpx

from tests.edge.servers import Answer, ScriptedOrigin, running_nginx

DEPLOYMENT = Path(__file__).parents[2] / "docs" / "deployment.md"
URL = "/v1/batches?template=article"
LARGE = b"x" * (65 << 20)


def test_uploads_of_more_than_64_megabytes_are_refused(client: httpx.Client) -> None:
    refused = client.post(URL, content=LARGE)
    assert (refused.status_code, refused.json()["code"]) == (413, "body-too-large")


def test_the_page_on_deployment_tells_how_they_pass(origin: ScriptedOrigin, tmp_path: Path) -> None:
    (snippet,) = re.findall(r"^```nginx\n(location = /v1/batches.*?)^```", DEPLOYMENT.read_text(), re.M | re.S)
    (tmp_path / "signet.d").mkdir()
    (tmp_path / "signet.d" / "batches.conf").write_text(snippet)
    origin.answers[URL] = Answer(b"{}", 202)
    with running_nginx(origin.address, tmp_path) as edge, edge.client() as client:
        assert client.post(URL, content=LARGE).status_code == 202
        (seen,) = origin.asked(URL)
        assert (seen.method, seen.headers["content-length"]) == ("POST", str(len(LARGE)))
