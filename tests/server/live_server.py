"""Real servers on loopback: the whole application with its render processes, in a thread of the test's own process."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette

from renderer.expressions import Value
from server.app import create_app
from server.clock import Clock, system_clock
from server.http.protocol import OriginProtocol
from server.links import query_texts
from server.services import Services
from server.settings import Settings, load_settings
from server.urls import ImageRequest, Options

REPOSITORY = Path(__file__).parents[2]
TEMPLATES = REPOSITORY / "templates"
API_KEY = "api-key-of-the-tests"
NO_OPTIONS = Options()
PATIENCE = 30.0  # seconds after which a test that waits for something gives up


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response with its headers by lower-case name; `names` has each as often as it was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    names: tuple[str, ...]

    def json(self) -> dict[str, object]:
        document = json.loads(self.body)
        assert isinstance(document, dict)
        return document


class _Connection(http.client.HTTPConnection):
    """Sends any path that fits on a request line; http.client refuses some that mail programs send."""

    def _validate_path(self, url: str) -> None:
        assert not set("\r\n ") & set(url)

    def _encode_request(self, request: str) -> bytes:
        return request.encode()


class LiveServer:
    """A running server and what is inside it."""

    def __init__(self, app: Starlette, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    @property
    def url(self) -> str:
        return self.settings.base_url

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services

    def path(
        self,
        template: str,
        fmt: str = "png",
        options: Options = NO_OPTIONS,
        **values: Value,
    ) -> str:
        """Path and query of a signed image."""
        return self.services.signer.sign(ImageRequest(template, fmt, query_texts(values), options))

    def ask(
        self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """One request on a connection of its own; the path goes over the wire as it is."""
        connection = _Connection("127.0.0.1", urlsplit(self.url).port or 0, timeout=PATIENCE)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            pairs = [(name.lower(), value) for name, value in response.getheaders()]
            return Answer(response.status, dict(pairs), response.read(), tuple(name for name, _ in pairs))
        finally:
            connection.close()

    def call(
        self,
        path: str,
        body: object = None,
        *,
        key: str | None = API_KEY,
        method: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request to the API: POST of a body as JSON, or GET if there is none."""
        sent = {"Authorization": f"Bearer {key}"} if key is not None else {}
        data = None
        if body is not None:
            sent["Content-Type"] = "application/json"
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask(path, method or ("GET" if data is None else "POST"), sent | dict(headers or {}), data)


@contextmanager
def live_server(
    data_dir: Path, templates: Path = TEMPLATES, clock: Clock = system_clock, port: int = 0, **settings: object
) -> Iterator[LiveServer]:
    """Start a server on a port, or else a free one; stop it and its render processes at the end."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server may come back to its port at once
    listener.bind(("127.0.0.1", port))
    chosen = {
        "data_dir": data_dir,
        "templates_dir": templates,
        "port": listener.getsockname()[1],
        "renderers": 1,
        "api_keys": (API_KEY,),
    }
    made = load_settings(env_file=None, **(chosen | settings))
    app = create_app(made, clock)
    server = uvicorn.Server(_config(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="live-server")
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive())
        assert server.started, "the server did not start"
        yield LiveServer(app, made)
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        listener.close()


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=OriginProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for something that another thread or process does."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def write_template(
    folder: Path, html: str, manifest: str = "", example: object = None, files: Mapping[str, bytes] | None = None
) -> None:
    """Make a template folder; files appear whole, as an editor's do."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"template.html": html, "template.toml": "size = {width = 120, height = 60}\n" + manifest}
    if example is not None:
        texts["example.json"] = json.dumps(example)
    for name, data in {**{name: text.encode() for name, text in texts.items()}, **(files or {})}.items():
        new = folder.parent / f".{folder.name}-{name}-{os.getpid()}"
        new.write_bytes(data)
        new.replace(folder / name)


def stopped(server: LiveServer) -> int:
    """Stop the only render process by a signal, so that a render lasts as long as one likes. Returns its id."""
    (worker,) = server.services.farm.worker_pids()
    os.kill(worker, signal.SIGSTOP)
    return worker
