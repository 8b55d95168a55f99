"""Running the origin in the foreground, and telling whoever started it where everything is."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import click
import uvicorn
from starlette.applications import Starlette
from watchfiles import PythonFilter, run_process

from renderer import example_of
from renderer.errors import RendererError
from server.app import create_app
from server.errors import ConfigurationError, SignetError
from server.keys import API_KEY_FILE
from server.links import make_link
from server.logs import configure_logging
from server.services import Services
from server.settings import Settings
from server.urls import Options

_KEEP_ALIVE_SECONDS = 75  # above the 60 s after which nginx and load balancers drop idle connections themselves
_BACKLOG = 2048  # connections that may wait while the services start or a crowd comes


class OriginServer(uvicorn.Server):
    """uvicorn's server with the application's services opened before its sockets and closed after the last answer.

    uvicorn's own lifespan protocol would turn an error at the start into a logged traceback; here it is raised.
    """

    def __init__(self, app: Starlette, config: uvicorn.Config, settings: Settings) -> None:
        super().__init__(config)
        self.app = app
        self.settings = settings
        self._opened = AsyncExitStack()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the services, then listen, then greet. Raises ConfigurationError."""
        await self._opened.enter_async_context(self.app.router.lifespan_context(self.app))
        try:
            await super().startup(sockets)
        except BaseException:
            await self._opened.aclose()
            raise
        _greet(self.settings, self.app.state.services, sockets or ())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what was asked, then close the services."""
        await super().shutdown(sockets)
        await self._opened.aclose()


def run_server(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; what was asked before is answered first.

    Raises:
        ConfigurationError: the address can't be listened on, or keys or directories can't be used.
    """
    configure_logging(settings)
    with _listen(settings) as listener:
        app = create_app(settings)
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=_BACKLOG,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=30,
            proxy_headers=False,
        )
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again once it has stopped in good order
            OriginServer(app, config, settings).run(sockets=[listener])


def run_reloading_server(settings: Settings) -> None:
    """Serve, and start again whenever a source file of Signet changes. Raises nothing: errors end one attempt only."""
    root = Path(__file__).parent.parent
    run_process(
        root / "server", root / "renderer", target=_attempt, args=(settings,), watch_filter=PythonFilter(), debounce=200
    )


def _attempt(settings: Settings) -> None:
    try:
        run_server(settings)
    except SignetError as error:
        click.echo(f"Error: {error.message}", err=True)


def _listen(settings: Settings) -> socket.socket:
    """A listening socket. It listens before the services are there, so that early connections wait and don't fail."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"Can't listen on {settings.host}:{settings.port}: {error.strerror}. "
            "Choose another address with --host and --port."
        ) from error
    return listener


def _greet(settings: Settings, services: Services, sockets: Sequence[socket.socket]) -> None:
    """Where everything is, with one URL to try."""
    local = settings.model_copy(update={"public_url": "", "port": sockets[0].getsockname()[1] if sockets else 0})
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
    click.echo("\n".join(lines))


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
