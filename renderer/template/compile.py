"""A template's files → `CompiledTemplate`: everything that can be done once per version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from renderer.diagnostics import Diagnostic, Diagnostics
from renderer.document import StyleSource
from renderer.errors import LimitError, SourcePosition
from renderer.limits import DEFAULT_LIMITS, Limits
from renderer.template import analysis
from renderer.template.bindings.key import BindingKey
from renderer.template.bindings.plan import plan_bindings
from renderer.template.bindings.request import BindingRequest
from renderer.template.bundle import TemplateBundle, bundle_from_folder
from renderer.template.image_sources import image_sources
from renderer.template.manifest import MANIFEST_FILE, read_manifest
from renderer.template.model import Manifest, Variant
from renderer.template.nodes import Body, ElementNode, Literal, StyleNode
from renderer.template.program import Step, compile_body
from renderer.template.reader import read_css, read_template
from renderer.template.source import SourceText
from renderer.template.strings import read_strings
from renderer.template.toml_table import Places


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """One version of a template, ready to be expanded any number of times. Share it freely; nothing in it changes.

    `stylesheets` are those whose text is the same in every render, wherever they stand. `used` are the names of
    variables and bindings that its expressions read, `unused` declared variables that they don't, `undeclared` names
    they read that nobody declared. `uses_now`: what it shows depends on the time. `image_programs` find images from
    elsewhere: the template's own by None, those of variants by their names; absent where there are none.

    `binding_requests` are those of url bindings, `binding_keys` of push bindings that have a key, both by name;
    `binding_order` are rounds of names: those of one round are independent of each other and follow those they read.
    """

    bundle: TemplateBundle
    manifest: Manifest
    tree: ElementNode
    stylesheets: tuple[StyleSource, ...]
    strings: Mapping[str, object]
    binding_requests: Mapping[str, BindingRequest]
    binding_keys: Mapping[str, BindingKey]
    binding_order: tuple[tuple[str, ...], ...]
    diagnostics: tuple[Diagnostic, ...]
    used: frozenset[str]
    unused: frozenset[str]
    undeclared: frozenset[str]
    uses_now: bool
    program: Step
    variant_programs: Mapping[str, Step]
    image_programs: Mapping[str | None, Step]

    @property
    def name(self) -> str:
        """The template's name."""
        return self.bundle.name

    @property
    def digest(self) -> str:
        """The digest of the template's files, which is its version."""
        return self.bundle.digest


def compile_template(template: TemplateBundle | Path | str, *, limits: Limits = DEFAULT_LIMITS) -> CompiledTemplate:
    """Compile a template folder or bundle. Raises TemplateError, LimitError."""
    bundle = template if isinstance(template, TemplateBundle) else bundle_from_folder(Path(template))
    return compile_bundle(bundle, limits=limits)


def compile_bundle(bundle: TemplateBundle, *, limits: Limits = DEFAULT_LIMITS) -> CompiledTemplate:
    """Compile a bundle. Raises TemplateError with the place of what is wrong, LimitError beyond the limits."""
    try:
        return _compile(bundle, limits)
    except RecursionError:
        raise LimitError(f"The template {bundle.name!r} is nested too deeply.") from None


def _compile(bundle: TemplateBundle, limits: Limits) -> CompiledTemplate:
    diagnostics = Diagnostics()
    manifest = read_manifest(bundle)
    tree = read_template(bundle, limits, diagnostics)
    variant_sheets = {
        name: _variant_stylesheets(variant, bundle, limits) for name, variant in manifest.variants.items()
    }
    bindings = plan_bindings(manifest, _places(bundle), limits)
    usage = _usage(tree, variant_sheets, bindings.usage)
    undeclared = usage.names.keys() - manifest.variables.keys() - manifest.bindings.keys()
    _report_unused(manifest, bundle, usage, diagnostics)
    _report_undeclared({name: usage.names[name] for name in undeclared}, diagnostics)
    sheets = [*analysis.stylesheets((tree,)), *(node for nodes in variant_sheets.values() for node in nodes)]
    return CompiledTemplate(
        bundle=bundle,
        manifest=manifest,
        tree=tree,
        stylesheets=tuple(node.source for node in sheets if node.source is not None),
        strings=read_strings(bundle),
        binding_requests=bindings.requests,
        binding_keys=bindings.keys,
        binding_order=bindings.order,
        diagnostics=tuple(diagnostics.items),
        used=frozenset(usage.names),
        unused=frozenset(manifest.variables.keys() - usage.names.keys()),
        undeclared=frozenset(undeclared),
        uses_now=usage.uses_now,
        program=compile_body((tree,)),
        variant_programs=MappingProxyType({name: compile_body(nodes) for name, nodes in variant_sheets.items()}),
        image_programs=_image_programs(tree, variant_sheets),
    )


def _image_programs(tree: ElementNode, variants: Mapping[str, tuple[StyleNode, ...]]) -> Mapping[str | None, Step]:
    """What finds the images that come from elsewhere: the template's own by None, and those that variants add."""
    bodies: list[tuple[str | None, Body]] = [(None, (tree,)), *variants.items()]
    programs = {name: compile_body(sources) for name, body in bodies if (sources := image_sources(body))}
    return MappingProxyType(programs)


def _variant_stylesheets(variant: Variant, bundle: TemplateBundle, limits: Limits) -> tuple[StyleNode, ...]:
    """What a variant adds behind the template's own stylesheets: its file, then its custom properties."""
    sheets: list[StyleNode] = []
    if variant.stylesheet is not None:
        source = SourceText(variant.stylesheet, bundle.text(variant.stylesheet))
        sheets.append(StyleNode.of(read_css(source, limits), source.position(0)))
    if variant.properties:
        # Templates define their custom properties on :root or on body; important wins over both.
        lines = "".join(f"  {name}: {value} !important;\n" for name, value in variant.properties.items())
        place = _places(bundle).find(("variants", variant.name, "properties"))
        sheets.append(StyleNode.of((Literal(f":root, body {{\n{lines}}}\n", place),), place))
    return tuple(sheets)


def _usage(
    tree: ElementNode, variants: Mapping[str, tuple[StyleNode, ...]], bindings: analysis.Usage
) -> analysis.Usage:
    usage = analysis.Usage()
    usage.visit((tree,))
    for sheets in variants.values():
        usage.visit(sheets)
    usage.merge(bindings)
    return usage


def _places(bundle: TemplateBundle) -> Places:
    return Places(MANIFEST_FILE, bundle.text(MANIFEST_FILE) if MANIFEST_FILE in bundle.files else "")


def _report_unused(manifest: Manifest, bundle: TemplateBundle, usage: analysis.Usage, diagnostics: Diagnostics) -> None:
    for kind, what, declared in (
        ("variables", "variable", manifest.variables.keys()),
        ("bindings", "binding", manifest.bindings.keys()),
    ):
        for name in sorted(declared - usage.names.keys()):
            message = f"The {what} {name!r} is declared but never used."
            diagnostics.warn("variable-unused", message, _places(bundle).find((kind, name)))


def _report_undeclared(undeclared: Mapping[str, SourcePosition], diagnostics: Diagnostics) -> None:
    for name, position in sorted(undeclared.items()):
        message = f"{name!r} is used but not declared in {MANIFEST_FILE}; it is always null."
        diagnostics.warn("variable-undeclared", message, position)
