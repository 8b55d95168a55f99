from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.errors import ManifestError, RendererError
from renderer.template import Manifest, Size, bundle_from_files
from renderer.template.manifest import read_manifest

FILES = {"template.html": b"", "dark.css": b"", "data.json": b"[1]", "blank.png": b""}


def manifest(text: str) -> Manifest:
    return read_manifest(bundle_from_files("card", FILES | {"template.toml": text.encode()}))


FULL = """
title = "Card"
description = "A card"
size = { width = 800, height = 400 }
ttl = "1d"
locale = "de-DE"
locales = ["de-DE", "ar-EG"]
time_zone = "Europe/Berlin"
currency = "EUR"
direction = "ltr"
color_scheme = "dark"
background = "#fff"
formats = ["png", "webp"]
allow_size = true
email_live = true
fallback = "plain"
placeholder = "blank.png"

[variables.title]
type = "text"
required = true
min_length = 1
max_length = 120
pattern = "[A-Z].*"
example = "Hello"
description = "Headline"

[variables.price]
type = "number"
default = 9.5
min = 0
max = 1000

[variables.size]
type = "enum"
choices = ["s", "m"]
default = "m"

[variables.day]
type = "date"
min = 2020-01-01
max = "2030-01-01"

[variables.at]
type = "datetime"
default = "2026-01-01T10:00:00"

[variables.tags]
type = "list"
items = { type = "text", max_length = 10 }
max = 5
default = ["a"]

[variables.ids]
type = "list"
items = "integer"

[variables.author]
type = "object"
[variables.author.fields.name]
type = "text"
required = true
[variables.author.fields.avatar]
type = "image"
placeholder = "blank.png"

[bindings.stats]
url = "https://app.example.com/api/{{ title }}/stats"
ttl = "60s"
timeout = "500ms"
stale_if_error = "2h"
headers = { Authorization = "env:STATS_TOKEN" }
select = "data"
when_missing = "default"
default = { count = 1.5 }

[bindings.local]
file = "data.json"

[bindings.hook]
push = true

[variants.dark]
properties = { "--bg" = "#000", "--shadow" = "0 1px 2px rgb(0 0 0 / 50%)" }
stylesheet = "dark.css"
color_scheme = "dark"

[variants.story]
size = { width = 1080, height = 1920 }
"""


def test_everything_a_manifest_can_say() -> None:
    m = manifest(FULL)
    assert (m.title, m.size, m.ttl, m.locale, m.locales) == (
        "Card",
        Size(800, 400),
        86_400,
        "de-DE",
        ("de-DE", "ar-EG"),
    )
    assert (m.time_zone, m.currency, m.direction, m.color_scheme) == ("Europe/Berlin", "EUR", "ltr", "dark")
    assert (m.background, m.formats, m.allow_size, m.email_live) == ("#fff", ("png", "webp"), True, True)
    assert (m.fallback, m.placeholder) == ("plain", "blank.png")
    title, price = m.variables["title"], m.variables["price"]
    assert (title.required, title.minimum_length, title.maximum_length, title.example) == (True, 1, 120, "Hello")
    assert (price.default, price.minimum, price.maximum) == (Decimal("9.5"), 0, 1000)
    assert m.variables["size"].choices == ("s", "m")
    assert (m.variables["day"].minimum, m.variables["day"].maximum) == (date(2020, 1, 1), date(2030, 1, 1))
    assert m.variables["at"].default == datetime(2026, 1, 1, 9, tzinfo=UTC)
    tags, ids, author = m.variables["tags"], m.variables["ids"], m.variables["author"]
    assert tags.items is not None
    assert (tags.items.type, tags.items.maximum_length, tags.maximum, tags.default) == ("text", 10, 5, ["a"])
    assert ids.items is not None
    assert ids.items.type == "integer"
    assert author.fields is not None
    assert {name: field.type for name, field in author.fields.items()} == {"name": "text", "avatar": "image"}
    assert author.fields["avatar"].placeholder == "blank.png"
    assert {name: binding.source for name, binding in m.bindings.items()} == {
        "stats": "url",
        "local": "file",
        "hook": "push",
    }
    assert m.variants["dark"].properties["--bg"] == "#000"
    assert m.variants["story"].size == Size(1080, 1920)


def test_empty_manifest_has_defaults() -> None:
    assert manifest("") == Manifest() == read_manifest(bundle_from_files("card", FILES))


ERRORS = [
    ("title = 5", 1, "title: expected a text in quotes, got the number 5"),
    ("\nsize = 5", 2, "size: expected a table"),
    ("size = { width = 10 }", 1, "size: expected { width = 1200, height = 630 } with both sides"),
    ("size = { width = 10, height = 0 }", 1, "size.height: must be between 1 and 10,000, got 0"),
    ("size = { width = 10, hieght = 5 }", 1, "size.hieght: there is no such key; did you mean 'height'?"),
    ("titel = 'x'", 1, "titel: there is no such key; did you mean 'title'?"),
    ("nonsense = 1", 1, "nonsense: there is no such key; known are allow_size"),
    ("ttl = 'soon'", 1, "ttl: expected a duration"),
    ("ttl = '5ms'", 1, "ttl: expected whole seconds"),
    ("ttl = true", 1, "ttl: expected a duration"),
    ("locale = 'xx-XX'", 1, "locale: there is no locale 'xx-XX'"),
    ("locales = ['de', 'qq']", 1, "locales: there is no locale 'qq'"),
    ("locales = 'de'", 1, "locales: expected a list of texts"),
    ("time_zone = 'Europe/Berln'", 1, "time_zone: there is no time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?"),
    ("currency = 'euro'", 1, "currency: expected an ISO 4217 code"),
    ("direction = 'rlt'", 1, "direction: 'rlt' is none of auto, ltr, rtl; did you mean 'rtl'?"),
    ("background = 'blurple'", 1, "background: 'blurple' is no CSS colour"),
    ("formats = ['jpeg']", 1, "formats: 'jpeg' is none of png, jpg"),
    ("fallback = 'A b'", 1, "fallback: 'A b' is no template name"),
    ("placeholder = 'blnk.png'", 1, "placeholder: the template has no file 'blnk.png'; did you mean 'blank.png'?"),
    (
        "[variables.x]\ntype='image'\nplaceholder='x.png'",
        3,
        "variables.x.placeholder: the template has no file 'x.png'",
    ),
    (
        "[variables.x]\ntype='url'\nplaceholder='blank.png'",
        3,
        "variables.x.placeholder: does not apply to type 'url'",
    ),
    (
        "[variables.x]\ntype='list'\nitems={type='image', placeholder=''}",
        3,
        "variables.x.items.placeholder: the template has no file ''",
    ),
    ("allow_size = 1", 1, "allow_size: expected true or false"),
    ("title = 'a", 1, "This is no valid TOML"),
    ("a = " + "9" * 5_000, 1, "a number has thousands of digits"),
    ("#" * 500_001, 1, "more than 500,000 characters"),
    ("a = 1\na = 2", 2, "This is no valid TOML"),
    ("variables = 1", 1, "variables: expected a table"),
    ("[variables.x]\ntype = 'txt'", 2, "variables.x.type: 'txt' is none of text, number"),
    ("[variables.x]\ntype = 'txt'", 2, "did you mean 'text'?"),
    ("\n[variables.x]", 2, "variables.x: needs a type"),
    (
        "[variables.x]\ntype='text'\nmaxlength=5",
        3,
        "variables.x.maxlength: there is no such key; did you mean 'max_length'?",
    ),
    (
        "[variables.x]\ntype='text'\nmax=5",
        3,
        "variables.x.max: does not apply to type 'text'; did you mean max_length?",
    ),
    ("[variables.x]\ntype='number'\nmax_length=5", 3, "does not apply to type 'number'; did you mean max?"),
    ("[variables.x]\ntype='list'\nmax_length=5", 3, "does not apply to type 'list'; did you mean max?"),
    ("[variables.x]\ntype='boolean'\nchoices=[true]", 3, "variables.x.choices: does not apply to type 'boolean'."),
    (
        "[variables.x]\ntype='text'\nmin_length=5\nmax_length=1",
        3,
        "variables.x.min_length: 5 is more than max_length, 1",
    ),
    ("[variables.x]\ntype='number'\nmin=5\nmax=1", 3, "variables.x.min: 5 is more than max, 1"),
    ("[variables.x]\ntype='date'\nmin=2020-01-02\nmax=2020-01-01", 3, "is later than max"),
    ("[variables.x]\ntype='number'\ndefault='many'", 3, "variables.x.default: is not a number"),
    ("[variables.x]\ntype='number'\nmax=5\ndefault=6", 4, "variables.x.default: is too large; expected at most 5"),
    ("[variables.x]\ntype='integer'\nexample=1.5", 3, "variables.x.example: is not a whole number"),
    ("[variables.x]\ntype='text'\nrequired=true\ndefault='x'", 4, "a required variable has no use for a default"),
    ("[variables.x]\ntype='enum'", 1, "variables.x: an enum needs its choices"),
    ("[variables.x]\ntype='enum'\nchoices=[]", 3, "expected a list with at least one choice"),
    ("[variables.x]\ntype='enum'\nchoices=['a','a']", 3, "'a' is there twice"),
    ("[variables.x]\ntype='enum'\nchoices=['a']\ndefault='b'", 4, "variables.x.default: is none of the choices"),
    ("[variables.x]\ntype='text'\npattern='(a+)+'", 3, "variables.x.pattern: the pattern cannot be read"),
    ("[variables.x]\ntype='list'\nitems={type='txt'}", 3, "variables.x.items.type: 'txt' is none of"),
    ("[variables.x]\ntype='list'\nitem={type='text'}", 3, "there is no such key; did you mean 'items'?"),
    (
        "[variables.x]\ntype='list'\nitems='integer'\ndefault=['a']",
        4,
        "variables.x.default: default[0] is not a number",
    ),
    (
        "[variables.x]\ntype='object'\n[variables.x.fields.y]\ntype='date'\nmin='soon'",
        5,
        "variables.x.fields.y.min: is not a date",
    ),
    ("[variables.2x]\ntype='text'", 1, "variables.2x: a name has up to 64 letters"),
    ("[variables.for]\ntype='text'", 1, "variables.for: 'for' has a meaning of its own"),
    ("[variables._v]\ntype='text'", 1, "variables._v: a name has"),
    ("[variables.b]\ntype='text'\n[bindings.b]\npush=true", 3, "'b' is the name of a variable, too"),
    ("[variants.d]\nproperties={bg='x'}", 2, "'bg' is no custom property"),
    ("[variants.d]\nproperties={'--bg'='x; } body {'}", 2, "must be one CSS value"),
    ("[variants.d]\nstylesheet='no.css'", 2, "variants.d.stylesheet: the template has no file"),
    ("[variants.d]\nsizes={}", 2, "variants.d.sizes: there is no such key; did you mean 'size'?"),
    ("[variants.Dark]", 1, "a variant's name has"),
]


@pytest.mark.parametrize(("text", "line", "message"), ERRORS)
def test_errors_name_key_line_and_remedy(text: str, line: int, message: str) -> None:
    with pytest.raises(ManifestError) as caught:
        manifest(text)
    assert message in caught.value.message
    assert caught.value.position is not None
    assert caught.value.position.file == "template.toml"
    assert caught.value.position.line == line


def test_column_of_a_key_in_an_inline_table() -> None:
    with pytest.raises(ManifestError) as caught:
        manifest("size = { width = 10, hieght = 5 }")
    assert str(caught.value.position) == "template.toml:1:22"


LINES = st.sampled_from(
    [
        *(
            "title = 'x'",
            "size = {width=1,height=2}",
            "[variables.a]",
            "[variables.b.items]",
            "type = 'list'",
            "type='text'",
        ),
        *(
            "default = [1]",
            "min = 1",
            "max = 'x'",
            "[bindings.c]",
            "url = 'https://a.example/{{ a }}'",
            "push = true",
            "=",
        ),
        *(
            "[variants.d]",
            "properties = {'--a' = 'b'}",
            "[[variables]]",
            "choices = ['a']",
            "ttl = -1",
            "x.y.z = 1",
            "\0",
        ),
        *(
            "[variables]",
            "a = {type='object', fields={b={type='date'}}}",
            "'''",
            '"""',
            "select = 'a.b'",
            "]" * 50,
            "a=" + "[" * 3000,
        ),
    ]
)


@given(st.lists(LINES, max_size=12).map("\n".join) | st.text(max_size=40))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_nothing_but_renderer_errors(text: str) -> None:
    with contextlib.suppress(RendererError):
        read_manifest(bundle_from_files("card", FILES | {"template.toml": text.encode("utf-8", "replace")}))
