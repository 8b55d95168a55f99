"""Live data into plans: where it is missing and the template cannot do without, its fallback template stands in."""

from __future__ import annotations

from collections.abc import Iterable

from renderer import Limits
from renderer.errors import RendererError
from server.bindings import BindingUnavailable, Complaints, LiveBindings, MissingData
from server.clock import Clock
from server.errors import SignetError, from_renderer
from server.plans import RenderPlan, stand_in, with_data
from server.registry import TemplateRegistry


class LivePlans:
    """Asks for the live data of plans. One per server."""

    def __init__(
        self,
        bindings: LiveBindings,
        registry: TemplateRegistry,
        *,
        complaints: Complaints,
        limits: Limits,
        clock: Clock,
    ) -> None:
        self._bindings = bindings
        self._registry = registry
        self._complaints = complaints
        self._limits = limits
        self._clock = clock

    async def bound(self, plan: RenderPlan) -> RenderPlan:
        """The plan with its live data, or else that of the template that stands in for its own.

        Raises:
            BindingUnavailable: data is missing, also for each template that could stand in.
            SignetError: variables of the request can't be used to ask for data.
        """
        first: MissingData | None = None
        tried: set[str] = set()
        while plan.to_bind:
            try:
                data = await self._bindings.bind(plan.template, plan.job.values, plan.job.options)
                return with_data(plan, data)
            except MissingData as missing:
                first = first or missing
            except RendererError as error:
                if first is None:
                    raise from_renderer(error) from error
            tried.add(plan.template.name)
            plan = self._stand_in(plan, first, tried)
        return plan

    def expire(self, tags: Iterable[str]) -> None:
        """Ask anew for the data of bindings that are purged by their cache tags (`binding:card/stats`)."""
        self._bindings.expire(tags)

    def _stand_in(self, plan: RenderPlan, missing: MissingData, tried: set[str]) -> RenderPlan:
        """The plan of the fallback template. Raises BindingUnavailable if there is none that knows how to stand in."""
        name = plan.template.compiled.manifest.fallback
        if name is not None and name not in tried:
            try:
                template = self._registry.get(name)
                return stand_in(plan, template, (missing.owner, missing.problem), self._limits, self._clock)
            except (RendererError, SignetError) as error:
                text = error.log_message if isinstance(error, SignetError) else str(error)
                self._complaints.make(plan.template.name, "fallback", f"{name} cannot stand in: {text}")
        raise BindingUnavailable(f"There is no live data for {missing.owner}: {missing.problem}.") from None
