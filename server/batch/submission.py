"""Whether a job can be done at all: its template, its options and its columns, before anything is promised."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from renderer import Manifest
from renderer.errors import RendererError, ValueProblem
from server.batch.intake import columns_of
from server.batch.options import BatchOptions
from server.batch.reception import Upload
from server.batch.results import check_names
from server.batch.wishes import check_columns
from server.errors import InvalidValues, from_renderer
from server.plans import render_options
from server.registry import Template, TemplateRegistry
from server.urls import Options


@dataclass(frozen=True, slots=True)
class Submission:
    """What can be done: options with a pinned version written in full, the template's version, the table's columns."""

    options: BatchOptions
    version: str
    columns: Sequence[str] | None


async def checked(upload: Upload, registry: TemplateRegistry) -> Submission:
    """The upload as a job that can be done.

    Raises:
        UnknownTemplate, InvalidValues, InvalidOption, UnsupportedFormat, UnreadableRows.
    """
    options = upload.options
    template = registry.get(options.template, options.options.version)
    if options.options.version is not None:
        pinned = options.options.model_copy(update={"version": template.version})
        options = options.model_copy(update={"options": pinned})
    manifest = template.compiled.manifest
    _check_outputs(template, options)
    _check_names(manifest, options)
    columns = await asyncio.to_thread(columns_of, upload.path, upload.kind)
    if columns is not None:
        required = [name for name, variable in manifest.variables.items() if variable.required]
        check_columns(columns, options, manifest.variables, required)
    if options.names is not None:
        check_names(options.names, [*manifest.variables, *(columns or ()), *options.columns])
    return Submission(options, template.version, columns)


def _check_outputs(template: Template, options: BatchOptions) -> None:
    """Whether the template has these formats, variants and sizes."""
    body = options.options
    for image_format, variant in options.outputs():
        wanted = Options(locale=body.locale, variant=variant, width=body.width, height=body.height)
        try:
            render_options(template, image_format, wanted)
        except RendererError as error:
            raise from_renderer(error) from error


def _check_names(manifest: Manifest, options: BatchOptions) -> None:
    """Whether what the options name is there."""
    problems = [
        _unknown(f"variables.{name}", "variable", name, manifest.variables)
        for name in options.variables
        if name not in manifest.variables
    ]
    for column, target in options.columns.items():
        if target and not target.startswith("_") and target not in manifest.variables:
            problems.append(_unknown(f"columns.{column[:80]}", "variable", target, manifest.variables))
    binding = options.repeat.on_push if options.repeat is not None else None
    pushed = [name for name, each in manifest.bindings.items() if each.push]
    if binding is not None and binding not in pushed:
        problems.append(_unknown("repeat.on_push", "binding that takes pushed data", binding, pushed))
    if problems:
        raise InvalidValues(problems)


def _unknown(place: str, kind: str, name: str, known: Iterable[str]) -> ValueProblem:
    names = list(known)
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(sorted(names)) or 'none'}."
    return ValueProblem(place, f"{name[:80]} is no {kind} of the template. {hint}")
