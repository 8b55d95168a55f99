"""Results and failed rows as CSV, and failed rows sent again."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.batch.intake import Row, read_rows
from server.batch.records import REPORT_PREFIX, Finding, RowRecord
from server.batch.results import TooManyColumns, columns_of, errors_csv, results_csv
from server.batch.wishes import named
from tests.server.batch.results import samples
from tests.server.batch.results.samples import failed, job, row, text_of


def columns(rows: Sequence[RowRecord]) -> list[str]:
    return asyncio.run(columns_of(samples.given(rows)))


def results(rows: Sequence[RowRecord]) -> list[dict[str, str]]:
    text = asyncio.run(text_of(results_csv(samples.given(rows), columns(rows))))
    assert text.count("\r\n") >= 1
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def errors(rows: Sequence[RowRecord]) -> str:
    return asyncio.run(text_of(errors_csv(samples.given(rows), columns(rows))))


def sent_again(folder: Path, text: str) -> list[Row]:
    path = folder / "errors.csv"
    path.write_bytes(text.encode())
    return list(read_rows(path, "csv"))


def test_a_line_for_each_picture() -> None:
    made = row(0, {"title": "Käse", "sku": "00501"}, ("png", "light"), ("webp", "dark"), custom_id="00501")
    first, second = results([made])
    assert first["index"] == "0"
    assert first["line"] == "2"
    assert first["custom_id"] == first["sku"] == "00501"
    assert (first["format"], first["variant"], first["bytes"], first["cached"]) == ("png", "light", "5", "false")
    assert (second["format"], second["variant"]) == ("webp", "dark")
    assert second["url"] == made.outputs[1].url
    assert second["title"] == "Käse"
    assert first["error_code"] == ""


def test_a_row_without_pictures_says_why() -> None:
    (line,) = results([failed(4, {"title": ""}, "title: is required, “really”.\nYes.")])
    assert line["status"] == "failed"
    assert line["error_message"] == "title: is required, “really”.\nYes."
    assert (line["error_code"], line["error_field"], line["error_retryable"]) == ("invalid-values", "title", "false")
    assert line["url"] == ""
    assert list(line)[-1] == "title"


def test_findings_are_codes() -> None:
    made = row(0)
    found = (Finding("blank", "It is blank."), Finding("too-large", "It is large."))
    output = replace(made.outputs[0], findings=found, file="x.png")
    (line,) = results([replace(made, outputs=(output,))])
    assert line["findings"] == "blank too-large"
    assert line["file"] == "x.png"


def test_columns_called_as_results_are_told_apart() -> None:
    (line,) = results([row(0, {"url": "https://example.test", "input_status": "x", "status": "sold"})])
    assert line["url"].startswith("https://img.test/")
    assert line["input_url"] == "https://example.test"
    assert line["input_status"] == "x"
    assert line["input_input_status"] == "sold"


def test_formulas_stay_what_they_are() -> None:
    texts = {"a": "=1+1", "b": "+1", "c": "-5", "d": "@x", "e": "\tx", "f": "\rx", "g": "'x"}
    (line,) = results([row(0, texts)])
    assert {name: line[name] for name in texts} == texts


def test_values_that_are_no_texts_are_json() -> None:
    values = {"n": 9.5, "d": Decimal("1.10"), "yes": True, "none": None, "list": ["a", 1], "text": "[1]"}
    (line,) = results([row(0, values)])
    assert [line[name] for name in values] == ["9.5", "1.10", "true", "", '["a",1]', "[1]"]


def test_columns_come_in_the_order_of_their_first_appearance() -> None:
    rows = [failed(0, {"b": 1, "_error": "old"}), failed(1, {"a": 1, "b": 2}), failed(2, {"_error_code": "x", "c": 3})]
    assert columns(rows) == ["b", "a", "c"]


def test_more_columns_than_a_table_has() -> None:
    with pytest.raises(TooManyColumns, match="more than 500 different columns"):
        columns([failed(number, {f"c{number}": 1}) for number in range(501)])


def test_failed_rows_are_mended_and_sent_again(tmp_path: Path) -> None:
    rows = [
        failed(2, {"title": "=1+1", "sku": "00501", "tags": ["a", "b"], "_error": "older"}),
        failed(7, {"sku": "7", "note": "two\r\nlines, “and” more", "price": 5}),
    ]
    text = errors(rows)
    head = "\ufefftitle,sku,tags,note,price,_error,_error_code,_error_field,_error_retryable,_error_index,_error_line"
    assert text.splitlines()[0] == head
    first, second = sent_again(tmp_path, text.replace("=1+1", "Mended"))
    assert named(first.values, job().options) == {"title": "Mended", "sku": "00501", "tags": '["a","b"]'}
    assert named(second.values, job().options) == {"sku": "7", "note": "two\r\nlines, “and” more", "price": "5"}
    assert second.values["_error"] == "title: is required."
    assert second.values["_error_index"] == "7"
    assert second.values["_error_line"] == "9"


def test_a_row_that_could_not_be_read_has_nothing_but_its_error(tmp_path: Path) -> None:
    (again,) = sent_again(tmp_path, errors([failed(3, {}, "The row can't be read.")]))
    assert named(again.values, job().options) == {}


def check_way_round(folder: Path, tables: list[dict[str, str]]) -> None:
    """Failed rows, sent again, have the values that they had; what is empty is not there."""
    again = sent_again(folder, errors([failed(number, values) for number, values in enumerate(tables)]))
    assert not [each.problem for each in again if each.problem]
    found = [{name: value for name, value in each.values.items() if not name.startswith("_error")} for each in again]
    assert found == [{name: value for name, value in values.items() if value} for values in tables]


@pytest.mark.parametrize(
    "tables",
    [
        [{"a;b;c;d;e;f;g;h;i;j": "x;y", "k": "a;b\tc|d"}],
        [{"a|b": "\r", "x\ty": "\n"}],
        [{"sep=;": "1", "b": '"'}, {"sep=;": "2"}],
        [{"SEP=x": "1"}],
        [{"a": "x,\n" * 40_000}, {"a": " 1 "}],
    ],
)
def test_columns_that_look_like_something_else(tmp_path: Path, tables: list[dict[str, str]]) -> None:
    check_way_round(tmp_path, tables)


# A name with a zero is none: whoever reads it takes the file for something else than a table.
LETTERS = st.characters(codec="utf-8", exclude_characters="\0")
NAMES = st.text(LETTERS, min_size=1, max_size=6).map(lambda name: name.strip().strip("\ufeff"))
COLUMNS = st.lists(NAMES.filter(lambda name: name and not name.startswith(REPORT_PREFIX)), min_size=1, unique=True)
CELLS = st.text(st.characters(codec="utf-8"), max_size=8)
TABLES = COLUMNS.flatmap(
    lambda names: st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(names, CELLS)), max_size=5)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TABLES)
def test_values_are_the_same_after_the_way_round(tmp_path: Path, tables: list[dict[str, str]]) -> None:
    check_way_round(tmp_path, tables)
