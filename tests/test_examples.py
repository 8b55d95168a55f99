"""The example of live data: its server, and what the two templates make of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from server.edge import free_loopback_address
from tests.server.live_server import live_server

REPOSITORY = Path(__file__).parents[1]
START_SECONDS = 20.0


@pytest.fixture(scope="module")
def source() -> Iterator[str]:
    """The address of a running examples/live_data.py."""
    address = free_loopback_address()
    command = [sys.executable, str(REPOSITORY / "examples" / "live_data.py"), "--port", address.partition(":")[2]]
    process = subprocess.Popen(command)
    try:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert process.poll() is None
            try:
                httpx.get(f"http://{address}/boards/x", trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def test_the_source_answers_304_to_what_is_known(source: str) -> None:
    first = httpx.get(f"http://{source}/boards/spring-cup", trust_env=False)
    again = httpx.get(
        f"http://{source}/boards/spring-cup", headers={"If-None-Match": first.headers["ETag"]}, trust_env=False
    )
    assert again.status_code in (200, 304)  # 200 where five seconds have just ended
    assert 0 < int(first.headers["Cache-Control"].removeprefix("max-age=")) <= 5
    assert len(first.json()["players"]) == 10


def test_both_templates_show_live_data(source: str, tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    for name in ("leaderboard", "status-email"):
        shutil.copytree(REPOSITORY / "templates" / name, templates / name)
        manifest = templates / name / "template.toml"
        manifest.write_text(manifest.read_text().replace("127.0.0.1:8100", source))
    with live_server(tmp_path / "data", templates, allowed_hosts=(source,)) as server:
        board = server.ask(server.path("leaderboard", board="spring-cup"))
        assert (board.status, board.headers["x-signet-state"]) == (200, "fresh")
        assert int(board.headers["cache-control"].partition("max-age=")[2].partition(",")[0]) <= 5
        mail = server.ask(server.path("status-email", name="Ada"))
        assert (mail.status, mail.headers["x-signet-state"]) == (200, "fresh")
        assert mail.headers["cache-control"] == "no-cache, max-age=0"


def test_without_their_source_both_show_samples_and_say_so(tmp_path: Path) -> None:
    with live_server(tmp_path, REPOSITORY / "templates") as server:
        for name in ("leaderboard", "status-email"):
            answer = server.ask(server.path(name))
            assert (answer.status, answer.headers["x-signet-state"]) == (200, "fallback")


def test_the_numbers_change_and_stay_plausible() -> None:
    program = (
        "import json, live_data as l; "
        "print(json.dumps([[l.standings('b', s), l.status('a', s)] for s in range(100, 400)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY / "examples", capture_output=True, text=True, check=True
    )
    moments = json.loads(done.stdout)
    assert len({json.dumps(board["players"]) for board, _ in moments}) > 250
    for board, status in moments:
        scores = [player["score"] for player in board["players"]]
        assert scores == sorted(scores, reverse=True)
        assert all(0 < score < 999_999 for score in scores)
        assert len(status["days"]) == 7
        assert all(day["value"] > 0 for day in status["days"])
