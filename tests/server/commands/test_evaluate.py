from __future__ import annotations

import pytest

from tests.server.commands.conftest import Run


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["{{ price * 0.9 | currency }}", "price:=49"], "$44.10"),
        (['{{ price | currency("EUR") }}', "price:=49", "--locale", "de-DE"], "49,00\u00a0€"),
        (["{{ price | currency }}", "price:=49", "--currency", "JPY"], "¥49"),
        (["{{ names | join(', ') }}!", 'names:=["a", "b"]'], "a, b!"),
        (["{{ name | uppercase }}", "name=1=2"], "1=2"),
        (["{{ missing }}"], ""),
        (["plain"], "plain"),
    ],
)
def test_the_value_is_printed(run: Run, arguments: list[str], printed: str) -> None:
    result = run("eval", *arguments)
    assert (result.exit_code, result.stdout) == (0, printed + "\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{{ price * }}"], "1:12: Expected a value"),
        (["{{ 1 / 0 }}"], "division by zero"),
        (["{{ x | uppercas }}"], "Did you mean `uppercase`?"),
        (["{{ now | date }}", "--time-zone", "Mars"], "no time zone called 'Mars'"),
        (["{{ 2.5 | number }}", "--locale", "xx"], "no locale 'xx'"),
    ],
)
def test_errors_say_where(run: Run, arguments: list[str], message: str) -> None:
    result = run("eval", *arguments)
    assert result.exit_code == 1
    assert message in result.stderr
