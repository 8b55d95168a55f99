"""The render key: one digest of everything that changes a byte of the picture."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from renderer.assets import Asset
from renderer.environment import environment_digest
from renderer.expressions import Value
from renderer.options import RenderOptions
from renderer.template import CompiledTemplate, canonical_values


def render_key(
    compiled: CompiledTemplate,
    values: Mapping[str, Value],
    options: RenderOptions,
    assets: Mapping[str, Asset] | None = None,
) -> str:
    """Digest (sha256, hex) that is equal exactly for equal pictures-to-be of one template.

    The template's name counts although it changes no byte: whoever keeps a picture by its key keeps it as that
    template's, and a namesake in all but the name must not be forgotten, or not found, in its place.
    Typed values go in, so `49`, `49.0` and `"49"` of a number variable give one key; assets count by their contents.
    """
    parts = {
        "environment": environment_digest(),
        "template": [compiled.bundle.name, compiled.digest],
        "options": [
            options.format,
            options.scale,
            None if options.format == "png" else options.quality,
            options.locale or compiled.manifest.locale,
            options.variant,
            options.width,
            options.height,
            options.now.isoformat() if options.now is not None else None,
        ],
        "assets": {url: asset.digest for url, asset in sorted((assets or {}).items())},
    }
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode())
    digest.update(canonical_values(values))
    return digest.hexdigest()
