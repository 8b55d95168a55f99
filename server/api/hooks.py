"""/v1/hooks/{template}/{name}: data from senders that have no API key but sign what they send (Standard Webhooks)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from renderer.template.model import Binding
from server.api.access import services_of
from server.api.answers import NO_STORE, json_answer
from server.api.binding_models import HookAnswer
from server.api.bindings import parsed, place_of, told
from server.api.bodies import read_body
from server.errors import UnknownTemplate
from server.pushed import InvalidDelivery, UnknownBinding
from server.secrets import SecretUnavailable
from server.services import Services
from server.webhooks import InvalidSignature, Message, UnusableSecret, verify


async def take_webhook(request: Request) -> Response:
    """Replace or merge, as the manifest says, if the signature is genuine; a message that comes again does nothing.

    Nothing but the signature is looked at before it is verified: strangers learn only where webhooks are taken.
    """
    services = services_of(request)
    binding, secret = _receiver(request, services)
    message = _verified(request, await read_body(request, services.settings.max_binding_bytes), secret, services)
    place = place_of(request, services)
    act = services.pushing.merge if binding.webhook == "merge" else services.pushing.replace
    change = await act(place, parsed(message.body), message=message.id)
    answer = json_answer(HookAnswer.model_validate(told(place, change.record) | {"changed": change.changed}), NO_STORE)
    answer.status_code = 201 if change.created else 200
    return answer


def _receiver(request: Request, services: Services) -> tuple[Binding, str]:
    """The binding and the name of its secret."""
    template, name = request.path_params["template"], request.path_params["name"]
    try:
        _, binding = services.pushing.binding(template, name)
    except (UnknownTemplate, UnknownBinding):
        binding = None
    if binding is None or binding.webhook_secret is None:
        raise UnknownBinding("No webhooks are taken here: that needs a binding with push and webhook_secret.")
    return binding, binding.webhook_secret.removeprefix("env:")


def _verified(request: Request, body: bytes, secret: str, services: Services) -> Message:
    try:
        return verify(request.headers, body, services.secrets.resolve(secret).split(), services.clock())
    except InvalidSignature as error:
        raise InvalidDelivery(str(error)) from None
    except UnusableSecret as error:
        raise SecretUnavailable(
            "A secret that the template needs cannot be used.", log_message=f"secret {secret}: {error}"
        ) from None
