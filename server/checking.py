"""Checks of a template folder: does it compile, does its example render, and what would a reader miss?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from renderer import Diagnostic, RenderOptions, bundle_from_folder, compile_bundle, example_of, render
from renderer.errors import RendererError, ValuesError

_EXAMPLE_TIME = datetime(2026, 1, 1, 12, tzinfo=UTC)  # a fixed time, so that a check says the same every day


def check_template(folder: Path) -> list[Diagnostic]:
    """Findings on a template: errors first of all if it can't be compiled or its example can't be rendered."""
    try:
        compiled = compile_bundle(bundle_from_folder(folder))
    except RendererError as error:
        return [_broken(error)]
    findings = list(compiled.diagnostics)
    for variant in (None, *compiled.manifest.variants):
        try:
            options = RenderOptions(variant=variant, now=_EXAMPLE_TIME)
            found = render(compiled, example_of(compiled), options).diagnostics
        except ValuesError as error:
            found = tuple(
                Diagnostic("expression", f"example.json: {p.name} {p.message}", "error") for p in error.problems
            )
        except RendererError as error:
            found = (_broken(error),)
        findings += [finding for finding in found if finding not in findings]
    return findings


def _broken(error: RendererError) -> Diagnostic:
    return Diagnostic("expression", error.message, "error", error.position)
