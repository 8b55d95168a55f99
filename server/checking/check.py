"""Every trial of a template laid out and looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from renderer import (
    Asset,
    CompiledTemplate,
    Diagnostic,
    RenderOptions,
    TemplateBundle,
    bundle_from_folder,
    compile_bundle,
    examine,
    example_of,
    lay_out,
    missing_characters,
)
from renderer.diagnostics import Code, Severity
from renderer.errors import LimitError, RendererError, SourcePosition, TemplateError, ValuesError
from renderer.expressions import Value
from renderer.pipeline import Laid
from renderer.template.manifest import MANIFEST_FILE
from renderer.template.model import Manifest, Variable
from renderer.template.schema import EXAMPLE_FILE
from renderer.template.toml_table import Places
from server.checking.letters import sample_text
from server.checking.live_data import fallback_findings, try_requests, unknown_data
from server.checking.samples import with_data
from server.checking.trials import MISSING_DATA, Trial, trials

_TIME = datetime(2026, 9, 30, 22, 58, tzinfo=UTC)  # fixed, so that a check says the same every day
_SHOWN = 12  # missing characters that a message lists

_Pair = tuple[int, int]
ImagesOf = Callable[[CompiledTemplate, Mapping[str, Value], RenderOptions], Mapping[str, Asset]]


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic and the trial that showed it first; without a trial it is about the template itself."""

    diagnostic: Diagnostic
    trial: Trial | None = None


def no_images(compiled: CompiledTemplate, values: Mapping[str, Value], options: RenderOptions) -> Mapping[str, Asset]:
    """Images from elsewhere, where there are none to be had."""
    return {}


def check_template(folder: Path, images_of: ImagesOf = no_images) -> list[Finding]:
    """Everything found about a template folder, errors in the order of trials. Raises nothing about the template.

    `images_of` gives the images from elsewhere that a trial shows.
    """
    try:
        bundle = bundle_from_folder(folder)
    except RendererError as error:
        return [Finding(_broken(error))]
    return check_bundle(bundle, folder, images_of)


def check_bundle(bundle: TemplateBundle, folder: Path | None = None, images_of: ImagesOf = no_images) -> list[Finding]:
    """Everything found about a template's files; in a folder also about those beside it that it names."""
    try:
        compiled = compile_bundle(bundle)
        example = example_of(compiled)
    except RendererError as error:
        return [Finding(_broken(error))]
    findings = _Findings()
    beside = fallback_findings(compiled, folder) if folder is not None else ()
    for diagnostic in (*compiled.diagnostics, *unknown_data(compiled), *_unbounded(compiled), *beside):
        findings.add(diagnostic, None)
    tried = _Trials(compiled, findings, images_of)
    for trial in trials(compiled, example):
        tried.run(trial)
    return findings.items


class _Findings:
    """Findings in order, each once. What one variant was found to do with some values needs no second example."""

    def __init__(self) -> None:
        self.items: list[Finding] = []
        self._seen: set[tuple[object, ...]] = set()

    def add(self, diagnostic: Diagnostic, trial: Trial | None) -> None:
        place = (diagnostic.code, diagnostic.severity, diagnostic.position, diagnostic.element)
        keys: list[tuple[object, ...]] = [(*place, diagnostic.message)]
        if trial is not None and diagnostic.position is not None and diagnostic.severity != "error":
            keys.append((*place, trial.variant, trial.locale))
        if self._seen.isdisjoint(keys):
            self.items.append(Finding(diagnostic, trial))
        self._seen.update(keys)


class _Trials:
    """Runs trials of one template. Texts that overlap in the example are meant to."""

    def __init__(self, compiled: CompiledTemplate, findings: _Findings, images_of: ImagesOf) -> None:
        self.compiled = compiled
        self.findings = findings
        self.images_of = images_of
        self._meant: set[_Pair] = set()

    def run(self, trial: Trial) -> None:
        """Lay one trial out and keep what is found."""
        try:
            for diagnostic in self._found(trial):
                self.findings.add(diagnostic, trial)
        except ValuesError as error:
            for problem in error.problems:
                given = trial.is_example and EXAMPLE_FILE in self.compiled.bundle.files
                place = SourcePosition(EXAMPLE_FILE, 1, 1) if given else None
                message = f"{problem.name}: {problem.message}."
                self.findings.add(Diagnostic("values", message, "error", place), trial)
        except LimitError as error:
            # Whoever sends as much as the manifest allows is refused; that is no fault of the template's own example.
            severity: Severity = "error" if trial.is_example else "warning"
            self.findings.add(Diagnostic("limit", error.message, severity, error.position), trial)
        except RendererError as error:
            self.findings.add(_broken(error), trial)

    def _found(self, trial: Trial) -> Iterator[Diagnostic]:
        options = RenderOptions(variant=trial.variant, locale=trial.locale, now=_TIME)
        values = with_data(self.compiled, trial.values, trial.data)
        if trial.title != MISSING_DATA:
            try_requests(self.compiled, values, options)
        laid = lay_out(self.compiled, values, options, assets=self.images_of(self.compiled, values, options))
        examination = examine(laid, contrast=trial.is_example and trial.locale is None)
        for diagnostic in (*laid.diagnostics.items, *examination.diagnostics):
            # That long texts are cut with an ellipsis or set smaller is what their author asked for.
            if trial.is_example or diagnostic.severity != "info":
                yield diagnostic
        for collision in examination.collisions:
            pair = (collision.below.source_id, collision.above.source_id)
            if trial.is_example:
                self._meant.add(pair)
            elif pair not in self._meant:
                yield collision.finding()
        if trial.locale is not None:
            yield from _missing(self.compiled, laid, trial.locale)


def _missing(compiled: CompiledTemplate, laid: Laid, locale: str) -> Iterator[Diagnostic]:
    missing = missing_characters(laid, sample_text(locale))
    if missing:
        shown = " ".join(missing[:_SHOWN]) + (" …" if len(missing) > _SHOWN else "")
        message = f"No font has {len(missing)} characters of {locale}: {shown}. Bring a font with @font-face."
        data = (("characters", missing), ("locale", locale))
        yield Diagnostic("missing-glyph", message, "warning", _place(compiled, "locales"), "", data)


def _unbounded(compiled: CompiledTemplate) -> Iterator[Diagnostic]:
    for start, variable in _declared(compiled.manifest):
        for path, inner in _texts(variable, start):
            if inner.maximum_length is None and not inner.choices:
                message = (
                    f"The text {'.'.join(path[1:])} has no max_length, so nothing longer than the example was tried."
                )
                yield Diagnostic("variable-unbounded", message, "info", _place(compiled, *path))


def _declared(manifest: Manifest) -> Iterator[tuple[tuple[str, ...], Variable]]:
    """Variables and the schemas of bindings, by their place in the manifest."""
    for name, variable in manifest.variables.items():
        yield ("variables", name), variable
    for name, binding in manifest.bindings.items():
        if binding.schema is not None and binding.source != "file":
            yield ("bindings", name), binding.schema


def _texts(variable: Variable, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Variable]]:
    if variable.type == "text":
        yield path, variable
    if variable.items is not None:
        yield from _texts(variable.items, (*path, "items"))
    for name, field in (variable.fields or {}).items():
        yield from _texts(field, (*path, "fields", name))


def _place(compiled: CompiledTemplate, *path: str) -> SourcePosition | None:
    if MANIFEST_FILE not in compiled.bundle.files:
        return None
    return Places(MANIFEST_FILE, compiled.bundle.text(MANIFEST_FILE)).find(path)


def _broken(error: RendererError) -> Diagnostic:
    code: Code = "template" if isinstance(error, TemplateError) else "expression"
    return Diagnostic("limit" if isinstance(error, LimitError) else code, error.message, "error", error.position)
