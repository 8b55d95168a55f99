"""Signet's renderer: template, values and assets in, image bytes out. Pure: no sockets, no environment, no clock.

from renderer import compile_template, render
picture = render(compile_template("templates/article"), {"title": "Hello"})
"""

from renderer.assets import Asset
from renderer.diagnostics import Diagnostic
from renderer.encode import MEDIA_TYPES, OutputFormat
from renderer.errors import RendererError
from renderer.examination import Examination, examine, missing_characters
from renderer.inspection import Inspection, draw_inspection, inspect_template
from renderer.key import render_key
from renderer.layout.inspect import ElementBox
from renderer.limits import DEFAULT_LIMITS, Limits
from renderer.options import RenderOptions, RenderResult
from renderer.pipeline import example_of, initialize, lay_out, page_size, render, render_typed
from renderer.template import (
    CompiledTemplate,
    Manifest,
    TemplateBundle,
    bundle_from_folder,
    bundle_from_zip,
    coerce_values,
    compile_bundle,
    compile_template,
    json_schema,
)

__all__ = [
    "DEFAULT_LIMITS",
    "MEDIA_TYPES",
    "Asset",
    "CompiledTemplate",
    "Diagnostic",
    "ElementBox",
    "Examination",
    "Inspection",
    "Limits",
    "Manifest",
    "OutputFormat",
    "RenderOptions",
    "RenderResult",
    "RendererError",
    "TemplateBundle",
    "bundle_from_folder",
    "bundle_from_zip",
    "coerce_values",
    "compile_bundle",
    "compile_template",
    "draw_inspection",
    "examine",
    "example_of",
    "initialize",
    "inspect_template",
    "json_schema",
    "lay_out",
    "missing_characters",
    "page_size",
    "render",
    "render_key",
    "render_typed",
]
