"""template.toml → `Manifest`, fully validated: every error names the key, its line and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from renderer.expressions import is_known_locale
from renderer.expressions.grammar import BLOCK_WORDS, CONSTANTS, WORD_OPERATORS
from renderer.template.bindings.tables import read_binding
from renderer.template.bundle import TEMPLATE_NAME, TemplateBundle
from renderer.template.css_text import is_property_value
from renderer.template.model import Manifest, Size, Variant
from renderer.template.scalars import is_color
from renderer.template.toml_table import Table, did_you_mean, read_toml
from renderer.template.variables import Surroundings, read_variable

MANIFEST_FILE = "template.toml"
FORMATS = ("png", "jpg", "webp", "avif", "gif", "pdf")

_LARGEST_SIDE = 10_000
_VARIABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_VARIANT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_PROPERTY_NAME = re.compile(r"--[A-Za-z0-9_-]{1,100}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_RESERVED = BLOCK_WORDS | WORD_OPERATORS | frozenset(CONSTANTS) | {"now", "loop"}
_MAX_NAMES = 200  # variables of one template, or bindings

_DEFAULTS = Manifest()
_T = TypeVar("_T")


def read_manifest(bundle: TemplateBundle) -> Manifest:
    """The bundle's manifest; a template without template.toml has no variables and every default.

    Raises ManifestError with file, line and column.
    """
    if MANIFEST_FILE not in bundle.files:
        return Manifest()
    root = read_toml(MANIFEST_FILE, bundle.text(MANIFEST_FILE))
    time_zone = _checked(root, "time_zone", _known_time_zone) or _DEFAULTS.time_zone
    around = Surroundings(time_zone, bundle.files)
    variables = _named(root, "variables", lambda name, table: read_variable(name, table, around))
    bindings = _named(root, "bindings", lambda name, table: read_binding(name, table, around))
    for name in bindings:
        if name in variables:
            raise root.error("bindings", f"{name!r} is the name of a variable, too; rename one of them.")
    manifest = Manifest(
        title=root.text("title") or "",
        description=root.text("description") or "",
        size=_size(root) or _DEFAULTS.size,
        ttl=root.whole_seconds("ttl"),
        locale=_checked(root, "locale", _known_locale) or _DEFAULTS.locale,
        locales=_locales(root),
        time_zone=time_zone,
        currency=_checked(root, "currency", _known_currency) or _DEFAULTS.currency,
        direction=root.choice("direction", ("auto", "ltr", "rtl")) or "auto",  # type: ignore[arg-type]
        color_scheme=root.choice("color_scheme", ("light", "dark")) or "light",  # type: ignore[arg-type]
        background=_checked(root, "background", _known_color),
        formats=_formats(root),
        allow_size=root.boolean("allow_size"),
        email_live=root.boolean("email_live"),
        fallback=_checked(root, "fallback", _template_name),
        placeholder=root.file("placeholder", bundle.files),
        variables=variables,
        bindings=bindings,
        variants=_variants(root, bundle),
    )
    root.finish()
    return manifest


def _named(root: Table, key: str, read: Callable[[str, Table], _T]) -> Mapping[str, _T]:
    """The tables of [key.NAME], with names that expressions can use."""
    result: dict[str, _T] = {}
    for name, table in root.tables(key):
        if not _VARIABLE_NAME.fullmatch(name):
            raise table.error(None, "a name has up to 64 letters, digits and underscores and starts with a letter.")
        if name in _RESERVED:
            raise table.error(None, f"{name!r} has a meaning of its own in expressions; choose another name.")
        if len(result) >= _MAX_NAMES:
            raise table.error(None, f"there are at most {_MAX_NAMES} {key}.")
        result[name] = read(name, table)
    return MappingProxyType(result)


def _checked(table: Table, key: str, check: Callable[[str], str | None]) -> str | None:
    """A text for which `check` gives no complaint."""
    value = table.text(key)
    if value is not None and (complaint := check(value)) is not None:
        raise table.error(key, complaint)
    return value


def _known_time_zone(name: str) -> str | None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(name, available_timezones())
        return f"there is no time zone {name[:60]!r}{hint}; use an IANA name such as Europe/Berlin."
    return None


def _known_locale(tag: str) -> str | None:
    return None if is_known_locale(tag) else f"there is no locale {tag[:60]!r}; write a language tag such as 'de-DE'."


def _known_currency(code: str) -> str | None:
    return None if _CURRENCY.fullmatch(code) else f"expected an ISO 4217 code such as 'EUR', got {code[:40]!r}."


def _known_color(color: str) -> str | None:
    return None if is_color(color) else f"{color[:40]!r} is no CSS colour."


def _template_name(name: str) -> str | None:
    return None if TEMPLATE_NAME.fullmatch(name) else f"{name[:40]!r} is no template name."


def _locales(root: Table) -> tuple[str, ...]:
    locales = root.texts("locales")
    for tag in locales:
        if (complaint := _known_locale(tag)) is not None:
            raise root.error("locales", complaint)
    return locales


def _formats(root: Table) -> tuple[str, ...]:
    formats = root.texts("formats")
    for name in formats:
        if name not in FORMATS:
            hint = did_you_mean(name, FORMATS)
            raise root.error("formats", f"{name[:40]!r} is none of {', '.join(FORMATS)}{hint}.")
    return formats


def _size(table: Table) -> Size | None:
    size = table.table("size")
    if size is None:
        return None
    width, height = (size.integer(key, 1, _LARGEST_SIDE) for key in ("width", "height"))
    size.finish()
    if width is None or height is None:
        raise table.error("size", "expected { width = 1200, height = 630 } with both sides.")
    return Size(width, height)


def _variants(root: Table, bundle: TemplateBundle) -> Mapping[str, Variant]:
    result: dict[str, Variant] = {}
    for name, table in root.tables("variants"):
        if not _VARIANT_NAME.fullmatch(name):
            raise table.error(None, "a variant's name has up to 64 lower-case letters, digits, '-' and '_'.")
        result[name] = Variant(
            name=name,
            size=_size(table),
            properties=_properties(table),
            stylesheet=table.file("stylesheet", bundle.files),
            color_scheme=table.choice("color_scheme", ("light", "dark")),  # type: ignore[arg-type]
            description=table.text("description") or "",
        )
        table.finish()
    return MappingProxyType(result)


def _properties(variant: Table) -> Mapping[str, str]:
    table = variant.table("properties")
    result: dict[str, str] = {}
    for name in table.data if table is not None else ():
        value = table.text(name) if table is not None else None
        if not _PROPERTY_NAME.fullmatch(name):
            raise variant.error("properties", f"{name[:40]!r} is no custom property; its name starts with '--'.")
        if value is None or not is_property_value(value):
            raise variant.error("properties", f"the value of {name} must be one CSS value without ';' and braces.")
        result[name] = value
    return MappingProxyType(result)
