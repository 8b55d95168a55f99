"""`signet sign`: signed URLs and the tags to put them in."""

from __future__ import annotations

import time
from pathlib import Path

import click


def _seconds(context: click.Context, parameter: click.Parameter, text: str | None) -> int | None:
    from server.quantities import parse_duration

    try:
        return None if text is None else parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from error


@click.command()
@click.argument("template")
@click.argument("values", nargs=-1)
@click.option("--vars", "file", type=click.Path(path_type=Path), help="JSON file with values.")
@click.option("--format", "extension", default="png", show_default=True, help="png, jpg, webp or avif.")
@click.option(
    "--expires", metavar="TIME", callback=_seconds, help="Stop working after this time: 30d, 12h, 90m or seconds."
)
@click.option("--token", is_flag=True, help="Print the token form, which no mail program can mangle.")
@click.option("--html", is_flag=True, help="Print the meta tags of a page instead.")
@click.option("--img", is_flag=True, help="Print an <img> tag instead.")
@click.option("--dpr", type=click.IntRange(1, 3), help="Device pixels per CSS pixel.")
@click.option("--quality", type=click.IntRange(1, 100), help="Quality of JPEG and WebP.")
@click.option("--locale", help="Language and region, such as de-DE.")
@click.option("--variant", help="A named variant of the template.")
@click.option("--pin", is_flag=True, help="Pin the template's present version: the picture never changes.")
def sign(
    template: str,
    values: tuple[str, ...],
    file: Path | None,
    extension: str,
    expires: int | None,
    token: bool,
    html: bool,
    img: bool,
    dpr: int | None,
    quality: int | None,
    locale: str | None,
    variant: str | None,
    pin: bool,
) -> None:
    """Print the signed URL of an image.

    \b
      signet sign article title="Hello world" author="Ada"
      signet sign product name=Mug price:=12.5 'points:=["Holds 300 ml"]' --format jpg
      signet sign article title="Hello" --html      the og:image meta tags of a page
    """
    from server.commands.output import writable_format
    from server.commands.templates import check_variant, compile_named
    from server.commands.values import read_values
    from server.keys import signing_keys
    from server.links import make_link
    from server.settings import load_settings
    from server.signing import UrlSigner
    from server.urls import Options

    settings = load_settings()
    compiled = compile_named(template, settings)
    check_variant(compiled, variant)
    options = Options(
        version=compiled.bundle.version if pin else None,
        expires=None if expires is None else int(time.time()) + expires,
        dpr=dpr,
        quality=quality,
        locale=locale,
        variant=variant,
    )
    signer = UrlSigner(signing_keys([key.get_secret_value() for key in settings.signing_keys], settings.data_dir))
    link = make_link(
        compiled,
        read_values(values, file),
        writable_format(extension),
        options,
        signer=signer,
        base_url=settings.base_url,
    )
    for warning in link.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(link.meta if html else link.html if img else link.token_url if token else link.url)
