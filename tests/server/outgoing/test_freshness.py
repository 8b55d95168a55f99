"""How long answers stay fresh."""

from __future__ import annotations

import httpx
import pytest

from server.outgoing.freshness import lifetime

DATE = "Thu, 01 Jan 2026 00:00:00 GMT"
LATER = "Thu, 01 Jan 2026 00:10:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 3600),
        ({"Cache-Control": "max-age=300"}, 300),
        ({"Cache-Control": "public, Max-Age=300, immutable"}, 300),
        ({"Cache-Control": 'max-age="300"'}, 300),
        ({"Cache-Control": "max-age=300, s-maxage=600"}, 600),
        ({"Cache-Control": "max-age=300", "Age": "100"}, 200),
        ({"Cache-Control": "max-age=300", "Age": "soon"}, 300),
        ({"Cache-Control": "max-age=300", "Expires": LATER, "Date": DATE}, 300),
        ({"Cache-Control": "max-age=0"}, 60),
        ({"Cache-Control": "max-age=-1"}, 60),
        ({"Cache-Control": "max-age=x"}, 60),
        ({"Cache-Control": "max-age=99999999999999999999"}, 86_400),
        ({"Cache-Control": "no-store, max-age=300"}, 60),
        ({"Cache-Control": "private, max-age=300"}, 60),
        ({"Cache-Control": "no-cache"}, 60),
        ({"Cache-Control": "public"}, 3600),
        ({"Expires": LATER, "Date": DATE}, 600),
        ({"Expires": DATE, "Date": LATER}, 60),
        ({"Expires": "0", "Date": DATE}, 60),
        ({"Expires": LATER}, 60),
        ({"Expires": "Thu, 01 Jan 2026 00:10:00 -0000", "Date": DATE}, 60),
    ],
)
def test_lifetime(headers: dict[str, str], seconds: int) -> None:
    assert lifetime(httpx.Headers(headers)) == seconds


def test_several_fields_are_one_list() -> None:
    assert lifetime(httpx.Headers([("Cache-Control", "public"), ("Cache-Control", "max-age=99")])) == 99


def test_bounds_are_the_callers() -> None:
    headers = httpx.Headers({"Cache-Control": "max-age=5"})
    assert (lifetime(headers, least=1), lifetime(headers, least=1, most=3)) == (5, 3)
