"""Signet's renderer: template, values and assets in, image bytes out. Pure: no sockets, no environment, no clock.

from renderer import compile_template, render
picture = render(compile_template("templates/article"), {"title": "Hello"})

A name is loaded when it is first used: a server that answers from its store never imports layout and paint, and a
command that renders nothing imports none of this.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from renderer.assets import Asset
    from renderer.diagnostics import Diagnostic
    from renderer.errors import RendererError
    from renderer.examination import Examination, examine, missing_characters
    from renderer.fingerprint import fingerprint_of_file
    from renderer.images.check import ImageFacts, check_image
    from renderer.inspection import Inspection, draw_inspection, inspect_template
    from renderer.key import render_key
    from renderer.layout.inspect import ElementBox
    from renderer.limits import DEFAULT_LIMITS, Limits
    from renderer.media_types import MEDIA_TYPES, OutputFormat
    from renderer.options import RenderOptions, RenderResult
    from renderer.pipeline import initialize, lay_out, render, render_typed
    from renderer.template.bindings.data import coerce_data, select_data
    from renderer.template.bindings.headers import HeaderValue, Secret
    from renderer.template.bindings.key import BindingKey
    from renderer.template.bindings.request import BindingRequest, ResolvedRequest
    from renderer.template.bindings.samples import sample_data, values_with_data
    from renderer.template.bundle import TemplateBundle, bundle_from_folder, bundle_from_zip
    from renderer.template.coerce import canonical_json, coerce_values
    from renderer.template.compile import CompiledTemplate, compile_bundle, compile_template
    from renderer.template.expand import make_environment
    from renderer.template.model import Manifest
    from renderer.template.page import example_of, page_size
    from renderer.template.remote_images import remote_images
    from renderer.template.schema import describe_bindings, json_schema

_HOMES = {
    "DEFAULT_LIMITS": "limits",
    "MEDIA_TYPES": "media_types",
    "Asset": "assets",
    "BindingKey": "template.bindings.key",
    "BindingRequest": "template.bindings.request",
    "CompiledTemplate": "template.compile",
    "Diagnostic": "diagnostics",
    "ElementBox": "layout.inspect",
    "Examination": "examination",
    "HeaderValue": "template.bindings.headers",
    "ImageFacts": "images.check",
    "Inspection": "inspection",
    "Limits": "limits",
    "Manifest": "template.model",
    "OutputFormat": "media_types",
    "RenderOptions": "options",
    "RenderResult": "options",
    "RendererError": "errors",
    "ResolvedRequest": "template.bindings.request",
    "Secret": "template.bindings.headers",
    "TemplateBundle": "template.bundle",
    "bundle_from_folder": "template.bundle",
    "bundle_from_zip": "template.bundle",
    "canonical_json": "template.coerce",
    "check_image": "images.check",
    "coerce_data": "template.bindings.data",
    "coerce_values": "template.coerce",
    "compile_bundle": "template.compile",
    "compile_template": "template.compile",
    "describe_bindings": "template.schema",
    "draw_inspection": "inspection",
    "examine": "examination",
    "example_of": "template.page",
    "fingerprint_of_file": "fingerprint",
    "initialize": "pipeline",
    "inspect_template": "inspection",
    "json_schema": "template.schema",
    "lay_out": "pipeline",
    "make_environment": "template.expand",
    "missing_characters": "examination",
    "page_size": "template.page",
    "remote_images": "template.remote_images",
    "render": "pipeline",
    "render_key": "key",
    "render_typed": "pipeline",
    "sample_data": "template.bindings.samples",
    "select_data": "template.bindings.data",
    "values_with_data": "template.bindings.samples",
}

__all__ = [
    "DEFAULT_LIMITS",
    "MEDIA_TYPES",
    "Asset",
    "BindingKey",
    "BindingRequest",
    "CompiledTemplate",
    "Diagnostic",
    "ElementBox",
    "Examination",
    "HeaderValue",
    "ImageFacts",
    "Inspection",
    "Limits",
    "Manifest",
    "OutputFormat",
    "RenderOptions",
    "RenderResult",
    "RendererError",
    "ResolvedRequest",
    "Secret",
    "TemplateBundle",
    "bundle_from_folder",
    "bundle_from_zip",
    "canonical_json",
    "check_image",
    "coerce_data",
    "coerce_values",
    "compile_bundle",
    "compile_template",
    "describe_bindings",
    "draw_inspection",
    "examine",
    "example_of",
    "fingerprint_of_file",
    "initialize",
    "inspect_template",
    "json_schema",
    "lay_out",
    "make_environment",
    "missing_characters",
    "page_size",
    "remote_images",
    "render",
    "render_key",
    "render_typed",
    "sample_data",
    "select_data",
    "values_with_data",
]


def __getattr__(name: str) -> object:
    """Load a public name (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
