"""Rows of Excel files."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from server.batch.intake import UnreadableRows
from tests.server.batch.intake.test_reading import rows_of, values

WORKBOOK = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default '
    'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
    'ContentType="application/xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    'Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Rows" '
    'sheetId="1" r:id="r1"/></sheets></workbook>',
}


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


def workbook(cells: str, **more: bytes) -> bytes:
    """An Excel file with these rows of cells (SpreadsheetML)."""
    parts = {**WORKBOOK, "xl/worksheets/sheet1.xml": SHEET.format(cells), **more}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return written.getvalue()


CELLS = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>sku</t></is></c><c r="B1" t="inlineStr"><is><t>price</t></is></c>'
    '<c r="C1" t="inlineStr"><is><t>on</t></is></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>00501</t></is></c><c r="B2"><v>49</v></c>'
    '<c r="C2" t="b"><v>1</v></c></row>'
    '<row r="4"><c r="A4"><v>501</v></c><c r="B4"><f>49*2</f><v>98.5</v></c></row>'
)


def test_a_workbook_keeps_texts_as_they_are_and_formulas_by_their_result(tmp_path: Path) -> None:
    found = rows_of(tmp_path, workbook(CELLS), "rows.csv")  # the bytes say what it is
    assert values(found) == [{"sku": "00501", "price": "49", "on": "true"}, {"sku": "501", "price": "98.5"}]
    assert [row.line for row in found] == [2, 4]


@pytest.mark.parametrize("place", ["XFD1048576", "ALL500000"])
def test_a_workbook_with_a_cell_far_away_ends_no_server(tmp_path: Path, place: str) -> None:
    far = f'<row r="{place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}"><c r="{place}"><v>1</v></c></row>'
    with pytest.raises(UnreadableRows, match="a cell far away from the others"):
        rows_of(tmp_path, workbook(CELLS + far))


def test_of_several_sheets_the_first_that_is_shown_is_read(tmp_path: Path) -> None:
    sheets = WORKBOOK["xl/workbook.xml"].replace("<sheets>", '<sheets><sheet name="Lists" sheetId="2" r:id="r2" {}/>')
    relations = WORKBOOK["xl/_rels/workbook.xml.rels"]
    other = relations.partition("<Relationship ")[2].replace("r1", "r2").replace("sheet1", "sheet2")
    more = {
        "xl/_rels/workbook.xml.rels": relations.replace("</Relationships>", f"<Relationship {other}").encode(),
        "xl/worksheets/sheet2.xml": SHEET.format('<row r="1"><c r="A1"><v>7</v></c></row>').encode(),
    }
    for state, wanted in (('state="hidden"', "00501"), ('state="veryHidden"', "00501"), ("", "")):
        data = workbook(CELLS, **more, **{"xl/workbook.xml": sheets.format(state).encode()})
        assert "".join(str(row.values["sku"]) for row in rows_of(tmp_path, data)[:1]) == wanted


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_read(tmp_path: Path) -> None:
    bomb = workbook(CELLS, bomb=bytes(257_000_000))
    assert len(bomb) < 1_000_000
    with pytest.raises(UnreadableRows, match="unpacks to more than"):
        rows_of(tmp_path, bomb)


@pytest.mark.parametrize("data", [b"PK\x03\x04 and no more", workbook("")[:200]])
def test_what_is_no_workbook(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UnreadableRows, match="no Excel workbook"):
        rows_of(tmp_path, data)


def test_zip_archives_old_workbooks_and_nothing(tmp_path: Path) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("rows.csv", "a\n1\n")
    with pytest.raises(UnreadableRows, match="zip archive"):
        rows_of(tmp_path, written.getvalue())
    with pytest.raises(UnreadableRows, match="Old Excel"):
        rows_of(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "rows.xls")
    with pytest.raises(UnreadableRows, match="empty"):
        rows_of(tmp_path, b"")
    with pytest.raises(UnreadableRows, match="first sheet is empty"):
        rows_of(tmp_path, workbook(""))


def test_a_cell_of_a_workbook_that_is_too_long_is_a_problem_of_its_row(tmp_path: Path) -> None:
    long = f'<row r="5"><c r="A5" t="inlineStr"><is><t>{"x" * 1_000_001}</t></is></c></row>'
    *_, last = rows_of(tmp_path, workbook(CELLS + long))
    assert (last.line, last.problem) == (5, "a cell has more than 1,000,000 characters")
