"""Running the origin in the foreground.

Render processes start first, and what the server itself needs is loaded while they do.
"""

from __future__ import annotations

import contextlib
import socket
from contextlib import AsyncExitStack
from pathlib import Path

import click
import uvicorn
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from server.errors import ConfigurationError, SignetError
from server.farming import make_farm
from server.garbage import settle
from server.http.protocol import OriginProtocol
from server.logs import configure_logging
from server.settings import Settings

_KEEP_ALIVE_SECONDS = 75  # above the 60 s after which nginx and load balancers drop idle connections themselves
_BACKLOG = 2048  # connections that may wait while the services start or a crowd comes


class OriginServer(uvicorn.Server):
    """uvicorn's server with the application's services opened before its sockets and closed after the last answer.

    uvicorn's own lifespan protocol would turn an error at the start into a logged traceback; here it is raised.
    """

    app: Starlette  # there before anything is accepted

    def __init__(self, settings: Settings) -> None:
        config = uvicorn.Config(
            self._answer,
            interface="asgi3",
            http=OriginProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=_BACKLOG,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=30,
            proxy_headers=False,
        )
        super().__init__(config)
        self.settings = settings
        self._opened = AsyncExitStack()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the services, then listen, then greet. Raises ConfigurationError."""
        try:
            self.app = await self._open_app()
            await super().startup(sockets)
        except BaseException:
            await self._opened.aclose()
            raise
        from server.greeting import greeting

        settle()
        port = sockets[0].getsockname()[1] if sockets else self.settings.port
        click.echo(greeting(self.settings, self.app.state.services, port))

    async def _open_app(self) -> Starlette:
        farm = make_farm(self.settings)
        farm.start()
        self._opened.push_async_callback(farm.stop)
        # Loaded only now: it takes as long as a render process takes to start, and that one needn't wait for it.
        from server.app import create_app

        app = create_app(self.settings, farm=farm)
        await self._opened.enter_async_context(app.router.lifespan_context(app))
        return app

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what was asked, then close the services."""
        self.app.state.services.batches.end_streams()
        await super().shutdown(sockets)
        await self._opened.aclose()


def run_server(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; what was asked before is answered first.

    Raises:
        ConfigurationError: the address can't be listened on, or keys or directories can't be used.
    """
    configure_logging(settings)
    with _listen(settings) as listener, contextlib.suppress(KeyboardInterrupt):
        OriginServer(settings).run(sockets=[listener])  # raises KeyboardInterrupt again once it has stopped in order


def run_reloading_server(settings: Settings) -> None:
    """Serve, and start again whenever a source file of Signet changes. Raises nothing: errors end one attempt only."""
    from watchfiles import PythonFilter, run_process

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
