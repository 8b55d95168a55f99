"""Uploaded rows: every format, and everything that goes wrong with files of rows."""

from __future__ import annotations

import io
import json
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.batch.intake import Row, UnreadableRows, kind_of, read_rows
from server.batch.intake.halves import HalfMarker, half_in


def rows_of(folder: Path, data: bytes | str, name: str = "", media_type: str = "") -> list[Row]:
    path = folder / "upload"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(read_rows(path, kind_of(path, media_type, name)))


def values(rows: list[Row]) -> list[dict[str, object]]:
    assert not [row.problem for row in rows if row.problem]
    return [dict(row.values) for row in rows]


TABLE = [{"sku": "00501", "title": "Käse, “fein”"}, {"sku": "7", "title": "two\nlines"}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_csv_of_any_dialect(tmp_path: Path, delimiter: str, encoding: str, line_end: str) -> None:
    text = f'sku{delimiter} title {line_end}00501{delimiter}"Käse, “fein”"{line_end}7{delimiter}"two\nlines"{line_end}'
    assert values(rows_of(tmp_path, text.encode(encoding), "rows.csv")) == TABLE


def test_mixed_line_ends_empty_lines_and_missing_cells(tmp_path: Path) -> None:
    found = rows_of(tmp_path, "a,b\r\n1,2\n\n3\r\n,\n4,\r5,6", "rows.csv")
    assert values(found) == [{"a": "1", "b": "2"}, {"a": "3"}, {"a": "4"}, {"a": "5", "b": "6"}]
    assert [row.index for row in found] == [0, 1, 2, 3]
    assert found[0].line == 2
    assert all(row.texts for row in found)


def test_a_line_for_excel_names_the_delimiter(tmp_path: Path) -> None:
    assert values(rows_of(tmp_path, "sep=;\r\na;b\r\n1,5;2\r\n", "rows.csv")) == [{"a": "1,5", "b": "2"}]


def test_one_column(tmp_path: Path) -> None:
    assert values(rows_of(tmp_path, "title\nHello\n", "rows.csv")) == [{"title": "Hello"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,a\n1,2\n", "The column 'a' is there twice in line 1"),
        ("a,,c\n1,2,3\n", "Column 2 has no name in line 1"),
        ("\n\n", "must name the columns"),
        (",".join(f"c{i}" for i in range(501)), "501 columns"),
    ],
)
def test_columns_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UnreadableRows, match=message):
        rows_of(tmp_path, text, "rows.csv")


def test_a_row_with_too_many_cells_is_a_problem_of_that_row_alone(tmp_path: Path) -> None:
    found = rows_of(tmp_path, "a,b\n1,2,3\n4,5\n", "rows.csv")
    assert "it has 3 cells and there are 2 columns" in found[0].problem
    assert dict(found[1].values) == {"a": "4", "b": "5"}


def test_an_open_quotation_mark_is_a_problem_of_its_row(tmp_path: Path) -> None:
    found = rows_of(tmp_path, 'a,b\n1,2\n"3,4\n5,6\n', "rows.csv")
    assert dict(found[0].values) == {"a": "1", "b": "2"}
    assert "a quotation mark in it is never closed" in found[1].problem
    assert found[1].line == 3


def test_json_keeps_types_and_exact_numbers(tmp_path: Path) -> None:
    text = '{"template": "card", "rows": [{"a": 1.10, "b": [true, null], "c": null, "d": "00501"}], "formats": ["png"]}'
    (row,) = rows_of(tmp_path, text, media_type="application/json; charset=utf-8")
    assert row.values == {"a": Decimal("1.10"), "b": [True, None], "d": "00501"}
    assert not row.texts


@pytest.mark.parametrize("text", ['[{"a": 1}]', '\ufeff[{"a": 1}]', ' \n[{"a":1}]\n'])
def test_a_json_list_is_rows(tmp_path: Path, text: str) -> None:
    assert values(rows_of(tmp_path, text)) == [{"a": 1}]


def test_json_in_utf_16(tmp_path: Path) -> None:
    assert values(rows_of(tmp_path, '[{"a": "ß"}]'.encode("utf-16"), "rows.json")) == [{"a": "ß"}]


def test_json_that_is_cut_gives_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_text('[{"a": 1}, {"a": 2}, {"a"')
    reading = read_rows(path, "json")
    assert [next(reading).index, next(reading).index] == [0, 1]
    with pytest.raises(UnreadableRows, match="Behind row 2 the file is no JSON"):
        next(reading)


@pytest.mark.parametrize("text", ["[]", "{}", '{"rows": []}', '{"rows": {}}', '"text"', "nonsense"])
def test_json_without_rows(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableRows):
        rows_of(tmp_path, text, "rows.json")


def test_json_rows_that_are_no_objects(tmp_path: Path) -> None:
    found = rows_of(tmp_path, '[1, {"a": 2}]')
    assert "no JSON object" in found[0].problem
    assert dict(found[1].values) == {"a": 2}


def test_ndjson_names_the_line_of_what_is_broken(tmp_path: Path) -> None:
    found = rows_of(tmp_path, '{"a": 1}\n\n{"a": \n[1]\n{"a": NaN}\n{"a": 2.50}', "rows.ndjson")
    assert [(row.line, bool(row.problem)) for row in found] == [(1, False), (3, True), (4, True), (5, True), (6, False)]
    assert found[-1].values == {"a": Decimal("2.50")}


def test_deep_nesting_is_a_problem_of_its_line(tmp_path: Path) -> None:
    found = rows_of(tmp_path, "[" * 100_000 + '\n{"a": 1}\n', "rows.ndjson")
    assert found[0].problem
    assert not found[1].problem


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"a": 1}\n{"a": 2}\n', "ndjson"),
        ('{"rows": [{"a": 1}]}', "json"),
        ('{\n "rows": []}', "json"),
        ("[1]", "json"),
        ("a,b\n1,2\n", "csv"),
    ],
)
def test_a_format_that_nobody_named(tmp_path: Path, text: str, kind: str) -> None:
    path = tmp_path / "upload"
    path.write_text(text)
    assert kind_of(path) == kind


NAMES = st.text("abcdefgh", min_size=1, max_size=6)
CELL_TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=12)


@given(st.lists(NAMES, min_size=2, max_size=5, unique=True), st.data())
def test_what_python_writes_as_csv_is_read_back(names: list[str], data: st.DataObject) -> None:
    import csv
    import tempfile

    delimiter = data.draw(st.sampled_from(",;\t|"))
    table = data.draw(st.lists(st.lists(CELL_TEXTS, min_size=len(names), max_size=len(names)), max_size=6))
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([names, *table])
    with tempfile.TemporaryDirectory() as folder:
        found = rows_of(Path(folder), written.getvalue(), "rows.csv")
    wanted = [{name: cell for name, cell in zip(names, cells, strict=True) if cell} for cells in table if any(cells)]
    assert values(found) == wanted


@given(st.lists(st.dictionaries(NAMES, st.integers() | CELL_TEXTS | st.lists(st.booleans())), min_size=1, max_size=5))
def test_json_and_ndjson_are_read_alike(rows: list[dict[str, object]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        document = rows_of(Path(folder), json.dumps({"rows": rows}), "rows.json")
        lines = rows_of(Path(folder), "\n".join(map(json.dumps, rows)), "rows.ndjson")
    assert values(document) == values(lines) == rows


HALVES = [
    ('{"title": "half a \\ud83d character"}', "its title has half of a surrogate pair (\\ud83d)"),
    ('{"title": "\\udc00"}', "its title has half of a surrogate pair (\\udc00)"),
    ('{"title": "\\uD800\\uD83D\\uDE00"}', "its title has half of a surrogate pair (\\ud800)"),
    ('{"title": "x", "tags": ["a", {"b": "\\ud8ff\\n"}]}', "its tags has half of a surrogate pair (\\ud8ff)"),
    ('{"title": "x", "\\ud800": 1}', "the name of its column 2 has half of a surrogate pair (\\ud800)"),
    ('{"title": "x\\\\ud800 \\ud83d\\ude00"}', ""),
]


@pytest.mark.parametrize("form", ["json", "ndjson"])
@pytest.mark.parametrize(("row", "problem"), HALVES)
def test_half_a_character_is_a_problem_of_its_row_and_column(tmp_path: Path, form: str, row: str, problem: str) -> None:
    rows = ['{"title": "before"}', row, '{"title": "behind"}']
    text = f"[{','.join(rows)}]" if form == "json" else "\n".join(rows)
    before, bad, behind = rows_of(tmp_path, text, f"rows.{form}")
    assert values([before, behind]) == [{"title": "before"}, {"title": "behind"}]
    if problem:
        assert bad.problem.startswith(problem)
        assert bad.values == {}
    else:
        assert values([bad]) == [{"title": "x\\ud800 😀"}]


TEXTS = st.lists(
    st.sampled_from(["\\ud83d", "\\ude00", "\\uD8aB", "\\\\", '\\"', "\\u0041", "ud800", "ä", "😀", "\\n"])
)


@given(TEXTS, st.integers(1, 9))
def test_halves_are_found_wherever_the_text_is_cut(parts: list[str], size: int) -> None:
    text = "".join(parts)
    data, marker = f'"{text}"'.encode(), HalfMarker()
    marked = b"".join(marker.marked(data[start : start + size]) for start in range(0, len(data), size))
    found, wanted = json.loads(marked + marker.marked(b"")), json.loads(f'"{text}"')
    halves = [f"{ord(each):04x}" for each in wanted if "\ud800" <= each <= "\udfff"]
    assert marker.any == bool(halves)
    assert half_in(found) == half_in(wanted) == (halves[0] if halves else None)
    if not halves:
        assert found == wanted


@pytest.mark.parametrize("name", ["rows.csv", "rows.json", "rows.ndjson"])
@pytest.mark.parametrize(("encoding", "half"), [
    ("utf-8-sig", b"\xed\xa0\x80"), ("utf-8", b"\xed\xb0\x80"),
    ("utf-16", b"\x00\xd8"), ("utf-16", b"\x00\xdc"), ("utf-16-le", b"\x3d\xd8"), ("utf-16-be", b"\xd8\x3d"),
])  # fmt: skip
def test_half_a_character_in_the_bytes_is_no_text(tmp_path: Path, encoding: str, half: bytes, name: str) -> None:
    lines = {"csv": "title\nA\n%\n", "json": '[{"title": "%"}]', "ndjson": '{"title": "%"}\n'}[name.partition(".")[2]]
    before, after = lines.split("%")
    little = encoding.partition("-")[0] + "-16-le" if encoding == "utf-16" else encoding
    data = before.encode(encoding) + half + after.encode("utf-8" if encoding == "utf-8-sig" else little)
    with pytest.raises(UnreadableRows):
        rows_of(tmp_path, data, name)


def test_a_torn_letter_makes_no_other_letters_of_those_before_it(tmp_path: Path) -> None:
    with pytest.raises(UnreadableRows, match="no utf-8 text"):
        rows_of(tmp_path, "title\nKäse\n".encode() + b"S\xfc\xdf\n", "rows.csv")
    assert values(rows_of(tmp_path, b"title\nS\xfc\xdf \x80\n", "rows.csv")) == [{"title": "Süß €"}]


@pytest.mark.parametrize("form", ["json", "ndjson"])
@pytest.mark.parametrize(
    "row", ['{"a": 1, "b": 2, "a": 3}', '{"b": [{"a": 1, "a": 1}]}', '{"b": {"c": {"a": 1, "a": 2}}}']
)
def test_a_name_that_is_there_twice_is_a_problem_of_its_row(tmp_path: Path, form: str, row: str) -> None:
    rows = ['{"a": {"a": [{"a": 1}, {"a": 2}]}}', row, '{"a": 2}']
    text = f"[{','.join(rows)}]" if form == "json" else "\n".join(rows)
    before, bad, behind = rows_of(tmp_path, text, f"rows.{form}")
    assert values([before, behind]) == [{"a": {"a": [{"a": 1}, {"a": 2}]}}, {"a": 2}]
    assert bad.problem == "'a' is there twice; which value counts?"


@pytest.mark.parametrize(
    ("name", "text", "line", "problem"),
    [
        ("rows.csv", 'a,b\n1,"2\n3,4\n', 2, "a quotation mark in it is never closed"),
        ("rows.csv", 'a,b\n1,"2" x\n3,4\n', 2, "a quotation mark stands within a cell"),
        ("rows.csv", f"a,b\n1,{'x' * 1_000_001}\n3,4\n", 2, "a cell has more than 1,000,000 characters"),
        ("rows.ndjson", '{"a": 1}\n{"a": 1, \n{"a": 2}\n', 2, "Expecting property name enclosed in double quotes, at"),
        ("rows.ndjson", '{"a": 1}\n{"a": 1} {"a": 2}\n', 2, "it is no JSON (Extra data, at character 10)"),
        ("rows.ndjson", '{"a": %s}\n' % ("9" * 5000), 1, "it has a number of far too many digits"),
        ("rows.ndjson", '{"a": NaN}\n', 1, "NaN is no JSON number"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_in_words_of_the_file(
    tmp_path: Path, name: str, text: str, line: int, problem: str
) -> None:
    (bad,) = (row for row in rows_of(tmp_path, text, name) if row.problem)
    assert (bad.line, problem in bad.problem) == (line, True), bad.problem
    assert "sys." not in bad.problem


def peak_of(path: Path) -> tuple[list[Row], int]:
    """The rows with a problem, and the most memory that Python held meanwhile."""
    tracemalloc.start()
    try:
        return [row for row in read_rows(path, "csv") if row.problem], tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_line_without_an_end_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n1,2\n")
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b"\n3\n")
    (bad,), peak = peak_of(path)
    assert (bad.index, bad.line) == (1, 3)
    assert "it has more than 4,000,000 characters" in bad.problem
    assert peak < 50_000_000
    assert [row.line for row in read_rows(path, "csv")] == [2, 3, 4]


def test_a_row_of_lines_without_an_end_is_too_long_some_day(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n1,2\n" + '"ab\n",' * 800_000 + "\n")
    first, second, *_ = read_rows(path, "csv")
    assert (first.problem, second.line) == ("", 3)
    assert "it has more than 4,000,000 characters" in second.problem


def test_what_is_no_text_at_all(tmp_path: Path) -> None:
    with pytest.raises(UnreadableRows, match="no UTF-8 and no Windows-1252 text"):
        rows_of(tmp_path, b"a,b\n\xff\x81\x8d,2\n", "rows.csv")
    with pytest.raises(UnreadableRows, match="Column 1 has a zero in its name in line 1"):
        rows_of(tmp_path, bytes(3000), "rows.csv")
