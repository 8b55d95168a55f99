"""The story of an image request.

URL ─ verify ─ resolve template ─ plan (type values) ─ bind live data ─ fetch remote images ─ key (ETag) ─┐
                 ┌────────────────────────────────────────────────────────────────────────────────────────┘
                 ├─ 304
                 ├─ stored bytes (memory → disk)
                 └─ render ─ store ─ answer
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, cast

from renderer import Diagnostic, Limits, RenderResult
from renderer.errors import RendererError
from server.clock import Clock
from server.coalescing import Coalescer
from server.diagnostics import diagnostics_json
from server.errors import UrlTooLong, from_renderer
from server.farm.dispatcher import Farm
from server.farm.errors import FarmError
from server.farm.jobs import Priority
from server.live_plans import LivePlans
from server.metrics import Metrics
from server.outgoing.images import ImageSource
from server.plans import RenderPlan, make_plan, supplied
from server.registry import TemplateRegistry
from server.render_task import Examination, Fingerprint, RenderJob
from server.signing import UrlSigner
from server.store import RenderStore, StoredRender
from server.store.entries import Json
from server.timings import Timings
from server.translation import from_farm
from server.urls import ImageRequest, split
from server.validators import Forward, cache_status, etag, if_none_match, server_timing, tag_headers

FINGERPRINT: Final = "fingerprint"
"""The member of a stored render's description that has it."""


@dataclass(frozen=True, slots=True)
class ImageAnswer:
    """An answer to an image request, whatever the HTTP library: a body unless the client has the bytes already."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """A render with how it was come by. `plan` has its key and state."""

    render: StoredRender
    plan: RenderPlan
    forward: Forward | None  # None: it was stored already


class _Made(NamedTuple):
    """A render, and how long its making took."""

    render: StoredRender
    took: Mapping[str, float]


class ImageService:
    """Answers image requests. One per server."""

    def __init__(
        self,
        *,
        signer: UrlSigner,
        registry: TemplateRegistry,
        store: RenderStore,
        passing: RenderStore,
        live: LivePlans,
        remote: ImageSource,
        farm: Farm[RenderJob, RenderResult],
        metrics: Metrics,
        limits: Limits,
        clock: Clock,
        max_url_length: int,
    ) -> None:
        """`passing` keeps pictures that lack an image, which have a key of their own, no longer than caches may."""
        self.signer = signer
        self.registry = registry
        self.store = store
        self.passing = passing
        self.live = live
        self.remote = remote
        self.farm = farm
        self.metrics = metrics
        self.limits = limits
        self.clock = clock
        self.max_url_length = max_url_length
        self._making: Coalescer[_Made] = Coalescer()

    async def answer(self, target: bytes, if_none_match_header: str | None) -> ImageAnswer:
        """Answer GET or HEAD of a signed URL; `target` is the path and query as they came.

        Raises:
            SignetError: whatever keeps the picture from being shown.
        """
        timings = Timings()
        with timings.step("verify"):
            request = self.signer.verify(split(target, self.max_url_length), now=int(self.clock()))
        with timings.step("plan"):
            plan = self.plan(request)
        plan = await self.furnish(plan, timings)
        tag = etag(plan.key)
        headers = {"ETag": tag, "Cache-Control": plan.cache_control, **plan.cdn_headers, **tag_headers(plan.tags)}
        if if_none_match(if_none_match_header, tag):
            self.metrics.not_modified += 1
            headers["Server-Timing"] = server_timing(timings.items())
            return ImageAnswer(304, headers, b"")
        picture = await self.picture(plan, timings)
        return _found(picture, headers, timings)

    def plan(self, request: ImageRequest) -> RenderPlan:
        """The plan of a verified request, without live data and remote images. Raises SignetError."""
        template = self.registry.get(request.template, request.options.version)
        try:
            return make_plan(
                template,
                request.format,
                request.variables,
                request.options,
                from_query=True,
                limits=self.limits,
                clock=self.clock,
            )
        except RendererError as error:
            raise from_renderer(error) from error

    def signed(self, request: ImageRequest) -> str:
        """Path and query of a signed URL that will be accepted.

        Raises:
            UrlTooLong: it would not be.
            InvalidValues, InvalidOption: see `UrlSigner.sign`.
        """
        url = self.signer.sign(request)
        if len(url) > self.max_url_length:
            raise UrlTooLong(
                f"The URL would have {len(url):,} characters; {self.max_url_length:,} are accepted. Shorten its values."
            )
        return url

    async def key_of(self, request: ImageRequest) -> str:
        """The key under which the picture of a request would be stored now. Raises SignetError."""
        return (await self.furnish(self.plan(request), Timings())).key

    async def furnish(self, plan: RenderPlan, timings: Timings) -> RenderPlan:
        """The plan with its live data and remote images; itself if it needs none or has them.

        An image that fails is left out. Raises SignetError for data that no picture can do without.
        """
        if plan.to_bind:
            with timings.step("bind"):
                plan = await self.live.bound(plan)
        if plan.to_fetch:
            with timings.step("fetch"):
                plan = supplied(plan, await self.remote.supply(plan.to_fetch))
        return plan

    async def picture(
        self,
        plan: RenderPlan,
        timings: Timings,
        priority: Priority = Priority.LIVE,
        *,
        absent: bool = False,
        with_fingerprint: bool = False,
    ) -> Picture:
        """The bytes of a plan: stored ones, or else a render, which is then stored. Raises SignetError.

        `absent`: the caller knows that nothing is stored under the plan's key. `with_fingerprint`: what is rendered
        gets one; what was rendered before may have none.
        """
        plan = await self.furnish(plan, timings)
        if with_fingerprint:
            plan = replace(plan, job=replace(plan.job, with_fingerprint=True))
        with timings.step("store"):
            stored = None if absent else await self._stored(plan)
        if stored is not None:
            self.metrics.store_hits += 1
            return Picture(stored, plan, None)
        # Whoever comes until the render is stored shares it.
        made = await self._making.run(f"{priority} {plan.key}", lambda: self._make(plan, priority, absent=absent))
        timings.add(made.took)
        return Picture(made.render, plan, "miss")

    async def examined(self, plan: RenderPlan, priority: Priority = Priority.LIVE) -> list[Json]:
        """Findings that a render has no time for: contrast, and texts that are cut. Raises SignetError."""
        # The processes do all kinds of job; who asks for this one gets findings.
        farm = cast("Farm[Examination, tuple[Diagnostic, ...]]", self.farm)
        try:
            found = await farm.run(Examination(plan.job), priority=priority, key=f"examination:{plan.key}")
        except (RendererError, FarmError) as error:
            raise from_farm(error) if isinstance(error, FarmError) else from_renderer(error) from error
        return diagnostics_json(found)

    async def fingerprint(self, picture: Picture, priority: Priority) -> str:
        """What pictures that look the same are found by; one without is decoded for it. Raises SignetError."""
        known = picture.render.meta.get(FINGERPRINT)
        if isinstance(known, str):
            return known
        farm = cast("Farm[Fingerprint, str]", self.farm)
        job = Fingerprint(picture.render.body, self.limits)
        try:
            return await farm.run(job, priority=priority, key=f"fingerprint:{picture.plan.key}")
        except (RendererError, FarmError) as error:
            raise from_farm(error) if isinstance(error, FarmError) else from_renderer(error) from error

    async def forget(self, plan: RenderPlan) -> None:
        """Let the next who asks for the picture have it rendered anew."""
        await self._store_of(plan).delete([plan.key])

    async def _make(self, plan: RenderPlan, priority: Priority, *, absent: bool) -> _Made:
        stored = None if absent else await self._stored(plan)
        if stored is not None:
            return _Made(stored, {})  # somebody else's, stored since the caller looked
        timings = Timings()
        with timings.step("render"):
            result = await self._render(plan, priority)
        timings.add({f"render-{step}": seconds for step, seconds in result.timings.items()})
        meta: dict[str, Json] = {
            "width": result.width,
            "height": result.height,
            "diagnostics": diagnostics_json(result.diagnostics),
        }
        if result.fingerprint is not None:
            meta[FINGERPRINT] = result.fingerprint
        render = StoredRender(result.data, result.media_type, meta, plan.tags)
        with timings.step("keep"):
            await self._store_of(plan).put(plan.key, render, cold=priority is Priority.BATCH)
        return _Made(render, dict(timings.items()))

    async def _stored(self, plan: RenderPlan) -> StoredRender | None:
        return await self._store_of(plan).get(plan.key)

    def _store_of(self, plan: RenderPlan) -> RenderStore:
        return self.passing if plan.state == "fallback" else self.store

    async def _render(self, plan: RenderPlan, priority: Priority) -> RenderResult:
        self.metrics.renders += 1
        try:
            return await self.farm.run(plan.job, priority=priority, key=plan.key)
        except (RendererError, FarmError) as error:
            self.metrics.failed_renders += 1
            raise from_farm(error) if isinstance(error, FarmError) else from_renderer(error) from error


def _found(picture: Picture, headers: dict[str, str], timings: Timings) -> ImageAnswer:
    render = picture.render
    headers |= {
        "Content-Type": render.media_type,
        "Content-Length": str(len(render.body)),
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Status": cache_status(forward=picture.forward, stored=picture.forward is not None),
        "Server-Timing": server_timing(timings.items()),
        "X-Signet-State": picture.plan.state,
    }
    return ImageAnswer(200, headers, render.body)
