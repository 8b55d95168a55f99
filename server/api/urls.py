"""POST /v1/urls: sign."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from server.api.access import require_sight
from server.api.answers import NO_STORE, json_answer
from server.api.bodies import read_model
from server.api.models import RenderRequest, UrlAnswer, UrlRequest
from server.links import Link, make_link, query_texts
from server.plans import RenderPlan
from server.registry import Template
from server.services import Services
from server.urls import ImageRequest, Options, read_format


async def create_url(request: Request) -> Response:
    """Check variables against the template and sign their URL."""
    services = require_sight(request)
    body = await read_model(request, UrlRequest, services.settings.max_body_bytes)
    template = services.registry.get(body.template, body.options.version)
    expires = None if body.expires_in is None else int(services.clock()) + body.expires_in
    _, link = plan_and_sign(services, template, body, options_of(body, template, expires))
    return json_answer(UrlAnswer.model_validate(link_members(link)), NO_STORE)


def plan_and_sign(
    services: Services, template: Template, body: RenderRequest, options: Options
) -> tuple[RenderPlan, Link]:
    """The plan of a picture and its signed link.

    Whoever gets a link may rely on it, so nothing is signed that would be refused when it is fetched.

    Raises:
        InvalidValues, InvalidOption, UnsupportedFormat: what the template doesn't take, or what no URL can carry.
    """
    image_format = read_format(body.format) or body.format
    plan = services.images.plan(ImageRequest(template.name, image_format, query_texts(body.variables), options))
    link = make_link(
        template.compiled,
        body.variables,
        image_format,
        options,
        signer=services.signer,
        base_url=services.settings.base_url,
    )
    return plan, link


def options_of(body: RenderRequest, template: Template, expires: int | None = None) -> Options:
    """Options as a URL carries them.

    A version is always written in full: a short one that is unique today may not be tomorrow, and the URL is for ever.
    """
    options = body.options
    return Options(
        version=None if options.version is None else template.version,
        expires=expires,
        dpr=options.dpr,
        quality=options.quality,
        locale=options.locale,
        variant=options.variant,
        width=options.width,
        height=options.height,
    )


def link_members(link: Link) -> dict[str, object]:
    """The members of an answer that a link fills."""
    return {name: getattr(link, name) for name in UrlAnswer.model_fields}
