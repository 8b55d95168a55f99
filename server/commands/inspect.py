"""`signet inspect`: what the layout made of a template."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("template")
@click.argument("values", nargs=-1)
@click.option("--vars", "file", type=click.Path(path_type=Path), help="JSON file with values instead of the example.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document for other programs.")
@click.option("--overlay", type=click.Path(path_type=Path), help="Write the picture with its boxes drawn in: .png")
@click.option("--locale", help="Language and region, such as de-DE.")
@click.option("--variant", help="A named variant of the template.")
@click.option("--fetch", is_flag=True, help="Ask other servers for images that the page shows.")
def inspect(
    template: str,
    values: tuple[str, ...],
    file: Path | None,
    as_json: bool,
    overlay: Path | None,
    locale: str | None,
    variant: str | None,
    fetch: bool,
) -> None:
    """Print the boxes of a template's elements and what the render has to say.

    Boxes are border boxes in CSS px from the page's corner, in document order, before transforms. Without values, the
    template's example is laid out; values given as name=text are added to it.

    \b
      signet inspect article title="A short one"
      signet inspect ./my-card --vars row.json --json
      signet inspect article --overlay boxes.png
    """
    import json
    from datetime import UTC, datetime

    from renderer import RenderOptions, draw_inspection, example_of, inspect_template, values_with_data
    from server.commands.elsewhere import images_elsewhere
    from server.commands.output import echo_diagnostics, image_format, write_file
    from server.commands.templates import check_variant, compile_named
    from server.commands.values import read_values
    from server.inspection import inspection_json, inspection_lines
    from server.links import query_texts
    from server.settings import load_settings

    if overlay is not None and image_format(overlay) != "png":
        raise click.UsageError(f"{overlay}: end the file name of the overlay in .png.")
    settings = load_settings()
    compiled = compile_named(template, settings)
    check_variant(compiled, variant)
    given = read_values(values, file)
    texts = query_texts(given if file is not None else {**example_of(compiled), **given})
    options = RenderOptions(locale=locale, variant=variant, now=datetime.now(UTC))
    with images_elsewhere(settings, fetch=fetch) as images:
        assets = images.of(compiled, values_with_data(compiled.manifest, texts, from_query=True), options)
    inspection = inspect_template(compiled, texts, options, from_query=True, assets=assets)
    if as_json:
        click.echo(json.dumps(inspection_json(inspection), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(inspection_lines(inspection)))
        echo_diagnostics(inspection.diagnostics)
    if overlay is not None:
        write_file(overlay, draw_inspection(compiled, texts, options, inspection, from_query=True, assets=assets))
        click.echo(f"{overlay}: {inspection.width}×{inspection.height}", err=True)
