"""The examples of docs/batches.md, as a shell runs them; its tables name what there is."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from server.batch.checks.findings import CODES
from server.batch.options import BatchOptions, Status
from server.batch.wishes import ROW_OPTIONS
from tests.server.live_server import API_KEY, REPOSITORY, LiveServer, live_server, wait_until

PAGE = (REPOSITORY / "docs/batches.md").read_text()
SECTIONS = dict(re.findall(r"^##+ ([^\n]+)\n(.*?)(?=^## |^### |\Z)", PAGE, re.M | re.S))
(ROWS,) = re.findall(r"^```csv\n(.*?)^```", PAGE, re.M | re.S)

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("data")) as running:
        yield running


class Shell:
    """Runs commands of the page in a folder that has its `rows.csv`."""

    def __init__(self, server: LiveServer, folder: Path) -> None:
        self.folder = folder
        self._server = server
        (folder / "rows.csv").write_text(ROWS)

    def run(self, command: str, batch: str = "") -> str:
        script = command.replace("https://img.example.com", self._server.url)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script.replace("curl ", "curl -sS --fail --noproxy '*' ")],
            cwd=self.folder,
            env=os.environ | {"KEY": API_KEY, "BATCH": batch},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def signet(self, command: str, batch: str = "", status: int = 0) -> str:
        """What a command of Signet says, in whichever stream."""
        own = {"SIGNET_API_KEYS": API_KEY, "SIGNET_PORT": self._server.url.rpartition(":")[2], "BATCH": batch}
        done = subprocess.run(
            ["bash", "-uc", command.replace("signet ", f"{sys.executable} -m server ", 1)],
            cwd=self.folder,
            env=os.environ | own | {"PYTHONPATH": str(REPOSITORY), "SIGNET_DATA_DIR": str(self.folder / "data")},
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    def submit(self, command: str) -> dict[str, Any]:
        """The job that a command makes, once it waits or is over."""
        return self.settled(json.loads(self.run(command))["id"])

    def settled(self, batch: str) -> dict[str, Any]:
        found: dict[str, Any] = {}

        def reached() -> bool:
            found.update(self._server.call(f"/v1/batches/{batch}").json())
            return found["status"] in ("completed", "failed", "cancelled", "awaiting_approval")

        wait_until(reached)
        return found


@pytest.fixture
def shell(server: LiveServer, tmp_path: Path) -> Shell:
    return Shell(server, tmp_path)


def commands(section: str) -> list[str]:
    """The commands of a section, each with its continuation lines."""
    return [line for line in lines_of(section) if not line.startswith("signet ")]


def lines_of(section: str) -> list[str]:
    (block, *more) = re.findall(r"^```sh\n(.*?)^```", SECTIONS[section], re.M | re.S)
    return re.sub(r"\\\n\s*", "", "".join([block, *more])).replace("|\n", "| ").splitlines()


def names_of(table: str) -> list[str]:
    """What stands in the first column of a section's last table."""
    rows = re.findall(r"^\| (`[^|]*`) \|", SECTIONS[table], re.M)
    return [name for row in rows for name in re.findall(r"`(\w[\w-]*)`", row)]


def counts(job: dict[str, Any], *names: str) -> tuple[int, ...]:
    return tuple(job["counts"][name] for name in names)


def test_a_form_is_submitted_once(shell: Shell) -> None:
    form = commands("Submitting")[0]
    job = shell.submit(form)
    assert (job["outcome"], job["formats"]) == ("partial", ["png", "webp"])
    assert counts(job, "total", "succeeded", "failed") == (4, 3, 1)
    assert json.loads(shell.run(form))["id"] == job["id"]


def test_rows_come_as_json_ndjson_and_packed_csv(shell: Shell) -> None:
    _, document, lines, pack, packed = commands("Submitting")
    assert counts(shell.submit(document), "total", "succeeded") == (2, 2)
    job = shell.submit(lines)
    assert (counts(job, "total", "succeeded"), job["formats"]) == ((2, 2), ["jpg"])
    shell.run(pack)
    assert counts(shell.submit(packed), "total", "succeeded", "failed") == (4, 3, 1)


def test_a_batch_is_followed_and_its_results_are_fetched(shell: Shell) -> None:
    job = shell.submit(commands("Submitting")[0])
    state, events, jobs = (shell.run(command, job["id"]) for command in commands("Following"))
    assert json.loads(state) == job
    assert "event: done\n" in events
    assert job in json.loads(jobs)["batches"]
    (ask,) = commands("Rows")
    (failed,) = json.loads(shell.run(ask, job["id"]))["rows"]
    assert (failed["custom_id"], failed["line"], failed["error"]["field"]) == ("lamp", 5, "price")
    for command in commands("Results")[:4]:
        shell.run(command, job["id"])
    assert len(list(csv.DictReader((shell.folder / "results.csv").read_text().splitlines()))) == 7
    assert len(json.loads((shell.folder / "results.json").read_text())["rows"]) == 4
    assert len((shell.folder / "results.ndjson").read_text().splitlines()) == 4
    with zipfile.ZipFile(shell.folder / "pictures.zip") as archive:
        assert set(archive.namelist()) == {
            f"{name}.{ext}" for name in ("00501", "kettle", "mug") for ext in ("png", "webp")
        }


def test_failed_rows_are_mended_and_sent_again(shell: Shell) -> None:
    job = shell.submit(commands("Submitting")[0])
    fetch, mend, again = commands("Results")[4:]
    shell.run(fetch, job["id"])
    shell.run(mend)
    assert counts(shell.submit(again), "total", "succeeded") == (1, 1)


def test_a_pilot_waits_until_it_is_continued(shell: Shell) -> None:
    pilot, go_on = commands("A look first")
    job = shell.submit(pilot)
    assert (job["status"], *counts(job, "succeeded", "pending")) == ("awaiting_approval", 2, 1)
    shell.run(go_on, job["id"])
    wait_until(lambda: shell.settled(job["id"])["status"] == "completed")
    assert counts(shell.settled(job["id"]), "succeeded", "failed") == (3, 1)


def test_a_batch_is_cancelled_retried_and_deleted(shell: Shell, server: LiveServer) -> None:
    cancel, retry, retry_some, delete = commands("Control")
    job = shell.submit(commands("A look first")[0])
    shell.run(cancel, job["id"])
    assert counts(shell.settled(job["id"]), "succeeded", "cancelled") == (2, 1)
    shell.run(retry, job["id"])
    wait_until(lambda: shell.settled(job["id"])["run"] == 2)
    assert counts(shell.settled(job["id"]), "succeeded", "failed") == (3, 1)
    assert json.loads(shell.run(retry_some, job["id"]))["counts"]["pending"] == 2
    shell.run(delete, job["id"])
    assert server.call(f"/v1/batches/{job['id']}").status == 404


def test_the_commands_of_a_command_line(shell: Shell) -> None:
    submit, listed, show, go_on, watch, errors, pictures, results, retry, cancel, delete = lines_of(
        "From a command line"
    )
    waiting = shell.signet(submit, status=1)
    (batch,) = set(re.findall(r"batch_[0-9a-f]{24}", waiting))
    assert f"signet batch continue {batch}" in waiting
    assert batch in shell.signet(listed)
    assert "awaiting approval  3 of 4 rows, 1 failed" in shell.signet(show, batch)
    shell.signet(go_on, batch)
    watched = shell.signet(watch, batch, status=1)
    assert 'line 5 (lamp): price: is not a number, but the text "cheap"' in watched
    assert "completed (partial)  4 of 4 rows, 1 failed" in watched
    shell.signet(errors, batch)
    assert (shell.folder / "errors.csv").read_text("utf-8-sig").startswith("SKU,Product name,price,discount,_error,")
    shell.signet(pictures, batch)
    with zipfile.ZipFile(shell.folder / "pictures.zip") as archive:
        assert set(archive.namelist()) == {"00501.png", "kettle.png", "mug.png"}
    assert [json.loads(line)["index"] for line in shell.signet(results, batch).splitlines()] == [0, 1, 2, 3]
    assert "completed (partial)  4 of 4 rows, 1 failed" in shell.signet(retry, batch, status=1)
    assert "can't be cancelled now" in shell.signet(cancel, batch, status=1)
    assert "forgotten" in shell.signet(delete, batch)


def test_the_command_of_the_first_section(shell: Shell) -> None:
    (submit,) = [line for line in lines_of("Submitting") if line.startswith("signet ")]
    assert "completed (partial)  4 of 4 rows, 1 failed" in shell.signet(submit, status=1)


def test_the_page_names_every_option_state_and_finding() -> None:
    assert set(names_of("Options")) >= set(BatchOptions.model_fields)
    assert set(names_of("States")) >= set(get_args(Status))
    assert set(names_of("Findings")) >= set(CODES.values())
    assert {f"`{name}`" for name in ROW_OPTIONS} <= set(re.findall(r"`_\w+`", SECTIONS["Columns"]))


@pytest.mark.parametrize("text", re.findall(r"`(checks|repeat|export)(?:=|` \| `)(\{[^`]*\})`", PAGE))
def test_options_that_are_objects_are_understood(text: tuple[str, str]) -> None:
    name, value = text
    BatchOptions.model_validate({"template": "product", name: json.loads(value)})
