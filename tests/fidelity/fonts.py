"""Gives Chromium the very font files that Signet uses.

Families of font packages become `@font-face` rules, with the ranges of their axes, so that weight 650 is weight 650.
Chromium looks generic names up among the machine's fonts only; in its copy of a page they are replaced by the family
that Signet takes for them. A fontconfig file of our own keeps the machine's settings out: no hinting, whole
coverage in grey, and for characters that a page's families lack the same files again.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.sax.saxutils import escape

from renderer.text.library import GENERIC, default_library
from renderer.text.packages import FontPackage

FONT_ROUTE = "/fonts/"
DEFAULT_FAMILY = "Inter"

# `serif` inside `sans-serif`, `ui-serif` or a custom property's name is none.
_GENERIC = re.compile(r"(?<![\w\"'-])(sans-serif|serif|monospace)(?![\w-])")
_STYLES = re.compile(r"<style\b.*?</style>|style=\"[^\"]*\"", re.DOTALL | re.IGNORECASE)

_SETTINGS = "".join(
    f'<edit name="{name}" mode="assign">{value}</edit>'
    for name, value in (
        ("antialias", "<bool>true</bool>"),
        ("hinting", "<bool>false</bool>"),
        ("autohint", "<bool>false</bool>"),
        ("hintstyle", "<const>hintnone</const>"),
        ("rgba", "<const>none</const>"),
        ("lcdfilter", "<const>lcdnone</const>"),
    )
)


def font_files() -> dict[str, Path]:
    """Files of the font packages by the URL path that the pages' `@font-face` rules name."""
    return {
        f"{FONT_ROUTE}{package.slug}/{index}": package.folder / file["path"]
        for package in default_library().packages
        for index, file in enumerate(package.metadata["files"])
    }


def font_face_rules() -> str:
    """`@font-face` rules for every installed font package, and the family of pages that name none."""
    rules = [rule for package in default_library().packages for rule in _rules(package)]
    rules.append(f":where(html) {{ font-family: {DEFAULT_FAMILY} }}")
    return "\n".join(rules)


def _rules(package: FontPackage) -> list[str]:
    axes = {axis["tag"]: f"{axis['min']:g} {axis['max']:g}" for axis in package.metadata["axes"]}
    rules = []
    for index, file in enumerate(package.metadata["files"]):
        weight = axes.get("wght", "400") if file["weight"] is None else f"{file['weight']:g}"
        stretch = " ".join(f"{part}%" for part in axes.get("wdth", "100").split())
        rules.append(
            f'@font-face {{ font-family: "{package.family}"; src: url("{FONT_ROUTE}{package.slug}/{index}"); '
            f"font-weight: {weight}; font-style: {file['style']}; font-stretch: {stretch} }}"
        )
    return rules


def without_generic_names(page: str) -> str:
    """A page with generic family names in its styles replaced by the families that Signet takes for them."""
    return _STYLES.sub(lambda styles: _GENERIC.sub(lambda name: f"'{GENERIC[name[1]][0]}'", styles[0]), page)


def font_versions() -> dict[str, str]:
    """Versions of the font packages."""
    return {package.slug: package.metadata["version"] for package in default_library().packages}


def fontconfig(cache: Path) -> str:
    """A fontconfig configuration with the packages' and the machine's fonts."""
    folders = [Path("/usr/share/fonts"), *(package.folder for package in default_library().packages)]
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n'
        + "".join(f"<dir>{escape(str(folder))}</dir>\n" for folder in folders)
        + f'<match target="pattern">{_SETTINGS}</match>\n<match target="font">{_SETTINGS}</match>\n'
        + f"<cachedir>{escape(str(cache.resolve()))}</cachedir>\n</fontconfig>\n"
    )
