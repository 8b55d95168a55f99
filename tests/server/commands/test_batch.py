"""`signet batch` against a running server."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import main
from server.edge import free_loopback_address
from tests.server.commands.terminal import SIGNET, on_terminal
from tests.server.live_server import API_KEY, PATIENCE, LiveServer, live_server, stopped

ROWS = "_id,title\n" + "".join(f"sku-{n},Title {n}\n" for n in range(60))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, live_templates: Path) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("data"), live_templates) as running:
        yield running


@pytest.fixture(autouse=True)
def environment(server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # no .env of the repository
    monkeypatch.setenv("SIGNET_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SIGNET_API_KEYS", API_KEY)
    monkeypatch.setenv("SIGNET_PORT", server.url.rpartition(":")[2])
    (tmp_path / "rows.csv").write_text(ROWS)
    (tmp_path / "empty.csv").write_bytes(b"")


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["batch", *arguments], input=stdin)


def job_id(result: Result) -> str:
    found = re.search(r"batch_[0-9a-f]{24}", result.output)
    assert found is not None, result.output
    return found[0]


def test_a_file_is_submitted_and_followed_to_its_end(server: LiveServer) -> None:
    result = run("submit", "rows.csv", "--template", "card", "--watch")
    assert result.exit_code == 0, result.output
    assert "completed (succeeded)  60 of 60 rows" in result.output
    assert "\x1b" not in result.output  # it is no terminal
    identity = job_id(result)
    assert identity in run("list").output
    assert "pictures: 60 rendered" in run("show", identity).output
    assert json.loads(run("show", identity, "--json").output)["counts"]["succeeded"] == 60


def test_rows_come_from_standard_input_and_columns_have_other_names(server: LiveServer) -> None:
    table = "SKU;Product name\n007;Umbrella\n"
    result = run(
        "submit", "-", "--template", "card", "--column", "Product name=title", "--column", "SKU=_id",
        "--var", "count=3", "--option", "_d=2", "--format", "png", "--format", "webp", "--variant", "dark",
        "--metadata", "campaign=spring", "--expires", "30d", "--names", "{_id}.{ext}", "--watch",
        stdin=table,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    job = server.call(f"/v1/batches/{job_id(result)}").json()
    assert (job["formats"], job["variants"], job["metadata"]) == (["png", "webp"], ["dark"], {"campaign": "spring"})
    rows = server.call(f"/v1/batches/{job['id']}/rows").json()["rows"]
    assert isinstance(rows, list)
    (row,) = rows
    assert row["custom_id"] == "007"
    assert {"count=3", "_d=2", "_variant=dark"} <= set(re.split("[?&]", row["url"]))
    assert "&_e=" in row["url"]


def test_json_is_all_that_is_on_standard_output() -> None:
    submitted = run("submit", "rows.csv", "--template", "card", "--json")
    identity = json.loads(submitted.stdout)["id"]
    watched = run("watch", identity, "--json")
    assert json.loads(watched.stdout)["status"] == "completed"
    assert "60 of 60 rows" in watched.stderr
    again = run("submit", "rows.csv", "--template", "card", "--json", "--watch")
    assert json.loads(again.stdout)["counts"]["reused"] == 60
    assert len(json.loads(run("list", "--json", "--limit", "2").stdout)) == 2


def test_a_dry_run_says_what_would_be(tmp_path: Path) -> None:
    (tmp_path / "half.csv").write_text("_id,title\na,Good\nb,\n")
    result = run("submit", "half.csv", "--template", "card", "--dry-run", "--watch")
    assert result.exit_code == 1, result.output
    assert "1 of 2 rows can be rendered, 1 failed" in result.output
    assert run("submit", "rows.csv", "--template", "card", "--dry-run", "--watch").exit_code == 0


def test_a_json_file_may_say_everything_itself(tmp_path: Path) -> None:
    document = {"template": "card", "rows": [{"title": "One"}], "options": {"_d": 2}}
    (tmp_path / "all.json").write_text(json.dumps(document))
    result = run(
        "submit", "all.json", "--format", "webp", "--checks-duplicates", "--checks-max-bytes", "1kB", "--watch"
    )
    assert result.exit_code == 0, result.output
    shown = run("show", job_id(result)).output
    assert "1 rendered" in shown
    assert "created: 2" in shown


def test_failed_rows_are_told_and_are_an_exit_status(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("_id,title\na,Good\nb,\nc,Good as well\n")
    result = run("submit", "bad.csv", "--template", "card", "--watch")
    assert result.exit_code == 1, result.output
    assert "line 3 (b): title: is required" in result.output
    identity = job_id(result)
    errors = run("errors", identity, "-o", "errors.csv")
    assert errors.exit_code == 0, errors.output
    assert "b,,title: is required" in (tmp_path / "errors.csv").read_text("utf-8-sig")
    assert run("errors", identity, "-o", "errors.csv").exit_code == 1
    assert run("errors", identity, "-o", "errors.csv", "--force").exit_code == 0
    again = run("retry", identity, "--watch")
    assert again.exit_code == 1
    assert "1 failed" in again.output


def test_results_are_files(tmp_path: Path) -> None:
    identity = job_id(run("submit", "rows.csv", "--template", "card", "--watch"))
    assert run("results", identity, "-o", "pictures.zip").exit_code == 0
    with zipfile.ZipFile(tmp_path / "pictures.zip") as archive:
        assert len(archive.namelist()) == 60
    assert len(run("results", identity).stdout.splitlines()) == 61
    with zipfile.ZipFile(io.BytesIO(run("results", identity, "--format", "zip").stdout_bytes)) as archive:
        assert archive.testzip() is None
    assert run("results", identity, "-o", "all.NDJSON").exit_code == 0
    assert len((tmp_path / "all.NDJSON").read_text().splitlines()) == 60
    assert json.loads(run("results", identity, "--format", "json", "-o", "-").stdout)["batch"]["id"] == identity
    assert run("results", identity, "-o", "nowhere/all.csv").output.startswith(
        "Error: nowhere/all.csv can't be written"
    )
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_a_pilot_is_shown_and_waits(server: LiveServer) -> None:
    result = run("submit", "rows.csv", "--template", "card", "--pilot", "3", "--watch")
    assert result.exit_code == 0
    identity = job_id(result)
    assert result.output.count("/i/card.png?") == 3
    assert f"signet batch continue {identity}" in result.output
    assert result.output.rstrip().splitlines()[-2].endswith(f"signet batch cancel {identity}")
    assert "60 of 60 rows" in run("continue", identity, "--watch").output
    assert run("watch", identity).exit_code == 0
    refused = run("retry", identity)
    assert (refused.exit_code, "No row is to be" in refused.output) == (1, True), refused.output


def test_a_batch_is_cancelled_and_forgotten() -> None:
    identity = job_id(run("submit", "rows.csv", "--template", "card", "--pilot", "3", "--watch"))
    assert "cancel" in run("cancel", identity).output
    assert run("watch", identity).exit_code == 1
    assert "forgotten" in run("delete", identity).output
    missing = run("show", identity)
    assert (missing.exit_code, "There is no batch" in missing.output) == (1, True)


def test_one_request_is_one_batch() -> None:
    first = run("submit", "rows.csv", "--template", "card", "--idempotency-key", "launch")
    again = run("submit", "rows.csv", "--template", "card", "--idempotency-key", "launch")
    assert job_id(first) == job_id(again)
    assert "came before" in again.output
    other = run("submit", "rows.csv", "--template", "card", "--idempotency-key", "launch", "--dry-run")
    assert (other.exit_code, "another request" in other.output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["submit", "rows.csv", "--template", "cart"], "There is no template"),
        (["submit", "rows.csv", "--template", "card", "--names", "{titel}.{ext}"], "titel"),
        (["submit", "rows.csv", "--template", "card", "--column", "Name=title"], "--column Name: names a column"),
        (["submit", "rows.csv", "--template", "card", "--column", "title"], "name=value"),
        (["submit", "rows.csv", "--template", "card", "--expires", "soon"], "--expires"),
        (["submit", "none.csv", "--template", "card"], "does not exist"),
        (["submit", "rows.csv", "--template", "card", "--export-prefix", "x"], "--export-bucket"),
        (["show", "batch_none"], "There is no batch"),
        (["list", "--server", "http://127.0.0.1:1"], "can't be reached"),
        (["show", "../urls"], "no id of a batch"),
        (["submit", "rows.csv"], "--template NAME"),
        (["submit", "rows.csv", "--template", "card", "--column", "SKU=tittle"], "Did you mean title?"),
        (["submit", "rows.csv", "--template", "card", "--option", "_dd=2"], "_dd: is no option"),
        (["submit", "rows.csv", "--template", "card", "--option", "_d=2", "--option", "_d=3"], "given twice"),
        (["submit", "rows.csv", "--template", "card", "--checks-max-bytes", "much"], "no size"),
        (["submit", "rows.csv", "--template", "card", "--idempotency-key", "schlüssel"], "ASCII"),
        (["submit", "rows.csv", "--template", "card", "--var", "count:=three"], "is no JSON"),
        (["submit", "empty.csv", "--template", "card"], "is empty"),
    ],
)
def test_what_is_wrong_is_said_in_words(arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code in (1, 2)
    assert words in result.output
    assert "Traceback" not in result.output


def test_columns_that_mean_nothing_are_mended_with_options_of_the_command(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("Product title,note's\na,b\n")
    output = run("submit", "rows.csv", "--template", "card", "--option", "_d=2").output
    assert "--column 'Product title=VARIABLE', or --column 'Product title=' to leave it out." in output
    assert "Did you mean title?" in output
    assert """--column 'note'"'"'s='""" in output
    assert '"columns"' not in output


def test_without_a_key_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGNET_API_KEYS")
    assert "api-key.txt" in run("list").output
    monkeypatch.setenv("SIGNET_API_KEYS", "a-key-of-somebody-else")
    assert "API key" in run("list").output


def test_a_terminal_gets_no_archive() -> None:
    text, status = on_terminal(["batch", "results", "batch_none", "--format", "zip"])
    assert (status, "-o pictures.zip" in text) == (2, True)


def test_watching_goes_on_when_the_server_comes_back(tmp_path: Path, live_templates: Path) -> None:
    many = "title\n" + "".join(f"Restarted {n}\n" for n in range(400))
    (tmp_path / "many.csv").write_text(many)
    port = int(free_loopback_address().rpartition(":")[2])
    address = f"http://127.0.0.1:{port}"
    data = tmp_path / "restarted"
    with live_server(data, live_templates, port=port) as first:
        stopped(first)  # nothing is rendered before the restart
        identity = job_id(run("submit", "many.csv", "--template", "card", "--server", address))
        watching = subprocess.Popen(
            [*SIGNET, "batch", "watch", identity, "--server", address], stdout=subprocess.PIPE, text=True
        )
        assert watching.stdout is not None
        begun = watching.stdout.readline()
        (worker,) = first.services.farm.worker_pids()
        os.kill(worker, signal.SIGCONT)
    with live_server(data, live_templates, port=port):
        output, _ = watching.communicate(timeout=PATIENCE)
    assert "rows" in begun
    assert "completed (succeeded)  400 of 400 rows" in output
    assert watching.returncode == 0
