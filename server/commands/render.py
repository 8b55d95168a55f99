"""`signet render`: a picture without any server."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("template")
@click.argument("values", nargs=-1)
@click.option("--vars", "file", type=click.Path(path_type=Path), help="JSON file with values.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="File to write: .png, .jpg, .webp or .avif."
)
@click.option("--example", is_flag=True, help="Start from the template's example values.")
@click.option("--dpr", type=click.IntRange(1, 3), default=1, show_default=True, help="Device pixels per CSS pixel.")
@click.option("--quality", type=click.IntRange(1, 100), help="Quality of JPEG and WebP.")
@click.option("--locale", help="Language and region, such as de-DE.")
@click.option("--variant", help="A named variant of the template.")
@click.option(
    "--fetch/--no-fetch", default=True, show_default=True, help="Ask other servers for images that the picture shows."
)
@click.option("--quiet", "-q", is_flag=True, help="Don't print diagnostics.")
def render(
    template: str,
    values: tuple[str, ...],
    file: Path | None,
    output: Path,
    example: bool,
    dpr: int,
    quality: int | None,
    locale: str | None,
    variant: str | None,
    fetch: bool,
    quiet: bool,
) -> None:
    """Render a template, or any folder with a template.html, to a file.

    \b
      signet render article title="Hello" -o card.png
      signet render ./my-card --example -o card.webp --dpr 2
    """
    from datetime import UTC, datetime

    from renderer import RenderOptions, examine, example_of, lay_out, render_typed, values_with_data
    from server.commands.elsewhere import images_elsewhere
    from server.commands.output import echo_diagnostics, image_format, write_file
    from server.commands.templates import check_variant, compile_named
    from server.commands.values import read_values
    from server.links import query_texts
    from server.settings import load_settings

    settings = load_settings()
    compiled = compile_named(template, settings)
    check_variant(compiled, variant)
    given = read_values(values, file)
    if example:
        given = {**example_of(compiled), **given}
    options = RenderOptions(
        format=image_format(output),
        scale=dpr,
        quality=quality,
        locale=locale,
        variant=variant,
        now=datetime.now(UTC),
    )
    typed = values_with_data(compiled.manifest, query_texts(given), from_query=True)
    with images_elsewhere(settings, fetch=fetch) as images:
        assets = images.of(compiled, typed, options)
    result = render_typed(compiled, typed, options, assets=assets)
    write_file(output, result.data)
    if not quiet:
        laid = lay_out(compiled, typed, options, assets=assets)
        echo_diagnostics((*result.diagnostics, *examine(laid).diagnostics))
        click.echo(f"{output}: {result.width}×{result.height}, {len(result.data):,} bytes", err=True)
