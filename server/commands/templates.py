"""Finding the template that a command names: a gallery template or a folder."""

from __future__ import annotations

from pathlib import Path

import click

from renderer import CompiledTemplate, bundle_from_folder, compile_bundle
from server.settings import Settings


def find_folder(name: str, settings: Settings) -> Path:
    """The folder of a template named on the command line.

    Raises:
        click.UsageError: neither a template nor a folder; it lists the templates there are.
    """
    for folder in (settings.templates_dir / name, Path(name)):
        if (folder / "template.html").is_file():
            return folder
    known = sorted(path.parent.name for path in settings.templates_dir.glob("*/template.html"))
    raise click.UsageError(
        f"There is no template {name!r} in {settings.templates_dir}/ and no folder {name!r} with a template.html. "
        f"Templates: {', '.join(known) or 'none'}."
    )


def compile_named(name: str, settings: Settings) -> CompiledTemplate:
    """Compile the template that a command names. Raises RendererError if it is broken."""
    return compile_bundle(bundle_from_folder(find_folder(name, settings)))


def check_variant(compiled: CompiledTemplate, variant: str | None) -> None:
    """Raise click.UsageError, which lists the variants there are, unless the template has this one."""
    variants = compiled.manifest.variants
    if variant is not None and variant not in variants:
        raise click.UsageError(
            f"{compiled.bundle.name} has no variant {variant!r}; there are: {', '.join(sorted(variants)) or 'none'}."
        )
