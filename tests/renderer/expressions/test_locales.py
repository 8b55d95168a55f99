"""Formatting in six locales, as CLDR (through ICU) has it; checked once against Chromium's Intl."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from babel import Locale
from babel.localedata import locale_identifiers

from renderer.errors import ExpressionError, SourcePosition
from renderer.expressions import Environment, Scope, compile_expression, is_known_locale, text_direction
from renderer.expressions.cldr.locales import locale_data

NOW = datetime(2026, 3, 5, 14, 7, 9, tzinfo=UTC)

LOCALES = ("en-US", "de-DE", "fr-FR", "ja-JP", "ar-EG", "hi-IN")
# Expression, then what it prints in each of LOCALES. Spaces are as CLDR has them: NBSP \u00a0, narrow NBSP \u202f.
TABLE: dict[str, tuple[str, ...]] = {
    "1234567.891 | number": (
        "1,234,567.891",
        "1.234.567,891",
        "1\u202f234\u202f567,891",
        "1,234,567.891",
        "١٬٢٣٤٬٥٦٧٫٨٩١",
        "12,34,567.891",
    ),
    "-1234.5 | number": (
        "-1,234.5",
        "-1.234,5",
        "-1\u202f234,5",
        "-1,234.5",
        "\u061c-١٬٢٣٤٫٥",
        "-1,234.5",
    ),
    "0.256 | percent": (
        "26%",
        "26\u00a0%",
        "26\u00a0%",
        "26%",
        "٢٦٪\u061c",
        "26%",
    ),
    '1234.5 | currency("USD")': (
        "$1,234.50",
        "1.234,50\u00a0$",
        "1\u202f234,50\u00a0$US",
        "$1,234.50",
        "\u200f١٬٢٣٤٫٥٠\u00a0US$",
        "$1,234.50",
    ),
    '44.1 | currency("EUR")': (
        "€44.10",
        "44,10\u00a0€",
        "44,10\u00a0€",
        "€44.10",
        "\u200f٤٤٫١٠\u00a0€",
        "€44.10",
    ),
    '1234.5 | currency("JPY")': (
        "¥1,235",
        "1.235\u00a0¥",
        "1\u202f235\u00a0JPY",
        "￥1,235",
        "\u200f١٬٢٣٥\u00a0JP¥",
        "JP¥1,235",
    ),
    '5 | currency("CHF")': (
        "CHF\u00a05.00",
        "5,00\u00a0CHF",
        "5,00\u00a0CHF",
        "CHF\u00a05.00",
        "\u200f٥٫٠٠\u00a0CHF",
        "CHF\u00a05.00",
    ),
    '5 | currency("USD", display="code")': (
        "USD\u00a05.00",
        "5,00\u00a0USD",
        "5,00\u00a0USD",
        "USD\u00a05.00",
        "\u200f٥٫٠٠\u00a0USD",
        "USD\u00a05.00",
    ),
    '2 | currency("USD", display="name")': (
        "2.00 US dollars",
        "2,00 US-Dollar",
        "2,00 dollars des États-Unis",
        "2.00米ドル",
        "٢٫٠٠ دولار أمريكي",
        "2.00 यूएस डॉलर",
    ),
    "1234 | compact": (
        "1.2K",
        "1234",
        "1,2\u00a0k",
        "1234",
        "١٫٢\u00a0ألف",
        "1.2\u00a0हज़ार",
    ),
    "123456 | compact": (
        "123K",
        "123.456",
        "123\u00a0k",
        "12万",
        "١٢٣\u00a0ألف",
        "1.2\u00a0लाख",
    ),
    "1500000 | compact": (
        "1.5M",
        "1,5\u00a0Mio.",
        "1,5\u00a0M",
        "150万",
        "١٫٥\u00a0مليون",
        "15\u00a0लाख",
    ),
    '1500000 | compact(style="long")': (
        "1.5 million",
        "1,5 Millionen",
        "1,5 million",
        "150万",
        "١٫٥ مليون",
        "15 लाख",
    ),
    "now | date": (
        "Mar 5, 2026",
        "05.03.2026",
        "5 mars 2026",
        "2026/03/05",
        "٠٥\u200f/٠٣\u200f/٢٠٢٦",
        "5 मार्च 2026",
    ),
    'now | date("full")': (
        "Thursday, March 5, 2026",
        "Donnerstag, 5. März 2026",
        "jeudi 5 mars 2026",
        "2026年3月5日木曜日",
        "الخميس، ٥ مارس ٢٠٢٦",
        "गुरुवार, 5 मार्च 2026",
    ),
    'now | date("short")': (
        "3/5/26",
        "05.03.26",
        "05/03/2026",
        "2026/03/05",
        "٥\u200f/٣\u200f/٢٠٢٦",
        "5/3/26",
    ),
    'now | date("EEE d. MMM")': (
        "Thu 5. Mar",
        "Do. 5. März",
        "jeu. 5. mars",
        "木 5. 3月",
        "الخميس ٥. مارس",
        "गुरु 5. मार्च",
    ),
    'now | date(skeleton="MMMd")': (
        "Mar 5",
        "5. März",
        "5 mars",
        "3月5日",
        "٥ مارس",
        "5 मार्च",
    ),
    "now | time": (
        "2:07\u202fPM",
        "14:07",
        "14:07",
        "14:07",
        "٢:٠٧ م",
        "2:07 pm",
    ),
    'now | time("long", zone="Europe/Berlin")': (
        "3:07:09\u202fPM GMT+1",
        "15:07:09 MEZ",
        "15:07:09 UTC+1",
        "15:07:09 GMT+1",
        "٣:٠٧:٠٩ م غرينتش+١",
        "3:07:09 pm GMT+1",
    ),
    '"2026-03-05T11:00:00Z" | relative': (
        "3 hours ago",
        "vor 3 Stunden",
        "il y a 3 heures",
        "3 時間前",
        "قبل ٣ ساعات",
        "3 घंटे पहले",
    ),
    '"2026-03-07" | relative': (
        "in 2 days",
        "in 2 Tagen",
        "dans 2 jours",
        "2 日後",
        "خلال يومين",
        "2 दिन में",
    ),
    "7500 | duration": (
        "2 hours, 5 minutes",
        "2 Stunden, 5 Minuten",
        "2\u00a0heures et 5 minutes",
        "2 時間 5 分",
        "ساعتان و٥ دقائق",
        "2 घंटे और 5 मिनट",
    ),
    '3725 | duration("clock")': (
        "1:02:05",
        "1:02:05",
        "1:02:05",
        "1:02:05",
        "١:٠٢:٠٥",
        "1:02:05",
    ),
}


def render(source: str, locale: str, **options: object) -> str:
    environment = Environment(locale, now=NOW, **options)  # type: ignore[arg-type]
    return compile_expression(source, SourcePosition("t", 1, 1)).render(Scope({}, environment))


@pytest.mark.parametrize(
    ("source", "locale", "expected"),
    [(source, locale, text) for source, row in TABLE.items() for locale, text in zip(LOCALES, row, strict=True)],
)
def test_formats(source: str, locale: str, expected: str) -> None:
    assert render(source, locale) == expected


@pytest.mark.parametrize(
    ("locale", "forms"),
    [
        ("en-US", ["other", "one", "other", "other", "other", "other", "other"]),
        ("fr-FR", ["one", "one", "other", "other", "other", "other", "many"]),
        ("ja-JP", ["other"] * 7),
        ("ar-EG", ["zero", "one", "two", "few", "many", "other", "other"]),
        ("hi-IN", ["one", "one", "other", "other", "other", "other", "other"]),
        ("pl-PL", ["many", "one", "few", "few", "many", "many", "many"]),
    ],
)
def test_plural_categories(locale: str, forms: list[str]) -> None:
    template = ", ".join(f'{form}="{form}"' for form in ("one", "two", "few", "many", "other"))
    for number, form in zip([0, 1, 2, 3, 11, 100, 1000000], forms, strict=True):
        zero = ', zero="zero"' if form == "zero" else ""
        assert render(f"{number} | plural({template}{zero})", locale) == form


def test_the_environment_brings_the_currency() -> None:
    assert render("49 * 0.9 | currency", "de-DE", currency="EUR") == "44,10\u00a0€"
    assert render("49 * 0.9 | currency", "en-US") == "$44.10"


def test_groups_begin_at_five_digits_where_that_is_the_custom() -> None:
    assert render("1234 | number", "es-ES") == "1234"
    assert render("12345 | number", "es-ES") == "12.345"
    assert render("1234 | number", "es-MX") == "1,234"
    assert render("1234 | number", "pl-PL") == "1234"


def test_numbering_system_of_the_tag() -> None:
    assert render("1234.5 | number", "ar-EG-u-nu-latn") == "1,234.5"
    assert render("1234.5 | number", "hi-IN-u-nu-deva") == "१,२३४.५"


def test_every_default_numbering_system_has_digits() -> None:
    for identifier in locale_identifiers():
        wanted = Locale.parse(identifier).default_numbering_system
        digits = locale_data(identifier).digits
        assert (digits is None) == (wanted == "latn"), identifier


def test_unknown_locales() -> None:
    assert is_known_locale("de")
    assert is_known_locale("en-DE")
    assert is_known_locale("de-US")  # no such data: German it is
    assert not is_known_locale("xx-XX")
    assert not is_known_locale("../../etc/passwd")
    with pytest.raises(ExpressionError, match="no locale 'xx'"):
        render("1 | number", "xx")


def test_direction() -> None:
    assert [text_direction(tag) for tag in ("ar-EG", "he", "fa-IR", "ur-PK")] == ["rtl"] * 4
    assert [text_direction(tag) for tag in ("en-US", "ja-JP", "hi-IN")] == ["ltr"] * 3


@pytest.mark.parametrize(
    ("locale", "source", "expected"),
    [
        ("tr-TR", '"ılık istanbul" | upper', "ILIK İSTANBUL"),
        ("tr-TR", '"IŞIK İL" | lower', "ışık il"),
        ("tr-TR", '"istanbul" | capitalize', "İstanbul"),
        ("en-US", '"istanbul" | upper', "ISTANBUL"),
        ("el-GR", '"άυλος ή καλημέρα Γοργόνα" | upper', "ΑΫΛΟΣ Ή ΚΑΛΗΜΕΡΑ ΓΟΡΓΟΝΑ"),
        ("el-GR", '"ΟΔΟΣ" | lower', "οδος"),
        ("de-DE", '"straße" | upper', "STRASSE"),
        ("nl-NL", '"ijsland" | capitalize', "IJsland"),
        ("hy-AM", '"և" | upper', "ԵՎ"),
    ],
)
def test_case_by_language(locale: str, source: str, expected: str) -> None:
    assert render(source, locale) == expected
