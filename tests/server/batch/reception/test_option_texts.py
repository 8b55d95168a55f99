"""Options as texts say what they say as JSON."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.batch.options import BatchOptions
from server.batch.reception.option_texts import members_of, pairs_of_query
from server.errors import InvalidValues, MalformedUrl
from server.picture_models import OptionsBody

EVERYTHING = {
    "template": "article",
    "formats": "png,webp",
    "variants": "light,,dark",
    "variables": '{"brand": "ACME", "price": 1.5}',
    "columns": '{"SKU": "_id", "Product name": "title"}',
    "expires_in": "3600",
    "pilot": "20",
    "dry_run": "true",
    "webhook_url": "https://hooks.example.com/done?x=1&y=2",
    "warm_edge": "false",
    "export": '{"bucket": "launch-pictures"}',
    "names": "{sku}_{variant}.{ext}",
    "checks": '{"max_bytes": 300000, "duplicates": true}',
    "repeat": '{"every": 3600}',
    "metadata": '{"campaign": "spring"}',
    "_v": "abc123",
    "_d": "2",
    "_q": "80",
    "_l": "de-DE",
    "_variant": "light",
    "_w": "1200",
    "_h": "630",
}
SAME = {
    "template": "article",
    "formats": ["png", "webp"],
    "variants": ["light", None, "dark"],
    "variables": {"brand": "ACME", "price": 1.5},
    "columns": {"SKU": "_id", "Product name": "title"},
    "expires_in": 3600,
    "pilot": 20,
    "dry_run": True,
    "webhook_url": "https://hooks.example.com/done?x=1&y=2",
    "warm_edge": False,
    "export": {"bucket": "launch-pictures"},
    "names": "{sku}_{variant}.{ext}",
    "checks": {"max_bytes": 300000, "duplicates": True},
    "repeat": {"every": 3600},
    "metadata": {"campaign": "spring"},
    "options": {"_v": "abc123", "_d": 2, "_q": 80, "_l": "de-DE", "_variant": "light", "_w": 1200, "_h": 630},
}


def of_query(**texts: str) -> dict[str, object]:
    return members_of(pairs_of_query("&".join(f"{name}={quote(value)}" for name, value in texts.items())))


def problems(query: str) -> list[str]:
    with pytest.raises(InvalidValues) as caught:
        members_of(pairs_of_query(query))
    return [f"{problem.name}: {problem.message}" for problem in caught.value.problems]


def test_every_option_has_its_parameter() -> None:
    assert EVERYTHING.keys() | {"options"} == set(BatchOptions.model_fields) | {"options"} | {
        field.alias for field in OptionsBody.model_fields.values()
    }
    assert BatchOptions.model_validate(of_query(**EVERYTHING)) == BatchOptions.model_validate(SAME)


def test_one_parameter_may_hold_all_as_json() -> None:
    assert of_query(options=json.dumps(SAME)) == of_query(**EVERYTHING)
    assert of_query(options='{"template": "card", "options": {"_d": 2}}', pilot="3", _l="de") == {
        "template": "card",
        "pilot": 3,
        "options": {"_d": 2, "_l": "de"},
    }


def test_spellings_of_a_query() -> None:
    assert members_of(pairs_of_query("&template=card&&names=a+b%20c&variants=&dry%5Frun=true&")) == {
        "template": "card",
        "names": "a b c",
        "variants": [None],
        "dry_run": True,
    }
    assert members_of(pairs_of_query("formats=png,%20webp&variants=a,b")) == {
        "formats": ["png", "webp"],
        "variants": ["a", "b"],
    }
    with pytest.raises(MalformedUrl, match="Parameter names has a '%'"):
        pairs_of_query("names=100%")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("template=a&template=a", ["template: is given twice."]),
        ("formats=png&formats=webp", ["formats: is given twice. Write formats=png,webp."]),
        ("variants=a&variants=b", ["variants: is given twice. Write variants=light,dark."]),
        ("_d=1&_d=2", ["_d: is given twice."]),
        ('pilot=2&options={"pilot":2}', ["pilot: is given twice."]),
        ('_d=2&options={"options":{"_d":2}}', ["_d: is given twice."]),
        ("templat=a", ["templat: is no option of a batch. Did you mean template?"]),
        ("Format=png", ["Format: is no option of a batch. Did you mean formats?"]),
        ("locale=de", ["locale: is no option of a batch. Did you mean _l?"]),
        ("quality=80", ["quality: is no option of a batch. Did you mean _q?"]),
        ("title=Hello", ["title: is no option of a batch."]),
        ("=1", [": is no option of a batch."]),
        ("file=a", ['file: is no option; a file needs a file name, as curl sends it for "file=@rows.csv".']),
        ("pilot=many", ["pilot: must be a whole number, not 'many'."]),
        ("pilot=", ["pilot: must be a whole number, not ''."]),
        ("pilot=-1", ["pilot: must be a whole number, not '-1'."]),
        ("pilot=%D9%A3", ["pilot: must be a whole number, not '٣'."]),
        ("_q=8.5", ["_q: must be a whole number, not '8.5'."]),
        ("expires_in=" + "9" * 5000, [f"expires_in: must be a whole number, not '{'9' * 40}'."]),
        ("dry_run=yes", ["dry_run: must be true or false, not 'yes'."]),
        ("columns=SKU:_id", ["columns: is no JSON: Expecting value: line 1 column 1 (char 0)."]),
        ("export=[]", ["export: must be a JSON object."]),
        ("options=[]", ["options: must be a JSON object."]),
        ("variables={%22a%22:NaN}", ["variables: is no JSON: NaN is no JSON number."]),
        (
            "templat=a&pilot=x&_d=x",
            [
                "templat: is no option of a batch. Did you mean template?",
                "pilot: must be a whole number, not 'x'.",
                "_d: must be a whole number, not 'x'.",
            ],
        ),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_what_is_no_option(query: str, expected: list[str]) -> None:
    assert problems(query) == expected


def test_thousands_of_problems_are_not_all_told() -> None:
    assert len(problems("&".join(f"x{number}=1" for number in range(1000)))) == 50


@given(st.text(max_size=60))
def test_any_query_is_read_or_refused(text: str) -> None:
    try:
        found = members_of(pairs_of_query(text))
    except (InvalidValues, MalformedUrl):
        return
    assert set(found) <= set(BatchOptions.model_fields)
