"""Rows as pictures: whatever a row holds is a picture or an error of that row."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.batch.rendering import row_error
from server.batch.wishes import ROW_OPTIONS, check_columns, id_of, named, wishes_of
from server.errors import InvalidOption, InvalidValues, SignetError
from server.signing import UrlSigner
from server.urls import Options
from tests.server.batch.results.samples import CREATED, job
from tests.server.url_vectors import NEW

NAMES = st.one_of(st.sampled_from(["title", "count", "_id", *ROW_OPTIONS, "_s", "_error", "", "ä"]), st.text())
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.decimals(), st.text(), st.text("\0\ud800a", max_size=5)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8
)
ROWS = st.dictionaries(NAMES, VALUES, max_size=6)
SIGNER = UrlSigner([NEW])


@settings(max_examples=400, deadline=None)
@given(ROWS, st.dictionaries(NAMES, st.sampled_from(["title", "_id", "_d", ""]), max_size=3))
def test_whatever_a_row_holds_is_a_picture_or_its_error(row: dict[str, object], columns: dict[str, str]) -> None:
    options: dict[str, Any] = {
        "columns": {name: target for name, target in columns.items() if name and len(name) < 200}
    }
    of = job(**options)
    try:
        values = named(row, of.options)
        identity = id_of(values)
        wishes = wishes_of(of, values)
        for wish in wishes:
            SIGNER.sign(wish.request)
    except SignetError as error:
        failure = row_error(error)
        assert failure.message
        assert not failure.retryable
    else:
        assert identity is None or 0 < len(identity) <= 200
        assert [(wish.format, wish.request.format) for wish in wishes] == [("png", "png")]


def test_columns_become_variables_and_options() -> None:
    of = job(
        columns={"Product": "title", "SKU": "_id", "Notes": "", "Scale": "_d"}, variables={"count": 3, "brand": "B"}
    )
    values = named(
        {"Product": "A", "SKU": 7, "Notes": "x", "Scale": "2", "count": None, "_error_code": "y"}, of.options
    )
    assert values == {"title": "A", "_id": 7, "_d": "2", "count": None}
    assert id_of(values) == "7"
    (wish,) = wishes_of(of, values)
    assert wish.request.variables == {"brand": "B", "title": "A"}
    assert wish.request.options == Options(dpr=2)


def test_a_row_that_names_its_variant_has_only_that_one() -> None:
    of = job(formats=["png", "webp"], variants=["light", "dark"])
    assert [(wish.format, wish.variant) for wish in wishes_of(of, {})] == [
        *[("png", "light"), ("webp", "light")],
        *[("png", "dark"), ("webp", "dark")],
    ]
    assert [(wish.format, wish.variant) for wish in wishes_of(of, {"_variant": "sepia"})] == [
        *[("png", "sepia"), ("webp", "sepia")]
    ]


def test_urls_end_so_long_after_the_job_was_made() -> None:
    of = job(expires_in=3600)
    assert wishes_of(of, {})[0].request.options.expires == int(CREATED) + 3600
    assert wishes_of(of, {"_e": "1900000000"})[0].request.options.expires == 1_900_000_000


def test_a_name_that_is_there_twice() -> None:
    with pytest.raises(InvalidValues, match=r"^title: is given twice, also by the column 'Product'\.$"):
        named({"title": "a", "Product": "b"}, job(columns={"Product": "title"}).options)


@pytest.mark.parametrize("value", ["x" * 201, "a\0b"])
def test_ids_that_are_none(value: str) -> None:
    with pytest.raises(InvalidValues, match="_id"):
        id_of({"_id": value})


@pytest.mark.parametrize("value", ["", None])
def test_an_empty_id_is_no_id(value: object) -> None:
    assert id_of({"_id": value}) is None


@pytest.mark.parametrize("value", [math.inf, math.nan, [Decimal("1e999")], {"a": math.inf}, "\ud800", ["\udfff"]])
def test_values_that_no_url_can_carry(value: object) -> None:
    with pytest.raises(SignetError) as raised:
        SIGNER.sign(wishes_of(job(), {"title": value})[0].request)
    assert row_error(raised.value).field == "title"


def test_reserved_names_that_mean_nothing() -> None:
    with pytest.raises(InvalidValues, match=r"_varaint: is no option of a row.*Did you mean _variant\?"):
        wishes_of(job(), {"_varaint": "dark"})
    with pytest.raises(InvalidOption, match="_d"):
        wishes_of(job(), {"_d": 2.5})


def test_columns_of_a_table_that_fit() -> None:
    check_columns(["Name", "_id", "_error", ""], job(columns={"Name": "title"}).options, ["title"], ["title"])
