"""What the page sees of files of rows, and what it takes their columns for, in a real browser."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.server.live_server import LiveServer

LOOK = """async ([name, data]) => {
    const { lookAt } = await import("/gallery/table_file.js");
    return lookAt(new File([Uint8Array.from(atob(data), (character) => character.charCodeAt(0))], name));
}"""
GUESS = """async ([columns, rows, schema]) => {
    const { guessColumns } = await import("/gallery/column_guess.js");
    return Object.fromEntries([...guessColumns(columns, rows, schema)].map(([name, guess]) => [name, guess.target]));
}"""
SCHEMA = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "author": {"type": "string"},
        "price": {"type": "number"},
        "stock": {"type": "integer"},
        "date": {"type": "string", "format": "date"},
        "image": {"type": "string", "format": "uri-reference"},
        "accent": {"type": "string", "format": "color"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "size": {"enum": ["small", "large"]},
    },
    "required": ["title"],
}


@pytest.fixture(scope="module")
def opened(browser: Browser, gallery: LiveServer) -> Iterator[Page]:
    """One page for all: what is asked of its modules leaves nothing behind."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{gallery.url}/batches")
    yield page
    context.close()


def look(page: Page, name: str, data: bytes) -> dict[str, Any]:
    found = page.evaluate(LOOK, [name, b64encode(data).decode()])
    assert isinstance(found, dict)
    return found


def guess(page: Page, rows: list[dict[str, Any]], schema: dict[str, Any] = SCHEMA) -> dict[str, str]:
    found = page.evaluate(GUESS, [list(rows[0]), rows, schema])
    assert isinstance(found, dict)
    return found


class TestTables:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_delimiters_quotes_and_line_ends(self, opened: Page, delimiter: str) -> None:
        lines = [["title", "note"], [f'"a{delimiter} ""b"""', '"two\r\nlines"'], ["ü", ""], ["last", "x"]]
        seen = look(opened, "rows.csv", "\r\n".join(delimiter.join(cells) for cells in lines).encode())
        assert (seen["kind"], seen["delimiter"], seen["columns"]) == ("csv", delimiter, ["title", "note"])
        assert seen["rows"] == [
            {"title": f'a{delimiter} "b"', "note": "two\r\nlines"},
            {"title": "ü", "note": ""},
            {"title": "last", "note": "x"},
        ]
        assert seen["whole"]
        assert not seen["problem"]

    @pytest.mark.parametrize(
        ("data", "title"),
        [
            ("title,b\nä,1\n".encode("utf-8-sig"), "ä"),
            ("title,b\nä,1\n".encode("utf-16"), "ä"),
            ("title,b\nä,1\n".encode("utf-16-le"), "ä"),
            ("title,b\nä,1\n".encode("cp1252"), "ä"),
            (b"sep=,\r\ntitle,b\r\nx;y;z,1\r\n", "x;y;z"),
            (b"\n \n title , b ,,\nx,1,,\n", "x"),
        ],
        ids=["mark", "utf-16", "utf-16 without mark", "windows-1252", "sep", "white space"],
    )
    def test_what_spreadsheets_write(self, opened: Page, data: bytes, title: str) -> None:
        seen = look(opened, "rows.csv", data)
        assert seen["columns"] == ["title", "b"]
        assert seen["rows"] == [{"title": title, "b": "1"}]

    def test_a_large_file_is_looked_at_in_part(self, opened: Page) -> None:
        data = b"title,text\n" + b'x,"' + b"y" * 3000 + b'\n"\n' + b'z,"' + b"w" * 400_000 + b'"\n'
        seen = look(opened, "rows.csv", data)
        assert [row["title"] for row in seen["rows"]] == ["x"]
        assert not seen["whole"]

    @pytest.mark.parametrize(
        ("name", "data", "problem"),
        [
            ("rows.csv", b"", "empty"),
            ("rows.csv", b"a,,b\n1,2,3\n", "Column 2 has no name"),
            ("rows.csv", b"a,a\n1,2\n", "is there twice"),
            ("rows.xls", b"\xd0\xcf\x11\xe0", "save it as .xlsx"),
            ("rows.ndjson", b'{"a": 1}\nnope\n', "Line 2 is no JSON object"),
            ("rows.json", b'{"a": 1}', "list of rows"),
        ],
    )
    def test_what_the_server_will_refuse(self, opened: Page, name: str, data: bytes, problem: str) -> None:
        assert problem in look(opened, name, data)["problem"]


class TestDocuments:
    def test_lines_of_json(self, opened: Page) -> None:
        seen = look(opened, "rows.jsonl", b'{"a": 1}\n\n{"b": [2]}\n')
        assert (seen["kind"], seen["columns"]) == ("ndjson", ["a", "b"])
        assert seen["rows"] == [{"a": 1}, {"b": [2]}]

    def test_lists_and_objects_with_rows(self, opened: Page) -> None:
        rows = [{"a": 1}, {"a": "x", "b": None}]
        assert look(opened, "rows.json", json.dumps(rows).encode())["rows"] == rows
        seen = look(opened, "rows", json.dumps({"template": "article", "rows": rows}).encode())
        assert (seen["kind"], seen["rows"], seen["options"]) == ("json", rows, ["template"])

    def test_workbooks_are_left_to_the_server(self, opened: Page) -> None:
        seen = look(opened, "rows.csv", b"PK\x03\x04 whatever it is called")
        assert (seen["kind"], seen["columns"]) == ("xlsx", None)


class TestGuesses:
    @pytest.mark.parametrize(
        ("column", "value", "target"),
        [
            ("title", "Hello", "title"),
            ("TITLE ", "Hello", "title"),
            ("Headline", "Hello", "title"),
            ("Article title", "Hello", "title"),
            ("Written by", "Ada", "author"),
            ("Product price", "12.50", "price"),
            ("unit_price", "12.50", "price"),
            ("unit_price", "12,50 EUR", ""),
            ("qty", "3", "stock"),
            ("publishedAt", "2026-11-21", "date"),
            ("publishedAt", "November", ""),
            ("ImageURL", "https://example.com/a.png", "image"),
            ("labels", '["a"]', "tags"),
            ("SKU", "1", "_id"),
            ("Product ID", "1", "_id"),
            ("lang", "de", "_l"),
            ("_q", "80", "_q"),
            ("_error_message", "is required", ""),
            ("whatever", "Hello", ""),
        ],
    )
    def test_by_name(self, opened: Page, column: str, value: str, target: str) -> None:
        assert guess(opened, [{column: value}])[column] == target

    @pytest.mark.parametrize(
        ("value", "target"),
        [("2026-11-21", "date"), ("1.5", "price"), ("#ff0000", "accent"), ("a/b.webp", "image"), ("large", "size")],
    )
    def test_by_values(self, opened: Page, value: str, target: str) -> None:
        assert guess(opened, [{"x": value, "y": "a text"}]) == {"x": target, "y": ""}

    def test_no_variable_is_given_twice(self, opened: Page) -> None:
        assert guess(opened, [{"Headline": "b", "title": "a", "Heading": "c"}]) == {
            "Headline": "", "title": "title", "Heading": ""
        }  # fmt: skip

    def test_two_columns_of_a_kind_are_left_to_the_reader(self, opened: Page) -> None:
        assert guess(opened, [{"x": "2026-11-21", "y": "2026-11-22"}]) == {"x": "", "y": ""}

    def test_a_variable_called_like_an_id_is_no_id(self, opened: Page) -> None:
        schema = {"type": "object", "properties": {"sku": {"type": "string"}}}
        assert guess(opened, [{"SKU": "1", "id": "2"}], schema) == {"SKU": "sku", "id": "_id"}
