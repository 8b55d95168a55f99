"""Publishing: an upload becomes a template's current version, or is refused with the place of what is wrong with it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from renderer import CompiledTemplate, Diagnostic, RenderOptions, TemplateBundle, compile_bundle
from renderer.errors import (
    AssetError,
    EncodeError,
    ExpressionError,
    LimitError,
    RendererError,
    SourcePosition,
    TemplateError,
    ValuesError,
)
from renderer.expressions import Value
from renderer.template.schema import EXAMPLE_FILE
from server.checking.samples import example_data
from server.clock import rounded
from server.errors import StoreError, UnusableRequest
from server.farm.errors import FarmError
from server.faults import Fault, fault_in_bundle
from server.plans import ttl_of
from server.registry import Template
from server.render_task import RenderJob
from server.services import Services
from server.translation import from_farm

logger = logging.getLogger(__name__)

_FAULTS_OF_TEMPLATES = (TemplateError, ValuesError, ExpressionError, LimitError, AssetError, EncodeError)


class InvalidTemplate(UnusableRequest):
    """An uploaded template cannot be used; the members `file`, `line`, `column` and `source_line` say where."""

    code, title = "invalid-template", "Invalid template"

    def __init__(self, fault: Fault) -> None:
        place = fault.position
        members: dict[str, str | int] = {}
        if place is not None:
            members = {"file": place.file, "line": place.line, "column": place.column}
        if fault.source_line is not None:
            members["source_line"] = fault.source_line
        super().__init__(str(fault), members=members)


class NotKept(StoreError):  # noqa: N818
    """The disk refused the new version; what was current stays so."""

    status, code, title = 503, "not-kept", "Not kept"


@dataclass(frozen=True, slots=True)
class Published:
    """The current version after publishing. `created`: there was no such version, or no template of that name."""

    template: Template
    created: bool
    warnings: tuple[Diagnostic, ...]


async def publish(services: Services, bundle: TemplateBundle) -> Published:
    """Compile, render the example in every variant in a render process, keep the version, make it current.

    Nothing is changed if anything is wrong. Publishing the same files again changes nothing.

    Raises:
        InvalidTemplate: it does not compile, or its example does not render.
        NotKept: the disk refuses.
        SignetError: the render farm is busy, or gave up.
    """
    registry = services.registry
    compiled, example = await asyncio.to_thread(_compiled, services, bundle)
    is_new = bundle.name not in registry.names or not registry.archive.path(bundle.name, bundle.digest).exists()
    try:
        staged = await asyncio.to_thread(registry.archive.stage, bundle)
        try:
            warnings = await _rendered(services, compiled, example, staged)
            template = await asyncio.to_thread(registry.publish, bundle, staged)
        finally:
            await asyncio.to_thread(staged.unlink, missing_ok=True)
    except OSError as error:
        raise NotKept(f"The version can't be kept: {error.strerror}.", retry_after=60) from error
    logger.info("template %s was published at version %s", bundle.name, bundle.version)
    return Published(template, is_new, warnings)


def _compiled(services: Services, bundle: TemplateBundle) -> tuple[CompiledTemplate, dict[str, Value]]:
    try:
        compiled = compile_bundle(bundle, limits=services.limits)
        return compiled, example_data(compiled)
    except RendererError as error:
        raise invalid(error, bundle) from error


async def _rendered(
    services: Services, compiled: CompiledTemplate, example: dict[str, Value], staged: Path
) -> tuple[Diagnostic, ...]:
    """Render the example in every variant; returns the warnings, each once."""
    warnings: dict[Diagnostic, None] = {}
    now = rounded(services.clock(), ttl_of(compiled.manifest))
    for variant in (None, *compiled.manifest.variants):
        options = RenderOptions(variant=variant, now=now)
        job = RenderJob(compiled.name, compiled.digest, staged, example, options, services.limits)
        try:
            result = await services.farm.run(job)
        except FarmError as error:
            raise from_farm(error) from error
        except _FAULTS_OF_TEMPLATES as error:
            raise invalid(error, compiled.bundle) from error
        warnings |= dict.fromkeys(found for found in result.diagnostics if found.severity != "info")
    return tuple(warnings)


def invalid(error: RendererError, bundle: TemplateBundle) -> InvalidTemplate:
    """The refusal of a template. Whoever publishes is its author and may see where it is broken."""
    if isinstance(error, ValuesError):
        place = SourcePosition(EXAMPLE_FILE, 1, 1) if EXAMPLE_FILE in bundle.files else None
        problems = "; ".join(f"{problem.name} {problem.message}" for problem in error.problems)
        error = TemplateError(f"The example can't be rendered: {problems}.", place)
    return InvalidTemplate(fault_in_bundle(error, bundle))
