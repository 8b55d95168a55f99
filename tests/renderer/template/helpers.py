"""Templates made of strings, and documents written out for comparison."""

from __future__ import annotations

from collections.abc import Mapping

from renderer.document import Document, Element, Text
from renderer.expressions import Value
from renderer.limits import DEFAULT_LIMITS, Limits
from renderer.template import CompiledTemplate, bundle_from_files, compile_bundle, expand, make_environment


def compiled(
    html: str,
    manifest: str = "",
    files: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> CompiledTemplate:
    texts = {"template.html": html, "template.toml": manifest, **(files or {})}
    bundle = bundle_from_files("test", {path: text.encode() for path, text in texts.items()})
    return compile_bundle(bundle, limits=limits)


def document(
    html: str,
    values: Mapping[str, Value] | None = None,
    *,
    manifest: str = "",
    files: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    locale: str | None = None,
    variant: str | None = None,
) -> Document:
    template = compiled(html, manifest, files, limits)
    environment = make_environment(template, locale=locale)
    return expand(template, values or {}, environment, variant=variant, limits=limits)


def written(element: Element) -> str:
    """The content of an element as plain HTML-like text, whitespace between elements left out."""
    return "".join(_node(child) for child in element.children)


def _node(node: Element | Text) -> str:
    if isinstance(node, Text):
        return node.data if node.data.strip() else ""
    attributes = "".join(f' {name}="{value}"' for name, value in node.attributes.items())
    return f"<{node.local_name}{attributes}>{written(node)}</{node.local_name}>"


def body(html: str, values: Mapping[str, Value] | None = None, **options: object) -> str:
    """What a template's body expands to."""
    return written(document(html, values, **options).body)  # type: ignore[arg-type]
