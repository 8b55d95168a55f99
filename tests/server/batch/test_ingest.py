"""Bad uploads over the API, from the request to the rows: what is wrong with them is told of a row or of the job."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.server.batch.machines import JOBS, Works
from tests.server.batch.orders import uploaded
from tests.server.live_server import Answer

NDJSON = "application/x-ndjson"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = b"""<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"""
OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = b"""<?xml version="1.0"?><Relationships
 xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="%s" Target="%s"/></Relationships>"""
WORKBOOK = b"""<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:r="%s"><sheets><sheet name="One" sheetId="1" r:id="rId1"/></sheets></workbook>"""
SHEET = """<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<sheetData>%s</sheetData></worksheet>"""


def workbook(*rows: str, padding: int = 0) -> bytes:
    """A workbook with one sheet of these rows of XML, which unpacks to so many bytes more than it has."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", RELATIONS % (OFFICE + b"/officeDocument", b"xl/workbook.xml"))
        archive.writestr("xl/workbook.xml", WORKBOOK % OFFICE)
        archive.writestr("xl/_rels/workbook.xml.rels", RELATIONS % (OFFICE + b"/worksheet", b"worksheets/sheet1.xml"))
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            head, _, tail = SHEET.partition("%s")
            sheet.write((head + "".join(rows)).encode())
            for _ in range(padding // 1_000_000):
                sheet.write(b" " * 1_000_000)
            sheet.write(tail.encode())
    return file.getvalue()


def line(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def text(place: str, value: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def refused(works: Works, body: bytes, media_type: str, query: str = "template=card") -> Answer:
    return works.server.call(f"{JOBS}?{query}", body, headers={"Content-Type": media_type})


def rows_after(works: Works, batch: str, outcome: str) -> list[dict[str, Any]]:
    job = works.settled(batch)
    assert (job["status"], job["outcome"]) == ("completed", outcome), job
    return works.rows(batch)


def test_a_workbook_with_formulas(embedded: Works) -> None:
    formulas = '<c r="A2" t="str"><f>CONCATENATE("Sum"," ",1)</f><v>Sum 1</v></c><c r="B2"><f>1+2</f><v>3</v></c>'
    unknown = '<c r="A3" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="B3"><f>1+3</f><v>4</v></c>'
    body = workbook(line(1, text("A1", "title"), text("B1", "count")), line(2, formulas), line(3, unknown))
    good, bad = rows_after(embedded, uploaded(embedded, body, media_type=XLSX), "partial")
    assert (good["status"], good["values"]) == ("succeeded", {"title": "Sum 1", "count": "3"})
    assert (bad["line"], bad["values"], bad["error"]["field"]) == (3, {"count": "4"}, "title")


def test_a_workbook_that_is_a_bomb(embedded: Works) -> None:
    bomb = workbook(line(1, text("A1", "title")), line(2, text("A2", "x")), padding=260_000_000)
    assert len(bomb) < 1_000_000
    answer = refused(embedded, bomb, XLSX)
    assert (answer.status, answer.json()["code"]) == (422, "unreadable-rows")
    assert "unpacks to more than 256,000,000 bytes" in str(answer.json()["detail"])
    assert embedded.server.ask("/readyz").status == 200


@pytest.mark.parametrize(
    ("body", "media_type", "reason"),
    [
        (b"", "text/csv", "empty"),
        (b"", NDJSON, "empty"),
        (b"", "application/json", "empty"),
        (b"\n \r\n", "text/csv", "empty"),
        (b"PK\x03\x04 and no more", XLSX, "no Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/vnd.ms-excel", "Old Excel files"),
    ],
)
def test_uploads_without_any_row(embedded: Works, body: bytes, media_type: str, reason: str) -> None:
    answer = refused(embedded, body, media_type)
    assert 400 <= answer.status < 500
    assert reason in str(answer.json()["detail"])


@pytest.mark.parametrize("body", [b"title\n", b"title\r\n\r\n\r\n", workbook(line(1, text("A1", "title")))])
def test_a_table_of_a_header_only(embedded: Works, body: bytes) -> None:
    media_type = XLSX if body.startswith(b"PK") else "text/csv"
    job = embedded.settled(uploaded(embedded, body, media_type=media_type))
    assert (job["status"], job["outcome"], job["error"]["code"]) == ("failed", "failed", "no-rows")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings_and_mixed_line_ends(embedded: Works, encoding: str) -> None:
    lines = '_id,title\n1,Käse\r\n2,"Zwei\r\nZeilen"\r3,Süß\n\r\n'
    found = rows_after(embedded, uploaded(embedded, lines.encode(encoding)), "succeeded")
    assert [row["values"] for row in found] == [
        {"_id": "1", "title": "Käse"},
        {"_id": "2", "title": "Zwei\r\nZeilen"},
        {"_id": "3", "title": "Süß"},
    ]
    assert [row["line"] for row in found] == [2, 3, 5]


def test_bytes_that_are_no_text_of_the_encoding(embedded: Works) -> None:
    body = "_id,title\n1,Käse\n".encode("utf-16") + b"\x00\xd8"
    answer = refused(embedded, body, "text/csv")
    if answer.status == 202:
        job = embedded.settled(str(answer.json()["id"]))
        assert (job["status"], job["error"]["code"]) == ("failed", "unreadable-rows")
    else:
        assert answer.json()["code"] == "unreadable-rows"


def test_one_row_in_twenty_is_bad(embedded: Works) -> None:
    rows = [{"title": f"Bad row {n}", "count": "many" if n % 20 == 7 else n % 9, "_id": n} for n in range(400)]
    rows[33]["_id"] = 32
    body = "\n".join(map(json.dumps, rows))
    found = rows_after(embedded, uploaded(embedded, body, media_type=NDJSON), "partial")
    failed = {row["index"]: row["error"]["field"] for row in found if row["status"] == "failed"}
    assert failed == dict.fromkeys(range(7, 400, 20), "count") | {33: "_id"}
    assert found[33]["error"]["message"] == "_id: is the same as in line 33; ids tell rows apart."
    assert all(row["attempts"] == 0 for row in found if row["status"] == "failed")


ODD = [
    '{"title": "half a \\ud83d character"}',
    '{"title": "x", "_id": "\\udc00"}',
    '{"title": "x", "\\ud800": 1}',
    '{"title": "x", "count": 1e999}',
    '{"title": "x", "tags": ["a", 1e999]}',
    '{"title": "x", "tags": ' + "[" * 3000 + "]" * 3000 + "}",
    '{"title": "x", "count": ' + "9" * 3000 + "}",
    '{"title": "zero \\u0000"}',
    '{"title": {"a": {"b": null}}}',
    '{"title": "x", "_d": true}',
    '{"title": "x", "": 1}',
    '{"title": "x", "_id": {"a": [1.5]}}',
]


@pytest.mark.parametrize("form", ["ndjson", "json"])
def test_odd_values_cost_their_row_only(embedded: Works, form: str) -> None:
    rows = [*ODD, '{"title": "Good"}']
    body, media_type = ("\n".join(rows), NDJSON) if form == "ndjson" else (f"[{','.join(rows)}]", "application/json")
    answer = refused(embedded, body.encode(), media_type)
    if form == "json" and answer.status != 202:
        assert (answer.status, answer.json()["code"]) in ((400, "malformed-body"), (422, "unreadable-rows"))
        return
    found = rows_after(embedded, str(answer.json()["id"]), "partial")
    assert len(found) == len(rows)
    assert found[-1]["status"] == "succeeded"
    for name in ("results.csv", "results.json", "results.ndjson", "results.zip", "errors.csv"):
        assert embedded.server.call(f"{JOBS}/{answer.json()['id']}/{name}").status == 200


def test_a_list_of_what_are_no_rows(embedded: Works) -> None:
    body = json.dumps([1, None, "x", [], {"title": "Good"}, {}]).encode()
    found = rows_after(embedded, uploaded(embedded, body, media_type="application/json"), "partial")
    assert [row["status"] for row in found] == [*["failed"] * 4, "succeeded", "failed"]
    assert found[0]["error"]["code"] == "unreadable-row"


def test_no_upload_stays_behind(embedded: Works) -> None:
    embedded.settled(uploaded(embedded, "title\nLast\n"))
    folder: Path = embedded.server.services.batches.folder
    left = [path.name for path in folder.rglob("*") if path.is_file() and path.name not in ("home", "engine.lock")]
    assert left == []


def test_a_report_of_what_could_not_be_read_is_no_row(embedded: Works) -> None:
    table = b"_id,title,_error\na,Mended,title: is required\n,,The row can't be read\n"
    batch = uploaded(embedded, table)
    mended, report = rows_after(embedded, batch, "partial")
    assert mended["status"] == "succeeded"
    assert (report["error"]["code"], "only the report" in report["error"]["message"]) == ("unreadable-row", True)


def test_everything_that_is_wrong_with_a_row_is_said_at_once(embedded: Works) -> None:
    rows = [{"_id": "a", "title": "Good"}, {"_id": "a", "title": "x" * 100, "count": "many", "_d": 7, "_varaint": "x"}]
    batch = uploaded(embedded, "\n".join(map(json.dumps, rows)), media_type=NDJSON)
    _, bad = rows_after(embedded, batch, "partial")
    error = bad["error"]
    assert (error["code"], error["field"], error["retryable"]) == ("invalid-values", "_id", False)
    problems = {problem["name"]: problem for problem in error["problems"]}
    assert list(problems) == ["_id", "_varaint", "_d", "title", "count"]
    assert problems["count"]["got"] == 'the text "many"'
    assert problems["title"]["expected"]
    results = json.loads(embedded.server.call(f"{JOBS}/{batch}/results.json").body)
    assert results["rows"][1]["error"] == error
    (line,) = csv.DictReader(io.StringIO(embedded.server.call(f"{JOBS}/{batch}/errors.csv").body.decode("utf-8-sig")))
    assert line["_error"] == error["message"]
    assert all(f"{name}: {problem['message']}" in line["_error"] for name, problem in problems.items())
