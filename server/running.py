"""Running the origin in the foreground, and telling whoever started it where everything is."""

from __future__ import annotations

import socket

import click
import uvicorn
from starlette.applications import Starlette

from renderer import example_of
from server.app import create_app
from server.errors import ConfigurationError, SignetError
from server.keys import API_KEY_FILE
from server.links import make_link
from server.logs import configure_logging
from server.services import Services
from server.settings import Settings
from server.urls import Options


class _Server(uvicorn.Server):
    """uvicorn's server, which says that it is ready once it really listens."""

    def __init__(self, app: Starlette, config: uvicorn.Config, settings: Settings) -> None:
        super().__init__(config)
        self.app = app
        self.settings = settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the sockets, then greet."""
        await super().startup(sockets)
        if self.started and sockets:
            port = sockets[0].getsockname()[1]
            _greet(self.settings.model_copy(update={"port": port}), self.app.state.services)


def run_server(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; running renders are finished first.

    Raises:
        ConfigurationError: the address can't be listened on.
    """
    configure_logging(settings)
    listener = _listen(settings)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        h11_max_incomplete_event_size=settings.max_url_length + 16_384,
        timeout_graceful_shutdown=30,
        proxy_headers=False,
    )
    server = _Server(app, config, settings)
    server.run(sockets=[listener])
    if not server.started:
        raise SystemExit(3)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"Can't listen on {settings.host}:{settings.port}: {error.strerror}. Choose another with --port."
        ) from error
    return listener


def _greet(settings: Settings, services: Services) -> None:
    """Where everything is, with one URL to try."""
    lines = [
        f"Signet listens on {settings.base_url}",
        f"  gallery   {settings.base_url}/",
        f"  API key   {settings.data_dir / API_KEY_FILE if not settings.api_keys else 'from SIGNET_API_KEYS'}",
    ]
    example = _example_url(settings, services)
    if example:
        lines.append(f"  try       {example}")
    click.echo("\n".join(lines))


def _example_url(settings: Settings, services: Services) -> str | None:
    names = services.registry.names
    if not names:
        return None
    compiled = services.registry.get("article" if "article" in names else names[0]).compiled
    try:
        link = make_link(
            compiled,
            example_of(compiled),
            "png",
            Options(),
            signer=services.signer,
            base_url=settings.base_url,
        )
    except SignetError:
        return None
    return link.url
