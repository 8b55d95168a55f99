"""A compiled template and typed values → a `Document`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from renderer.document import Document, Element
from renderer.errors import LimitError, ValueProblem, ValuesError
from renderer.expressions import Environment, Scope, Value, is_known_locale, strings_for, text_direction
from renderer.limits import DEFAULT_LIMITS, Limits
from renderer.template.compile import CompiledTemplate
from renderer.template.expansion import Expansion
from renderer.template.model import Variant
from renderer.template.toml_table import did_you_mean


def make_environment(
    compiled: CompiledTemplate, *, locale: str | None = None, now: datetime | None = None
) -> Environment:
    """What expressions format for: `locale` (by default the manifest's), and the strings in its language.

    `now` must be aware. Raises ValuesError for a locale that CLDR does not know.
    """
    manifest = compiled.manifest
    tag = locale or manifest.locale
    if not is_known_locale(tag):
        expected = "a language tag such as de-DE"
        raise ValuesError([ValueProblem("_l", "is no locale", expected, tag[:40])])
    return Environment(
        locale=tag,
        time_zone=manifest.time_zone,
        now=now,
        currency=manifest.currency,
        strings=strings_for(compiled.strings, tag, manifest.locale) if compiled.strings else {},
    )


def variant_of(compiled: CompiledTemplate, name: str | None) -> Variant | None:
    """The variant of that name; None for None. Raises ValuesError for an unknown one."""
    if name is None:
        return None
    variants = compiled.manifest.variants
    if name not in variants:
        known = "one of " + ", ".join(variants) if variants else "none: the template has no variants"
        raise ValuesError([ValueProblem("_variant", f"is no variant{did_you_mean(name, variants)}", known, name[:64])])
    return variants[name]


def expand(
    compiled: CompiledTemplate,
    values: Mapping[str, Value],
    environment: Environment,
    *,
    variant: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Document:
    """Evaluate the template's expressions and blocks.

    `values` are typed variables (see `coerce_values`) and the data of bindings by their names. Raises ExpressionError,
    ValuesError where a value does not fit its place in CSS, and LimitError; each with its place.
    """
    chosen = variant_of(compiled, variant)
    holder = Element("", {}, compiled.tree.position, -1)
    expansion = Expansion(Scope(dict(values), environment), holder, limits)
    try:
        compiled.program(expansion)
        if chosen is not None:
            compiled.variant_programs[chosen.name](expansion)
    except RecursionError:
        raise LimitError("The template is nested too deeply.") from None
    root = holder.element_children[0]
    root.parent = None
    root.attributes = _language(compiled, environment) | root.attributes
    size = (chosen and chosen.size) or compiled.manifest.size
    return Document(
        root=root,
        body=root.element_children[0],
        stylesheets=tuple(expansion.stylesheets),
        width=size.width,
        height=size.height,
        color_scheme=(chosen and chosen.color_scheme) or compiled.manifest.color_scheme,
    )


def _language(compiled: CompiledTemplate, environment: Environment) -> dict[str, str]:
    """The `lang` and `dir` of the page unless it has its own."""
    language = environment.locale.replace("_", "-").partition("-u-")[0]
    direction = compiled.manifest.direction
    if direction == "auto":
        direction = text_direction(environment.locale)
    return {"lang": language, "dir": direction}
