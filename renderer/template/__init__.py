"""Templates: reading a folder, its manifest and typed variables, compiling, and expanding to a document."""

from renderer.template.bundle import (
    TemplateBundle,
    bundle_from_files,
    bundle_from_folder,
    bundle_from_zip,
)
from renderer.template.coerce import canonical_values, coerce_values
from renderer.template.compile import CompiledTemplate, compile_bundle, compile_template
from renderer.template.expand import expand, make_environment, variant_of
from renderer.template.model import Binding, Manifest, Size, Variable, Variant
from renderer.template.schema import example_values, json_schema

__all__ = [
    "Binding",
    "CompiledTemplate",
    "Manifest",
    "Size",
    "TemplateBundle",
    "Variable",
    "Variant",
    "bundle_from_files",
    "bundle_from_folder",
    "bundle_from_zip",
    "canonical_values",
    "coerce_values",
    "compile_bundle",
    "compile_template",
    "example_values",
    "expand",
    "json_schema",
    "make_environment",
    "variant_of",
]
