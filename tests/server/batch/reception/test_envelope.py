"""JSON documents: what is wrong with them is said, and memory does not grow with their rows."""

from __future__ import annotations

import json
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.batch.intake import UnreadableRows
from server.batch.reception import UploadTooLarge
from server.batch.reception.envelope import MAX_ROW_BYTES, read_members
from server.errors import InvalidValues, MalformedBody, SignetError

LIMIT = 50_000


def members(folder: Path, data: bytes | str, limit: int = LIMIT) -> dict[str, object]:
    path = folder / "upload"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_members(path, limit)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    before=st.dictionaries(st.text().filter(lambda name: name != "rows"), JSON, max_size=4),
    rows=st.lists(JSON, min_size=1, max_size=4),
    behind=st.dictionaries(st.text().filter(lambda name: name != "rows"), JSON, max_size=4),
    ascii_only=st.booleans(),
)
def test_all_members_but_rows_wherever_they_are(
    tmp_path: Path, before: dict[str, object], rows: list[object], behind: dict[str, object], ascii_only: bool
) -> None:
    behind = {name: value for name, value in behind.items() if name not in before}
    text = json.dumps({**before, "rows": rows, **behind}, ensure_ascii=ascii_only)
    assert members(tmp_path, text.encode("utf-8", "replace")) == {**before, **behind}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_encoding_of_unicode(tmp_path: Path, encoding: str) -> None:
    assert members(tmp_path, '{"rows": [{"a": 1}], "template": "ä"}'.encode(encoding)) == {"template": "ä"}


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ('"metadata": {"a": "\\ud800"}', "metadata"),
        ('"webhook_url": "\\udc00"', "webhook_url"),
        ('"\\udc00": 1', "name"),
    ],
)
def test_half_a_character_beside_the_rows_is_refused_and_in_them_it_is_theirs(
    tmp_path: Path, member: str, name: str
) -> None:
    rows = '"rows": [{"a": "\\udc00"}, {"a": "\\ud800"}]'
    assert members(tmp_path, f"{{{rows}}}") == {}
    for text in (f"{{{rows}, {member}}}", f"{{{member}, {rows}}}"):
        with pytest.raises(InvalidValues, match=f"{name}: has half of a surrogate pair"):
            members(tmp_path, text)


def test_numbers_are_exact(tmp_path: Path) -> None:
    found = members(tmp_path, '{"rows": [1e400, 1e-99999999999], "a": 1.10, "b": 2, "c": 1e-400}')
    assert found == {"a": Decimal("1.10"), "b": 2, "c": Decimal(0)}
    assert isinstance(found["b"], int)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"rows": [{}]} more', "The body at row 0 is no JSON: trailing garbage, near"),
        ('{"rows": [{}]}' + " " * 40_000 + "x", "The body at row 0 is no JSON: trailing garbage"),
        ('{"a": 1}\n{"a": 2}', "The body is no JSON: trailing garbage"),
        ("[{}, {}] []", "The body at row 1 is no JSON: trailing garbage"),
        (
            '{"rows": [{}, {"a": }]}',
            "The body at row 1 is no JSON: unallowed token at this point in JSON text, near",
        ),
        ('{"rows": [{}', "The body at row 0 is no JSON: premature EOF"),
        ('{"rows": [NaN]}', "The body is no JSON: invalid char in json text"),
        ("title,sku\nHello,1\n", "The body is no JSON: invalid string in json text, near title,sku"),
        ("  ", "The body is no JSON: premature EOF"),
        ("/* rows */ []", "The body is no JSON: probable comment found"),
        ('"rows"', "must be a JSON object with the member rows, or a list of rows"),
        ("17", "must be a JSON object"),
        ("null", "must be a JSON object"),
        ('{"rows": [{}], "a": ' + "[" * 64 + "]" * 64 + "}", "nested deeper than 64 levels"),
        ('{"a": ' + "[" * 1_000_000, "nested deeper than 64 levels"),
        ('{"rows": [' + "[" * 63 + "]" * 63 + "]}", "nested deeper than 64 levels"),
        ("[" * 65 + "]" * 65, "nested deeper than 64 levels"),
        ('{"rows": [{}], "a": 1e400}', "The body at row 0 holds too large a number"),
        ('{"rows": [{}], "a": 1' + "0" * 400 + "}", "holds too large a number"),
        ('{"rows": [1e' + "9" * 30 + "]}", "holds too large a number"),
        (b'{"rows": [{"a": "\xe4"}]}', "The body at row 0 is no JSON: invalid bytes in UTF8 string, near"),
        (b'{"rows": [{"a": "\xed\xa0\x80"}]}', "UTF"),
        (b'\xef\xbb\xbf{"rows": [{"a": "\xe4"}]}', "invalid bytes in UTF8 string"),
        ('{"rows": [{}]}'.encode("utf-16") + b"x", "is not UTF-8"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_json(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(MalformedBody) as caught:
        members(tmp_path, text)
    assert message in caught.value.message
    assert len(caught.value.message) < 300


def test_what_may_just_be_so_deep(tmp_path: Path) -> None:
    assert members(tmp_path, "[" * 64 + "]" * 64) == {}
    assert members(tmp_path, '{"rows": [' + "[" * 62 + "]" * 62 + '], "a": ' + "[" * 63 + "]" * 63 + "}")


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ('{"template": "card"}', ["rows: is required: a list of objects, one for each picture."]),
        ('{"rows": {"a": 1}}', ["rows: must be a list of objects, one for each picture."]),
        ('{"rows": null}', ["rows: must be a list of objects, one for each picture."]),
        ('{"rows": [{}], "pilot": 1, "pilot": 2}', ["pilot: is there twice."]),
        ('{"rows": [{}], "a": 1, "a": 2, "rows": []}', ["a: is there twice.", "rows: is there twice."]),
    ],
)
def test_members_that_cannot_be(tmp_path: Path, text: str, problems: list[str]) -> None:
    with pytest.raises(InvalidValues) as caught:
        members(tmp_path, text)
    assert caught.value.message == "; ".join(problems)


@pytest.mark.parametrize("text", ["[]", '{"rows": []}'])
def test_no_rows(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableRows, match="There are no rows"):
        members(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ('{"rows": [{}], "a": "' + "x" * 200_000 + '"}', UploadTooLarge, "All members beside rows together may have"),
        ('{"' + "x" * 200_000 + '": 1}', UploadTooLarge, "All members beside rows"),
        ('{"rows": "' + "x" * 200_000 + '"}', UploadTooLarge, "All members beside rows"),
        ('{"rows": [{}, {"a": "' + "x" * (MAX_ROW_BYTES + 100_000) + '"}]}', UnreadableRows, "Row 1 has more than"),
        ('{"rows": [{}, {"a": 1' + "0" * 5000 + "}]}", UnreadableRows, "4,000 digits in a row"),
        (" " * 1_000 + "[-1" + "0" * 5000 + "]", UnreadableRows, "4,000 digits in a row"),
        ('["' + "x" * (MAX_ROW_BYTES + 100_000) + '"]', UnreadableRows, "Row 0 has more than 4,000,000 bytes"),
    ],
    ids=["member", "name", "rows", "row", "number", "long number", "list"],
)
def test_what_would_have_to_be_held_at_once(tmp_path: Path, text: str, error: type[SignetError], message: str) -> None:
    with pytest.raises(error, match=message):
        members(tmp_path, text)


def test_memory_does_not_grow_with_rows(tmp_path: Path) -> None:
    row = json.dumps({"title": "x" * 1000, "tags": ["a", "b"]})
    path = tmp_path / "upload"
    path.write_text('{"rows": [' + ",".join([row] * 5000) + '], "template": "card"}')
    tracemalloc.start()
    try:
        assert read_members(path, LIMIT) == {"template": "card"}
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Finding the encoding reads blocks of a megabyte.
    assert peak < 4_000_000 < path.stat().st_size
