"""`signet eval`: try an expression."""

from __future__ import annotations

import click


@click.command("eval")
@click.argument("source")
@click.argument("values", nargs=-1)
@click.option("--locale", default="en-US", show_default=True, help="Language and region, such as de-DE.")
@click.option("--currency", default="USD", show_default=True, help="Currency of amounts without one of their own.")
@click.option("--time-zone", default="UTC", show_default=True, help="Time zone, such as Europe/Berlin.")
def evaluate(source: str, values: tuple[str, ...], locale: str, currency: str, time_zone: str) -> None:
    """Print what a template text becomes.

    \b
      signet eval '{{ price * 0.9 | currency }}' price:=49                  $44.10
      signet eval '{{ price | currency("EUR") }}' price:=49 --locale de-DE  49,00 €
    """
    from datetime import UTC, datetime

    from renderer.expressions import Environment, evaluate_text, normalize
    from server.commands.values import read_values

    environment = Environment(locale=locale, time_zone=time_zone, now=datetime.now(UTC), currency=currency)
    given = {name: normalize(value) for name, value in read_values(values).items()}
    click.echo(evaluate_text(source, given, environment))
