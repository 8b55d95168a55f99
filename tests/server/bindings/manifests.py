"""Bindings as manifests declare them."""

from __future__ import annotations

from renderer import compile_bundle
from renderer.template.bundle import bundle_from_files
from renderer.template.model import Binding


def binding(text: str) -> Binding:
    """The binding `stats` to a URL, with these lines in its table."""
    manifest = f'size = {{ width = 9, height = 9 }}\n[bindings.stats]\nurl = "https://api.example.com/stats"\n{text}'
    files = {"template.html": b"<body></body>", "template.toml": manifest.encode()}
    return compile_bundle(bundle_from_files("card", files)).manifest.bindings["stats"]
