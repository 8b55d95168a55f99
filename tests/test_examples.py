"""The examples: live data, its server and what two templates make of it; a batch from a file to its pictures."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from server.edge import free_loopback_address
from server.keys import WEBHOOK_SECRET_FILE
from tests.server.live_server import API_KEY, live_server

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


def test_a_file_becomes_pictures_and_a_genuine_message(tmp_path: Path) -> None:
    port = free_loopback_address().partition(":")[2]
    folder = REPOSITORY / "examples" / "batch"
    command = [sys.executable, str(folder / "launch.py"), str(folder / "products.csv"), "--port", port]
    with live_server(tmp_path / "data", allowed_hosts=("127.0.0.1",)) as server:
        secret = (server.settings.data_dir / WEBHOOK_SECRET_FILE).read_text().strip()
        done = subprocess.run(
            [*command, "--server", server.url, "--output", str(tmp_path / "pictures.zip")],
            env=os.environ | {"KEY": API_KEY, "SECRET": secret, "NO_PROXY": "*"},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    said = done.stdout.splitlines()
    assert said[-4:] == [
        "completed: 6 of 6 rows",
        "batch.completed: partial",
        "line 7 (board): price: is not a number",
        f"pictures: {tmp_path / 'pictures.zip'}",
    ]
    with zipfile.ZipFile(tmp_path / "pictures.zip") as archive:
        names = archive.namelist()
    assert len(names) == 10
    assert names[:2] == ["Northfold/00501.png", "Northfold/00501.webp"]
