"""What is found in the pictures of whole jobs: copies, look-alikes, and those that somebody should look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.batch.machines import Works
from tests.server.batch.orders import codes, retried
from tests.server.live_server import live_server, wait_until, write_template

NOTE = '[variables.title]\ntype = "text"\n[variables.dot]\ntype = "text"\ndefault = "#000000"\n'
NOTE_HTML = """\
<style>body { margin: 0; font: 20px Inter } i { display: block; width: 3px; height: 3px; background: {{ dot }} }</style>
<body>{{ title }}<i></i></body>
"""


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    """A server with templates that show little."""
    folder = tmp_path_factory.mktemp("finishing")
    write_template(folder / "templates" / "note", NOTE_HTML, NOTE)
    one_line = "<p style='font: 20px Inter; width: 50px; white-space: nowrap; margin: 0'>{{ title }}</p>"
    write_template(folder / "templates" / "row", one_line, NOTE)
    faint = "<body style='font: 20px Inter; color: #ccc; background: #fff'>{{ title }}</body>"
    write_template(folder / "templates" / "faint", faint, NOTE)
    with live_server(folder / "data", folder / "templates") as server:
        yield Works(server, database=f"sqlite:///{folder}/data/signet.db")


def found(works: Works, batch: str) -> dict[int, list[str]]:
    """The findings by the row's index, of rows that have any."""
    return {row["index"]: codes(row) for row in works.rows(batch) if row["outputs"] and codes(row)}


def versions(works: Works, batch: str) -> set[str]:
    """Of the template, that the pictures show."""
    return {output["version"] for row in works.rows(batch) for output in row["outputs"]}


def test_copies_and_look_alikes_are_found(works: Works) -> None:
    rows = [
        {"title": "Same"},
        {"title": "Other words"},
        {"title": "Same"},
        {"title": "Same", "dot": "#010101"},  # too little to be seen
        {"title": "Other words"},
        {"title": "Third", "_variant": "none"},
    ]
    batch = works.submit(rows, template="note", checks={"duplicates": True})
    job = works.settled(batch)
    assert (job["outcome"], job["counts"]["suspicious"]) == ("partial", 3)
    assert found(works, batch) == {2: ["duplicate"], 3: ["near-duplicate"], 4: ["duplicate"]}
    messages = [works.rows(batch)[n]["outputs"][0]["findings"][0]["message"] for n in (2, 3, 4)]
    assert [message.rpartition(" ")[2] for message in messages] == ["0.", "0.", "1."]


def test_copies_that_are_looked_for_twice_count_once(works: Works) -> None:
    rows = [{"title": f"Pair {number // 2}", "_id": number} for number in range(12)]
    batch = works.submit(rows, template="note", checks={"duplicates": True})
    assert works.settled(batch)["counts"]["suspicious"] == 6
    before = found(works, batch)
    # As if the server had ended behind the last finding, and before it was noted that all are there.
    works.query("UPDATE batch_chunks SET state = 'pending' WHERE batch = :b AND kind = 'compare'", b=batch)
    works.query("UPDATE batches SET status = 'finalizing', outcome = NULL WHERE id = :b", b=batch)
    job = works.settled(batch)
    assert (job["status"], job["counts"]["suspicious"]) == ("completed", 6)
    assert found(works, batch) == before == {number: ["duplicate"] for number in range(1, 12, 2)}


def test_rows_that_are_rendered_again_count_once(works: Works) -> None:
    batch = works.submit([{"title": "Again"}] * 4, template="note", checks={"duplicates": True})
    first = works.settled(batch)["counts"]
    assert first["suspicious"] == 3
    again = retried(works, batch, rows=[0, 2])["counts"]
    assert (again["suspicious"], again["bytes"], again["rendered"] + again["reused"]) == (3, first["bytes"], 4)
    assert found(works, batch) == {1: ["duplicate"], 2: ["duplicate"], 3: ["duplicate"]}


def test_what_was_a_copy_and_is_none_any_more_is_not_called_one(works: Works, tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    first, other = "<body>{{ title }}</body>", "<body>Row {{ title }}, twice {{ title }}</body>"
    write_template(folder / "sign", first, NOTE)
    with live_server(tmp_path / "data", folder) as server:
        own = Works(server)
        rows = [{"title": "Same"}, {"title": "Same"}, {"title": "Same"}, {"title": " "}, {"title": " "}]
        batch = own.submit(rows, template="sign", checks={"duplicates": True})
        assert own.settled(batch)["counts"]["suspicious"] == 4
        assert found(own, batch) == {1: ["duplicate"], 2: ["duplicate"], 3: ["blank"], 4: ["blank", "duplicate"]}
        write_template(folder / "sign", other, NOTE)
        wait_until(lambda: retried(own, batch, rows=[0]) and len(versions(own, batch)) > 1)
        assert found(own, batch) == {2: ["duplicate"], 3: ["blank"], 4: ["blank", "duplicate"]}
        assert own.rows(batch)[2]["outputs"][0]["findings"][0]["message"].endswith("index 1.")
        retried(own, batch, rows=[1, 4])
        job = own.settled(batch)
        assert found(own, batch) == {1: ["duplicate"], 3: ["blank"]}
        assert own.rows(batch)[1]["outputs"][0]["findings"][0]["message"].endswith("index 0.")
        assert job["counts"]["suspicious"] == 2


def test_many_look_alikes_are_the_template_itself(works: Works) -> None:
    rows = [{"title": "Alike", "dot": f"#0000{number:02x}"} for number in range(40)]
    batch = works.submit(rows, template="note", checks={"duplicates": True})
    job = works.settled(batch)
    assert (job["counts"]["suspicious"], found(works, batch)) == (0, {})
    assert job["warnings"] == [
        "39 of 40 pictures differ from another one only in small details, so these are not listed as duplicates."
    ]


def test_pictures_that_somebody_should_look_at(works: Works) -> None:
    odd = works.submit([{"title": "Wider than its box"}, {"title": "I"}, {"title": " "}], template="row")
    large = works.submit([{"title": "Words"}], template="note", checks={"max_bytes": 100}, formats=["png", "jpg"])
    assert works.settled(odd)["counts"]["suspicious"] == 2
    assert found(works, odd) == {0: ["text-overflow"], 2: ["blank"]}
    assert works.settled(large)["counts"]["suspicious"] == 2
    assert [codes(works.rows(large)[0], output) for output in (0, 1)] == [["too-large"], ["too-large"]]


def test_contrast_is_looked_at_when_asked(works: Works) -> None:
    unasked = works.submit([{"title": "Faint"}], template="faint")
    asked = works.submit([{"title": "Faint"}], template="faint", checks={"contrast": True})
    assert works.settled(unasked)["counts"]["suspicious"] == 0
    assert works.settled(asked)["counts"]["suspicious"] == 1
    assert found(works, asked) == {0: ["low-contrast"]}
