"""Forms: one file straight to the disk, options as fields, whatever clients write."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from server.batch.options import BatchOptions
from tests.server.batch.reception.desk import CSV, MOST_BYTES, MOST_OPTION_BYTES, Desk, form_of, gzipped

pytestmark = pytest.mark.anyio

FORM = "multipart/form-data; boundary=b"
FILE = ('Content-Disposition: form-data; name="file"; filename="rows.csv"\r\nContent-Type: text/csv', CSV)
TEMPLATE = ('Content-Disposition: form-data; name="template"', b"card")


async def test_a_file_and_fields(desk: Desk) -> None:
    upload = await desk.taken(
        files={"file": ("Märkte 1.csv", CSV, "text/csv")},
        data={"template": "card", "formats": "png,webp", "_d": "2", "metadata": '{"a": "ä"}'},
    )
    assert upload.options == BatchOptions.model_validate(
        {"template": "card", "formats": ["png", "webp"], "options": {"_d": 2}, "metadata": {"a": "ä"}}
    )
    assert (upload.kind, upload.name) == ("csv", "Märkte 1.csv")
    assert upload.path.read_bytes() == CSV


async def test_options_as_one_field_of_json_and_in_the_query(desk: Desk) -> None:
    options = {"template": "card", "pilot": 5, "options": {"_l": "de-DE"}}
    plain = await desk.taken(files={"upload": ("x.csv", CSV)}, data={"options": json.dumps(options)})
    # As curl sends -F options=@options.json: with a file name.
    named = await desk.taken(
        files=[("options", ("options.json", json.dumps(options))), ("file", ("x.csv", CSV))], query=""
    )
    queried = await desk.taken(files={"file": ("x.csv", CSV)}, query="template=card&pilot=5&_l=de-DE")
    assert plain.options == named.options == queried.options == BatchOptions.model_validate(options)


@pytest.mark.parametrize(
    ("name", "media_type", "content", "kind"),
    [
        ("rows.tsv", "", b"a\tb\n1\t2\n", "csv"),
        ("rows.csv", "application/vnd.ms-excel", CSV, "csv"),
        ("rows.ndjson", "application/octet-stream", b'{"a": 1}\n', "ndjson"),
        ("rows.json", "", b'[{"a": 1}]', "json"),
        ("rows.json", "application/json", b'{"rows": [{"a": 1}], "pilot": 3}', "json"),
        ("rows", "", CSV, "csv"),
    ],
)
async def test_the_kind_of_the_file(desk: Desk, name: str, media_type: str, content: bytes, kind: str) -> None:
    upload = await desk.taken(files={"file": (name, content, media_type)}, data={"template": "card"})
    assert (upload.kind, upload.name) == (kind, name)
    assert upload.options.pilot == (3 if b"pilot" in content else None)


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('filename="C:\\Users\\me\\rows.csv"', "rows.csv"),
        ('filename="../../etc/rows.csv"', "rows.csv"),
        ("filename*=UTF-8''M%C3%A4rkte.csv", "Märkte.csv"),
        ("filename=rows.csv", "rows.csv"),
        ('filename="a\x07b.csv"', "ab.csv"),
        ('filename="' + "x" * 500 + '"', "x" * 200),
        ('filename=""', ""),
    ],
)
async def test_names_of_files(desk: Desk, disposition: str, name: str) -> None:
    part = (f'Content-Disposition: form-data; name="file"; {disposition}', CSV)
    assert (await desk.taken(form_of("b", part, TEMPLATE), FORM)).name == name


async def test_a_file_input_that_was_left_empty_is_no_file(desk: Desk) -> None:
    empty = ('Content-Disposition: form-data; name="other"; filename=""\r\nContent-Type: application/octet-stream', b"")
    for parts in ((empty, FILE, TEMPLATE), (FILE, empty, TEMPLATE)):
        assert (await desk.taken(form_of("b", *parts), FORM)).name == "rows.csv"
        desk.uploads[-1].path.unlink()
    assert "has no file" in await desk.refused(400, "malformed-body", form_of("b", empty, TEMPLATE), FORM)


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_boundaries_may_fall_anywhere(desk: Desk, size: int) -> None:
    content = b"a\r\n--\r\n-\r\n--bb\r\n--a\r\n" * 20
    body = form_of("b" * 20, (FILE[0], content), TEMPLATE) + b"an epilogue\r\n"

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    upload = await desk.taken(pieces(), f"multipart/form-data; boundary={'b' * 20}")
    assert upload.path.read_bytes() == content


async def test_a_gzipped_form(desk: Desk) -> None:
    upload = await desk.taken(gzipped(form_of("b", FILE, TEMPLATE)), FORM, headers={"Content-Encoding": "gzip"})
    assert upload.path.read_bytes() == CSV


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        (form_of("b", TEMPLATE), FORM, 'The form has no file; send the rows as a file field, such as "file".'),
        (form_of("b"), FORM, "The form has no file"),
        (form_of("b", FILE, FILE), FORM, "The form has a second file, in the field 'file'"),
        (
            form_of("b", FILE, ('Content-Disposition: form-data; name="more"; filename=""', CSV)),
            FORM,
            "The form has a second file, in the field 'more'; send one file for each batch.",
        ),
        (form_of("b", FILE, TEMPLATE), "multipart/form-data", "names no boundary"),
        (form_of("b", FILE, TEMPLATE), "multipart/form-data; boundary=c", "The form cannot be read"),
        (form_of("b", FILE, TEMPLATE), f"multipart/form-data; boundary={'b' * 500}", "The form cannot be read"),
        (form_of("b", FILE, TEMPLATE)[:-6], FORM, "The form is cut short"),
        (form_of("b", FILE)[:100], FORM, "The form is cut short"),
        (b"", FORM, "The form is cut short"),
        (CSV, FORM, "The form cannot be read"),
        (form_of("b", ("Content-Type: text/csv", CSV)), FORM, "no name in its Content-Disposition"),
        (form_of("b", ("Content-Disposition: form-data", CSV)), FORM, "no name in its Content-Disposition"),
        (form_of("b", FILE, (TEMPLATE[0], b"\xff")), FORM, "The field template of the form is not UTF-8."),
        (
            form_of("b", (FILE[0] + "\r\nContent-Transfer-Encoding: base64", b"YQ==")),
            FORM,
            "The field file has a Content-Transfer-Encoding; send it without one.",
        ),
        (form_of("b", *[TEMPLATE] * 101), FORM, "at most 100 fields"),
    ],
)
async def test_what_is_no_form_with_one_file(desk: Desk, body: bytes, media_type: str, expected: str) -> None:
    assert expected in await desk.refused(400, "malformed-body", body, media_type)


async def test_an_empty_file(desk: Desk) -> None:
    assert "empty" in await desk.refused(422, "unreadable-rows", form_of("b", (FILE[0], b""), TEMPLATE), FORM)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, "template: is required"),
        ({"template": "card", "pilots": "1"}, "pilots: is no option of a batch. Did you mean pilot?"),
        ({"template": ["a", "b"]}, "template: is given twice."),
        ({"template": "card", "options": '{"template": "card"}'}, "template: is given twice."),
        ({"template": "card", "file": "a,b"}, "file: is no option; a file needs a file name"),
        ({"template": "card", "options": '{"rows": []}'}, "rows: is no option of a batch."),
    ],
)
async def test_wrong_fields(desk: Desk, data: dict[str, object], expected: str) -> None:
    detail = await desk.refused(422, "invalid-values", files={"file": ("x.csv", CSV)}, data=data)
    assert detail.startswith(expected)


async def test_limits_of_forms(desk: Desk) -> None:
    whole = (FILE[0], b"x" * MOST_BYTES)
    assert (await desk.taken(form_of("b", whole, TEMPLATE), FORM)).bytes == MOST_BYTES
    desk.uploads.pop().path.unlink()

    async def unannounced(body: bytes) -> AsyncIterator[bytes]:
        yield body

    detail = await desk.refused(413, "body-too-large", unannounced(form_of("b", (FILE[0], whole[1] + b"x"))), FORM)
    assert detail == "The upload may have at most 3,000,000 bytes; send it in several batches."
    long = (TEMPLATE[0], b"x" * (MOST_OPTION_BYTES + 1))
    detail = await desk.refused(413, "body-too-large", form_of("b", FILE, long), FORM)
    assert detail == "All fields of the form beside the file together may have at most 100,000 bytes."
    endless = form_of("b", FILE, TEMPLATE) + b"x" * (MOST_BYTES + MOST_OPTION_BYTES + 300_000)
    assert "at most 3,000,000" in await desk.refused(413, "body-too-large", unannounced(endless), FORM)
