"""Uploads in all three forms: what is taken, and what is said of those that are not."""

from __future__ import annotations

import json

import pytest

from server.batch.intake import read_rows
from server.batch.options import BatchOptions
from server.batch.reception import Upload
from tests.server.batch.reception.desk import CSV, MOST_BYTES, Desk, gzipped, workbook

pytestmark = pytest.mark.anyio

JSON = "application/json"
NDJSON = "application/x-ndjson"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def rows(upload: Upload) -> list[dict[str, object]]:
    return [dict(row.values) for row in read_rows(upload.path, upload.kind)]


def options(**members: object) -> BatchOptions:
    return BatchOptions.model_validate({"template": "card", **members})


async def test_a_json_document_with_options_before_and_behind_the_rows(desk: Desk) -> None:
    body = {
        "template": "card",
        "rows": [{"title": "Käse", "_id": "1"}, {"title": "b", "deep": [1, {"x": None}]}],
        "formats": ["png", "webp"],
        "options": {"_d": 2},
        "metadata": {"rows": "no rows"},
    }
    upload = await desk.taken(json.dumps(body).encode(), JSON)
    assert upload.options == options(formats=["png", "webp"], options={"_d": 2}, metadata={"rows": "no rows"})
    assert (upload.kind, upload.name, upload.path.suffix) == ("json", "", ".json")
    assert [row["title"] for row in rows(upload)] == ["Käse", "b"]
    assert desk.files == [upload.path.name]


async def test_a_json_list_takes_its_options_from_the_query(desk: Desk) -> None:
    upload = await desk.taken(b' [{"title": "a"}]', f"{JSON}; charset=utf-8", "template=card&pilot=3&_l=de-DE")
    assert upload.options == options(pilot=3, options={"_l": "de-DE"})
    assert rows(upload) == [{"title": "a"}]


async def test_options_may_be_said_in_the_query_and_in_the_document_but_once(desk: Desk) -> None:
    body = b'{"rows": [{"a": 1}], "template": "card", "options": {"_q": 80}}'
    assert (await desk.taken(body, JSON, "pilot=3&_d=2")).options == options(pilot=3, options={"_d": 2, "_q": 80})
    desk.uploads.pop().path.unlink()
    detail = await desk.refused(422, "invalid-values", body, JSON, "template=card&_q=80")
    assert detail == "template: is given twice.; _q: is given twice."


@pytest.mark.parametrize(
    ("content", "media_type", "kind"),
    [
        (CSV, "text/csv", "csv"),
        (CSV, "text/csv; charset=utf-8; header=present", "csv"),
        (CSV.replace(b",", b"\t"), "text/tab-separated-values", "csv"),
        (CSV, "application/octet-stream", "csv"),
        (CSV, "", "csv"),
        (b'{"title": "a"}\n{"title": "b"}\n', NDJSON, "ndjson"),
        (b'{"title": "a"}\n{"title": "b"}\n', "text/plain", "ndjson"),
        (b'[{"title": "a"}]', "application/octet-stream", "json"),
        (b'{"rows": [{"title": "a"}]}', "application/octet-stream", "json"),
        ('[{"title": "ä"}]'.encode("utf-16"), JSON, "json"),
        (b'\xef\xbb\xbf{"rows": [{"title": "a"}]}', JSON, "json"),
        (workbook(), XLSX, "xlsx"),
        (workbook(), "application/zip", "xlsx"),
        (workbook(), JSON, "xlsx"),
    ],
)
async def test_rows_as_the_body_itself(desk: Desk, content: bytes, media_type: str, kind: str) -> None:
    upload = await desk.taken(content, media_type, "template=card")
    assert upload.options == options()
    assert (upload.kind, upload.bytes) == (kind, len(content))
    assert upload.path.read_bytes() == content


async def test_what_is_gzipped_is_unpacked(desk: Desk) -> None:
    half = len(CSV) // 2
    packed = gzipped(CSV[:half]) + gzipped(CSV[half:])  # two members, as of two files joined
    plain = await desk.taken(CSV, "text/csv", "template=card")
    for coding in ("gzip", "x-gzip", "identity, GZIP"):
        upload = await desk.taken(packed, "text/csv", "template=card", {"Content-Encoding": coding})
        assert upload.path.read_bytes() == CSV
        assert upload.digest == plain.digest
    body = b'{"template": "card", "rows": [' + b",".join([b'{"title": "a"}'] * 100_000) + b"]}"
    assert (await desk.taken(gzipped(body), JSON, headers={"Content-Encoding": "gzip"})).bytes == len(body)


async def test_a_bomb_is_stopped_when_it_has_unpacked_to_the_limit(desk: Desk) -> None:
    bomb = gzipped(bytes(200_000_000))
    assert len(bomb) < MOST_BYTES
    gz = {"Content-Encoding": "gzip"}
    detail = await desk.refused(413, "body-too-large", bomb, "text/csv", "template=card", gz)
    assert detail.startswith("The upload may have at most 3,000,000 bytes")


async def test_the_digest_tells_requests_apart_by_rows_and_by_options(desk: Desk) -> None:
    async def digest(content: bytes = CSV, query: str = "template=card&pilot=2", media_type: str = "text/csv") -> str:
        return (await desk.taken(content, media_type, query)).digest

    first = await digest()
    assert len(first) == 64
    assert await digest() == first
    assert await digest(query="pilot=2&template=card&formats=png") == first  # a default, and another order
    form = await desk.taken(files={"file": ("x.csv", CSV)}, data={"template": "card", "pilot": "2"})
    assert form.digest == first
    others = [
        await digest(CSV + b"New,8\n"),
        await digest(query="template=card&pilot=3"),
        await digest(query="template=card"),
        await digest(query='template=card&pilot=2&variables={"n":1}'),
        await digest(query='template=card&pilot=2&variables={"n":"1"}'),
        await digest(media_type=NDJSON),
    ]
    assert len({first, *others}) == 7


@pytest.mark.parametrize(
    ("content", "media_type", "headers", "expected"),
    [
        (CSV, "image/png", {}, "Rows are not read from image/png. Say what the body is in its Content-Type: text/csv"),
        (CSV, "application/x-www-form-urlencoded", {}, "not read from application/x-www-form-urlencoded"),
        (CSV, "text/csv", {"Content-Encoding": "br"}, "Content-Encoding br is not read; use gzip or none."),
        (CSV, "text/csv", {"Content-Encoding": "gzip, gzip"}, "Content-Encoding gzip, gzip is not read"),
    ],
)
async def test_other_media_types_and_encodings(
    desk: Desk, content: bytes, media_type: str, headers: dict[str, str], expected: str
) -> None:
    detail = await desk.refused(415, "unsupported-media-type", content, media_type, "template=card", headers)
    assert expected in detail


@pytest.mark.parametrize("media_type", ["text/csv", JSON, NDJSON, XLSX, ""])
@pytest.mark.parametrize("packed", [False, True])
async def test_an_empty_upload(desk: Desk, media_type: str, packed: bool) -> None:
    content, headers = (gzipped(b""), {"Content-Encoding": "gzip"}) if packed else (b"", {})
    detail = await desk.refused(422, "unreadable-rows", content, media_type, "template=card", headers)
    assert detail == "The upload is empty."


async def test_old_workbooks(desk: Desk) -> None:
    detail = await desk.refused(
        422, "unreadable-rows", b"\xd0\xcf\x11\xe0\xa1\xb1", "application/vnd.ms-excel", "template=card"
    )
    assert "save it as .xlsx or .csv" in detail


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (CSV, "is no gzip, as its Content-Encoding says"),
        (gzipped(CSV)[:-5], "cut short"),
        (gzipped(CSV) + b"more", "is no gzip"),
    ],
)
async def test_broken_gzip(desk: Desk, content: bytes, expected: str) -> None:
    gz = {"Content-Encoding": "gzip"}
    assert expected in await desk.refused(400, "malformed-body", content, "text/csv", "template=card", gz)


async def test_options_are_checked_against_their_types(desk: Desk) -> None:
    body = {"rows": [{}], "formats": ["gif"], "pilot": "20", "checks": {"max_bytes": 0}, "repeat": {}}
    detail = await desk.refused(422, "invalid-values", json.dumps(body).encode(), JSON)
    assert detail.split("; ") == [
        "template: is required",
        "formats[0]: should be 'png', 'jpg', 'jpeg', 'webp' or 'avif'",
        "pilot: should be a valid integer",
        "checks.max_bytes: should be greater than or equal to 1",
        "repeat: say every or on_push",
    ]
    variants = ",".join(f"v{number}" for number in range(16))
    detail = await desk.refused(
        422, "invalid-values", CSV, "text/csv", f"template=card&formats=png,webp&variants={variants}"
    )
    assert detail == "body: formats times variants may be at most 16 pictures a row"


async def test_unknown_members_are_named_with_the_nearest(desk: Desk) -> None:
    body = {"template": "card", "rows": [{}], "format": "png", "_d": 2, "dpr": 2, "xyz": 1}
    detail = await desk.refused(422, "invalid-values", json.dumps(body).encode(), JSON)
    assert detail.split("; ") == [
        "format: is no option of a batch. Did you mean formats?",
        '_d: belongs into the object "options".',
        "dpr: is no option of a batch. Did you mean _d?",
        "xyz: is no option of a batch.",
    ]


async def test_options_of_files_that_cannot_hold_any_are_checked_before_the_file_is_read(desk: Desk) -> None:
    async def never() -> None:
        raise AssertionError("the body was read")
        yield b""  # type: ignore[unreachable]

    detail = await desk.refused(422, "invalid-values", never(), "text/csv", "template=card&pilot=0")
    assert detail == "pilot: should be greater than or equal to 1"
