"""From a verified request to everything a render needs, and to the key that names its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from renderer import MEDIA_TYPES, Limits, Manifest, OutputFormat, RenderOptions, coerce_values, render_key
from renderer.errors import ValueProblem
from renderer.expressions import Value, is_known_locale
from server.bindings.live import Bound
from server.bindings.outcomes import worst
from server.clock import Clock, rounded
from server.errors import InvalidOption, UnsupportedFormat
from server.outgoing.images import BRIEF_SECONDS, State, Supply
from server.outgoing.mentions import image_urls
from server.registry import Template
from server.render_task import RenderJob
from server.urls import Options
from server.validators import cache_control, cache_tags, live_cdn_headers

_DEFAULT_TTL = 86_400  # seconds; how soon an unpinned picture follows a new version of its template
_KEEP_AFTER_ERROR = 7 * 86_400  # seconds that a cache may show the last picture while the origin fails


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """A request made definite.

    `key` names the bytes; `counted` are the values that it is made of, in which digests stand for live data, and those
    of files are left out, since the template's digest knows them. `max_age` is how long the answer stays right, and
    `keep` how long caches may show it while the origin fails, in seconds; `brief` says that the picture shows less than
    it should, and is not to be kept beyond its time. `static`: it shows nothing that changes. `variables` are the
    request's own, `problems` clauses by binding that say what went wrong with it.

    `to_bind` says that `with_data` has yet to put in live data, `to_fetch` are URLs of images that `supplied` has yet
    to put in: until then the key is not the picture's.
    """

    template: Template
    options: Options
    job: RenderJob
    key: str
    planned_at: int
    max_age: int
    tags: tuple[str, ...]
    variables: Mapping[str, object]
    counted: Mapping[str, Value]
    to_bind: bool = False
    to_fetch: tuple[str, ...] = ()
    state: State = "fresh"
    static: bool = False
    brief: bool = False
    keep: int = _KEEP_AFTER_ERROR
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def seconds(self) -> int:
        """How long a cache may show the picture as right: as long as it is, and not after its URL has expired."""
        expires = self.options.expires
        return self.max_age if expires is None else min(self.max_age, max(0, expires - self.planned_at))

    @property
    def cdn_headers(self) -> dict[str, str]:
        """Where a CDN's word differs from that of Cache-Control."""
        return live_cdn_headers(self.seconds) if self.template.compiled.manifest.email_live else {}

    @property
    def cache_control(self) -> str:
        """Cache-Control of the picture."""
        expires, max_age, beyond = self.options.expires, self.seconds, 0 if self.brief else self.keep
        if expires is not None:
            beyond = min(beyond, max(0, expires - self.planned_at) - max_age)
        return cache_control(
            max_age,
            stale_while_revalidate=min(max_age, beyond),
            stale_if_error=beyond,
            pinned_and_static=self.options.version is not None and self.static and expires is None,
            email_live=self.template.compiled.manifest.email_live,
        )


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
    """Type the variables, settle the options and derive the render key, if there is nothing to wait for.

    Raises:
        ValuesError: variables that don't fit the template, all at once.
        UnsupportedFormat, InvalidOption: options that this template does not offer.
    """
    compiled = template.compiled
    manifest = compiled.manifest
    values = coerce_values(manifest, variables, from_query=from_query)
    now = clock()
    ttl = ttl_of(manifest)
    wanted = render_options(template, image_format, options, rounded(now, ttl) if compiled.uses_now else None)
    all_values = {**values, **_data_of_files(manifest)}
    to_bind = any(binding.source != "file" for binding in manifest.bindings.values())
    to_fetch = () if to_bind else image_urls(compiled, all_values, wanted)
    return RenderPlan(
        template,
        options,
        RenderJob(template.name, compiled.bundle.digest, template.archive, all_values, wanted, limits),
        "" if to_bind else render_key(compiled, values, wanted),
        int(now),
        ttl - int(now % ttl) if compiled.uses_now else ttl,
        cache_tags(template.name, manifest.bindings),
        variables,
        values,
        to_bind=to_bind,
        to_fetch=to_fetch,
        static=not (compiled.uses_now or to_bind or to_fetch),
    )


def render_options(
    template: Template, image_format: str, options: Options, now: datetime | None = None
) -> RenderOptions:
    """What the renderer is to be told of a URL's options; `now` is the time that the picture shows.

    Raises:
        UnsupportedFormat, InvalidOption: options that this template does not offer.
    """
    return RenderOptions(
        format=_format(image_format, template.compiled.manifest),
        scale=options.dpr or 1,
        quality=options.quality,
        locale=_locale(options.locale),
        variant=_variant(template, options.variant),
        width=_side("_w", options.width, template),
        height=_side("_h", options.height, template),
        now=now,
    )


def with_data(plan: RenderPlan, bound: Bound) -> RenderPlan:
    """The plan with its live data, which counts in the key, and whose lifetime bounds the picture's.

    Raises RendererError for an image URL that can't be put together from the data.
    """
    compiled, options = plan.template.compiled, plan.job.options
    values = {**plan.job.values, **bound.values}
    # A digest is in an object, which no data without one can be taken for: that is in a list.
    known: dict[str, Value] = {name: {"digest": digest} for name, digest in bound.digests.items()}
    counted = {**plan.counted, **{name: [value] for name, value in bound.values.items()}, **known}
    sources = [binding for binding in compiled.manifest.bindings.values() if binding.source == "url"]
    return replace(
        plan,
        job=replace(plan.job, values=values),
        key=render_key(compiled, counted, options),
        counted=counted,
        max_age=min(plan.max_age, bound.seconds),
        keep=min([plan.keep, *(binding.stale_if_error for binding in sources)]),
        brief=plan.brief or bound.state == "fallback" or bool(bound.problems),
        tags=tuple(dict.fromkeys((*plan.tags, *bound.tags))),
        to_bind=False,
        to_fetch=image_urls(compiled, values, options),
        state=worst((plan.state, bound.state)),
        problems={
            **plan.problems,
            **{f"{plan.template.name}/{name}": problem for name, problem in bound.problems.items()},
        },
    )


def stand_in(
    plan: RenderPlan, template: Template, problem: tuple[str, str], limits: Limits, clock: Clock
) -> RenderPlan:
    """The plan of another template in place of one whose data is missing, with those variables that it knows.

    `problem` is the missing binding and why it is missing. Raises as `make_plan` does.
    """
    manifest = template.compiled.manifest
    known = {name: value for name, value in plan.variables.items() if name in manifest.variables}
    options = replace(
        plan.options,
        version=None,
        variant=plan.options.variant if plan.options.variant in manifest.variants else None,
        width=plan.options.width if manifest.allow_size else None,
        height=plan.options.height if manifest.allow_size else None,
    )
    made = make_plan(template, plan.job.options.format, known, options, from_query=True, limits=limits, clock=clock)
    return replace(
        made,
        max_age=min(made.max_age, BRIEF_SECONDS),
        tags=tuple(dict.fromkeys((*plan.tags, *made.tags))),
        state="fallback",
        brief=True,
        problems=dict([problem]),
    )


def supplied(plan: RenderPlan, supply: Supply) -> RenderPlan:
    """The plan with its remote images, whose contents count in the key and whose lifetimes bound the picture's."""
    return replace(
        plan,
        job=replace(plan.job, assets=supply.assets),
        key=render_key(plan.template.compiled, plan.counted, plan.job.options, supply.assets),
        max_age=min(plan.max_age, supply.seconds),
        tags=tuple(dict.fromkeys((*plan.tags, *supply.tags))),
        to_fetch=(),
        state=worst((plan.state, supply.state)),
        brief=plan.brief or supply.state != "fresh",
    )


def ttl_of(manifest: Manifest) -> int:
    """Seconds that a picture of this template may be cached, at least one."""
    return max(1, _DEFAULT_TTL if manifest.ttl is None else manifest.ttl)


def _data_of_files(manifest: Manifest) -> Mapping[str, Value]:
    """What bindings to files show, or their default where the file has null."""
    files = {name: binding for name, binding in manifest.bindings.items() if binding.source == "file"}
    return {
        name: binding.default if binding.data is None and binding.when_missing == "default" else binding.data
        for name, binding in files.items()
    }


def _format(name: str, manifest: Manifest) -> OutputFormat:
    if name not in MEDIA_TYPES:
        raise UnsupportedFormat(f"This server writes {', '.join(MEDIA_TYPES)}; {name} is not offered.")
    if manifest.formats and name not in manifest.formats:
        raise UnsupportedFormat(f"This template is offered as {', '.join(manifest.formats)}, not as {name}.")
    return name


def _locale(tag: str | None) -> str | None:
    if tag is None or is_known_locale(tag):
        return tag
    raise InvalidOption(
        [ValueProblem("_l", "must be a language tag that CLDR knows", "a language tag such as de-DE", tag[:40])]
    )


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
