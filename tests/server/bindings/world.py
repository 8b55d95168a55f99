"""Live bindings over a real client and a real store, a source on loopback, and a clock that stands still."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

from renderer import RenderOptions, coerce_values, compile_bundle
from renderer.expressions import Value
from renderer.template.bundle import bundle_from_files
from server.bindings import Bound, Complaints, LiveBindings, PushedBindings, UrlBindings
from server.bindings.pushes import PushedRecord
from server.metrics import Metrics
from server.outgoing import OutgoingClient
from server.registry import Template
from server.secrets import Secrets
from server.store import RenderStore
from tests.server.outgoing.origin import Answer, Origin, reply

NOON = 1_790_000_000.0
STATS = '[bindings.stats]\nurl = "URL/stats/{{ user }}"\nttl = "60s"\n'
HEAD = 'size = { width = 100, height = 50 }\n[variables.user]\ntype = "text"\ndefault = "ada"\n'


class Pushes:
    """Stands in for the database: records by (template, binding, key), or the error that reading raises."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str, str], PushedRecord] = {}
        self.error: Exception | None = None

    async def read(self, template: str, binding: str, key: str) -> PushedRecord | None:
        if self.error is not None:
            raise self.error
        return self.records.get((template, binding, key))


class World:
    """Everything that a test of bindings needs."""

    def __init__(self, client: OutgoingClient, origin: Origin, store: RenderStore) -> None:
        self.now = NOON
        self.client = client
        self.origin = origin
        self.store = store
        self.metrics = Metrics()
        self.pushes = Pushes()
        self.environment: dict[str, str | None] = {"TOKEN": "t0p-secret"}
        self.complaints = Complaints(self.clock)
        self.urls = UrlBindings(
            client,
            store,
            self,
            max_bytes=100_000,
            redirects=3,
            metrics=self.metrics,
            clock=self.clock,
            complaints=self.complaints,
        )
        pushes = PushedBindings(self.pushes, metrics=self.metrics, complaints=self.complaints)
        self.live = LiveBindings(self.urls, pushes)

    def clock(self) -> float:
        return self.now

    def resolve(self, name: str) -> str:
        """Secrets of an environment that tests may change."""
        return Secrets(environment=self.environment).resolve(name)

    def template(self, bindings: str, html: str = "<body></body>", name: str = "card") -> Template:
        """A template; URL in the manifest stands for that of the origin."""
        manifest = HEAD + bindings.replace("URL", self.origin.url("").rstrip("/"))
        files = {"template.html": html.encode(), "template.toml": manifest.encode()}
        return Template(name, compile_bundle(bundle_from_files(name, files)), Path("nowhere.zip"))

    async def bind(self, template: Template, variables: Mapping[str, object] | None = None) -> Bound:
        values: dict[str, Value] = {**coerce_values(template.compiled.manifest, variables or {}, from_query=False)}
        return await self.live.bind(template, values, RenderOptions())

    async def settled(self, fetches: int) -> None:
        """Wait until so many requests came to the origin and no fetch is under way."""
        for _ in range(500):
            if len(self.origin.asked) >= fetches and not self.urls.fetching:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("waited in vain")

    def answers(self, path: str, data: object, status: int = 200, **headers: str) -> None:
        """Answer a path with JSON; `Cache_Control` becomes Cache-Control."""
        self.origin.answers[path] = says(data, status, **headers)


def says(data: object, status: int = 200, **headers: str) -> Answer:
    """An answer with JSON; `Cache_Control` becomes Cache-Control."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return reply(status, json.dumps(data).encode(), {"Content-Type": "application/json"} | named)
