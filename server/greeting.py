"""What a server says of itself when it has started."""

from __future__ import annotations

from pathlib import Path

from renderer import example_of
from renderer.errors import RendererError
from server.errors import SignetError
from server.keys import API_KEY_FILE
from server.links import make_link
from server.services import Services
from server.settings import Settings
from server.urls import Options


def greeting(settings: Settings, services: Services, port: int) -> str:
    """Where everything is, with one URL to try. `port` is the one that is really listened on."""
    local = settings.model_copy(update={"public_url": "", "port": port})
    lines = [f"Signet listens on {local.base_url}"]
    if settings.public_url:
        lines.append(f"  public    {settings.public_url}")
    lines += [
        f"  gallery   {local.base_url}/",
        f"  API key   {_place_of_api_key(settings)}",
    ]
    url = _example_url(services, settings.public_url or local.base_url)
    if url:
        lines.append(f"  try       {url}")
    return "\n".join(lines)


def _place_of_api_key(settings: Settings) -> Path | str:
    return "from SIGNET_API_KEYS" if settings.api_keys else settings.data_dir / API_KEY_FILE


def _example_url(services: Services, base_url: str) -> str | None:
    """A signed URL of the first template's example; None if there is no template that works."""
    names = services.registry.names
    if not names:
        return None
    compiled = services.registry.get("article" if "article" in names else names[0]).compiled
    try:
        example = example_of(compiled)
        link = make_link(compiled, example, "png", Options(), signer=services.signer, base_url=base_url)
    except (SignetError, RendererError):
        return None
    return link.url
