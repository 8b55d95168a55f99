"""From a verified request to everything a render needs, and to the key that names its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from renderer import MEDIA_TYPES, Limits, Manifest, OutputFormat, RenderOptions, coerce_values, render_key
from renderer.errors import ValueProblem
from renderer.expressions import is_known_locale
from server.bindings.live import Bound, worst
from server.clock import Clock, rounded
from server.errors import InvalidOption, UnsupportedFormat
from server.outgoing.images import BRIEF_SECONDS, State, Supply
from server.outgoing.mentions import image_urls
from server.registry import Template
from server.render_task import RenderJob
from server.urls import Options
from server.validators import cache_control, cache_tags

_DEFAULT_TTL = 86_400  # seconds; how soon an unpinned picture follows a new version of its template
_KEEP_AFTER_ERROR = 7 * 86_400  # seconds that a cache may show the last picture while the origin fails


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """A request made definite. `key` names the bytes; `max_age` is how long the answer stays right, in seconds.

    `to_bind` says that `with_data` has yet to put in live data, `to_fetch` are URLs of remote images that `supplied`
    has yet to put in: until then the key is not the picture's. `variables` are the request's own.
    """

    template: Template
    options: Options
    job: RenderJob
    key: str
    planned_at: int
    max_age: int
    cache_control: str
    tags: tuple[str, ...]
    variables: Mapping[str, object]
    to_bind: bool = False
    to_fetch: tuple[str, ...] = ()
    state: State = "fresh"


def make_plan(
    template: Template,
    image_format: str,
    variables: Mapping[str, object],
    options: Options,
    *,
    from_query: bool,
    limits: Limits,
    clock: Clock,
) -> RenderPlan:
    """Type the variables, settle the options and derive the render key.

    Raises:
        ValuesError: variables that don't fit the template, all at once.
        UnsupportedFormat, InvalidOption: options that this template does not offer.
    """
    compiled = template.compiled
    manifest = compiled.manifest
    values = coerce_values(manifest, variables, from_query=from_query)
    now = clock()
    ttl = ttl_of(manifest)
    wanted = RenderOptions(
        format=_format(image_format, manifest),
        scale=options.dpr or 1,
        quality=options.quality,
        locale=_locale(options.locale),
        variant=_variant(template, options.variant),
        width=_side("_w", options.width, template),
        height=_side("_h", options.height, template),
        now=rounded(now, ttl) if compiled.uses_now else None,
    )
    max_age = ttl - int(now % ttl) if compiled.uses_now else ttl
    job = RenderJob(template.name, compiled.bundle.digest, template.archive, values, wanted, limits)
    waits = bool(manifest.bindings)
    return RenderPlan(
        template,
        options,
        job,
        "" if waits else render_key(compiled, values, wanted),
        int(now),
        max_age,
        _cache_control(template, options, max_age, int(now)),
        cache_tags(template.name, manifest.bindings),
        variables,
        to_bind=waits,
        to_fetch=() if waits else image_urls(compiled, values, wanted),
    )


def with_data(plan: RenderPlan, bound: Bound) -> RenderPlan:
    """The plan with its live data, which counts in the key, and whose lifetime bounds the picture's.

    Raises RendererError for an image URL that can't be put together from the data.
    """
    compiled, options = plan.template.compiled, plan.job.options
    values = {**plan.job.values, **bound.values}
    state = worst((plan.state, bound.state))
    max_age = min(plan.max_age, bound.seconds)
    return replace(
        plan,
        job=replace(plan.job, values=values),
        key=render_key(compiled, values, options),
        max_age=max_age,
        cache_control=_cache_control(
            plan.template, plan.options, max_age, plan.planned_at, remote=True, brief=state != "fresh"
        ),
        to_bind=False,
        to_fetch=image_urls(compiled, values, options),
        state=state,
    )


def stand_in(plan: RenderPlan, template: Template, *, limits: Limits, clock: Clock) -> RenderPlan:
    """The plan of another template in place of one whose data is missing, with those variables that it knows.

    Raises as `make_plan` does.
    """
    manifest = template.compiled.manifest
    known = {name: value for name, value in plan.variables.items() if name in manifest.variables}
    variant = plan.options.variant if plan.options.variant in manifest.variants else None
    options = replace(plan.options, version=None, variant=variant, width=None, height=None)
    made = make_plan(template, plan.job.options.format, known, options, from_query=True, limits=limits, clock=clock)
    max_age = min(made.max_age, BRIEF_SECONDS)
    return replace(
        made,
        max_age=max_age,
        cache_control=_cache_control(template, options, max_age, made.planned_at, remote=True, brief=True),
        tags=tuple(dict.fromkeys((*plan.tags, *made.tags))),
        state="fallback",
    )


def supplied(plan: RenderPlan, supply: Supply) -> RenderPlan:
    """The plan with its remote images, whose contents count in the key and whose lifetimes bound the picture's."""
    job = replace(plan.job, assets=supply.assets)
    max_age = min(plan.max_age, supply.seconds)
    state = worst((plan.state, supply.state))
    return replace(
        plan,
        job=job,
        key=render_key(plan.template.compiled, job.values, job.options, supply.assets),
        max_age=max_age,
        cache_control=_cache_control(
            plan.template, plan.options, max_age, plan.planned_at, remote=True, brief=state != "fresh"
        ),
        tags=tuple(dict.fromkeys((*plan.tags, *supply.tags))),
        to_fetch=(),
        state=state,
    )


def ttl_of(manifest: Manifest) -> int:
    """Seconds that a picture of this template may be cached, at least one."""
    return max(1, _DEFAULT_TTL if manifest.ttl is None else manifest.ttl)


def _format(name: str, manifest: Manifest) -> OutputFormat:
    if name not in MEDIA_TYPES:
        raise UnsupportedFormat(f"This server writes {', '.join(MEDIA_TYPES)}; {name} is not offered.")
    if manifest.formats and name not in manifest.formats:
        raise UnsupportedFormat(f"This template is offered as {', '.join(manifest.formats)}, not as {name}.")
    return name


def _locale(tag: str | None) -> str | None:
    if tag is None or is_known_locale(tag):
        return tag
    raise InvalidOption([ValueProblem("_l", "is no locale", "a language tag such as de-DE", tag[:40])])


def _variant(template: Template, name: str | None) -> str | None:
    variants = template.compiled.manifest.variants
    if name is None or name in variants:
        return name
    known = ", ".join(sorted(variants)) or "none"
    raise InvalidOption([ValueProblem("_variant", f"is no variant of {template.name}; there are: {known}.")])


def _side(option: str, size: int | None, template: Template) -> int | None:
    if size is None or template.compiled.manifest.allow_size:
        return size
    raise InvalidOption([ValueProblem(option, f"is not allowed: the size of {template.name} is its template's.")])


def _cache_control(
    template: Template, options: Options, max_age: int, now: int, *, remote: bool = False, brief: bool = False
) -> str:
    """`remote`: the picture shows images of other servers; `brief`: it shows less than it should, so not for long."""
    manifest = template.compiled.manifest
    static = not template.compiled.uses_now and not manifest.bindings and not remote
    left = None if options.expires is None else max(0, options.expires - now)
    if left is not None:
        # No cache may show a picture after its URL has expired.
        max_age = min(max_age, left)
        revalidate = min(max_age, left - max_age)
        on_error = min(_KEEP_AFTER_ERROR, left - max_age)
    else:
        revalidate, on_error = max_age, _KEEP_AFTER_ERROR
    if brief:
        revalidate = on_error = 0
    return cache_control(
        max_age,
        stale_while_revalidate=revalidate,
        stale_if_error=on_error,
        pinned_and_static=options.version is not None and static and left is None,
        email_live=manifest.email_live,
    )
