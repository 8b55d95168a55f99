"""A picture of its own that health checks render: no template's author can make the server look unwell."""

from __future__ import annotations

from functools import lru_cache

from renderer import CompiledTemplate, Limits, RenderOptions, compile_bundle, render_key
from renderer.template.bundle import bundle_from_files
from server.render_task import RenderJob
from server.versions import VersionArchive

_NAME = "signet-canary"
_FILES = {
    "template.html": b"<style>body { margin: 0; font: 12px Inter; background: #fff }</style><body>ok</body>",
    "template.toml": b"size = { width = 32, height = 16 }",
}


@lru_cache(maxsize=1)
def _compiled() -> CompiledTemplate:
    return compile_bundle(bundle_from_files(_NAME, _FILES))


def canary_job(archive: VersionArchive, limits: Limits) -> RenderJob:
    """A render that uses everything a real one uses: an archive, fonts, layout, raster and encoder."""
    compiled = _compiled()
    return RenderJob(_NAME, compiled.digest, archive.keep(compiled.bundle), {}, RenderOptions(), limits)


def rendering_digest() -> str:
    """Equal on machines that draw alike: the same renderer, the same libraries and the same fonts."""
    return render_key(_compiled(), {}, RenderOptions())
