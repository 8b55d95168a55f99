"""`signet init`: a new template to start from."""

from __future__ import annotations

import click


@click.command()
@click.argument("name")
def init(name: str) -> None:
    """Write a new template NAME to the templates folder: a card to start from, which passes `signet check --strict`.

    \b
      signet init my-card
      signet render my-card --example -o card.png
      signet serve --development --reload        and edit templates/my-card/template.html
    """
    from server.scaffold import FILES, write_template
    from server.settings import load_settings

    folder = write_template(load_settings().templates_dir, name)
    for file in FILES:
        click.echo(f"wrote {folder / file}")
    click.echo(f"next: signet render {name} --example -o {name}.png")
