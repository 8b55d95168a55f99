"""strings.toml: a template's texts by language, for `{{ t("key") }}`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from renderer.errors import ManifestError
from renderer.expressions import is_known_locale, strings_for
from renderer.template.bundle import TemplateBundle
from renderer.template.toml_table import read_toml

STRINGS_FILE = "strings.toml"


def read_strings(bundle: TemplateBundle) -> Mapping[str, object]:
    """The tables of strings.toml by language tag, checked; empty if there is no such file.

    Raises ManifestError for unknown languages and values that are neither text nor table.
    """
    if STRINGS_FILE not in bundle.files:
        return MappingProxyType({})
    root = read_toml(STRINGS_FILE, bundle.text(STRINGS_FILE))
    for tag in root.data:
        if not is_known_locale(tag) or not isinstance(root.data[tag], dict):
            raise root.error(tag, f"expected a table named after a language, as in [de] or [pt-BR], not {tag[:40]!r}.")
        try:
            strings_for(root.data, tag, tag)
        except ManifestError as error:
            raise ManifestError(error.message, root.place(tag)) from None
    return MappingProxyType(dict(root.data))
