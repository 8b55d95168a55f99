"""What a template's live data may lack: an example to be shown with, requests that can be made, a fallback."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from renderer import CompiledTemplate, RenderOptions, bundle_from_folder, make_environment
from renderer.diagnostics import Diagnostic
from renderer.errors import RendererError
from renderer.expressions import Value
from renderer.template.bundle import MAIN_FILE
from renderer.template.manifest import MANIFEST_FILE, read_manifest
from renderer.template.model import Manifest
from renderer.template.toml_table import Places


def unknown_data(compiled: CompiledTemplate) -> Iterator[Diagnostic]:
    """Bindings that the template reads and no check can show, since nothing says what they bring."""
    for name, binding in compiled.manifest.bindings.items():
        if binding.source == "file" or binding.example is not None or binding.default is not None:
            continue
        if name in compiled.used:
            message = f"The binding {name!r} has neither an example nor a default, so the page was tried without it."
            place = Places(MANIFEST_FILE, compiled.bundle.text(MANIFEST_FILE)).find(("bindings", name))
            yield Diagnostic("binding-without-example", message, "warning", place)


def try_requests(compiled: CompiledTemplate, values: Mapping[str, Value], options: RenderOptions) -> None:
    """Make the requests and keys of all bindings. Raises ValuesError, ExpressionError, LimitError."""
    environment = make_environment(compiled, locale=options.locale, now=options.now)
    for request in compiled.binding_requests.values():
        request.render(values, environment)
    for key in compiled.binding_keys.values():
        key.render(values, environment)


def fallback_findings(compiled: CompiledTemplate, folder: Path) -> Iterator[Diagnostic]:
    """What is wrong with the fallback, if it is a template in the folder beside this one."""
    name = compiled.manifest.fallback
    if name is None:
        return
    message = _fallback_fault(name, compiled.manifest, folder.resolve())
    if message:
        place = Places(MANIFEST_FILE, compiled.bundle.text(MANIFEST_FILE)).find(("fallback",))
        yield Diagnostic("fallback", message, "warning", place)


def _fallback_fault(name: str, manifest: Manifest, folder: Path) -> str:
    if name == folder.name:
        return "A template cannot be its own fallback."
    other = folder.parent / name
    if not (other / MAIN_FILE).is_file():
        return f"There is no template {name!r} beside this one; publish it before live data fails."
    try:
        wanted = read_manifest(bundle_from_folder(other)).variables
    except RendererError:
        return f"The fallback {name!r} cannot be compiled."
    own = manifest.variables
    missing = [n for n, variable in wanted.items() if variable.required and not (n in own and own[n].required)]
    if missing:
        return f"The fallback {name!r} requires {', '.join(missing)}, which a request for this template may lack."
    return ""
