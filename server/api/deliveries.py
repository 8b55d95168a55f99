"""/v1/batches/{batch}/deliveries: what became of a batch's webhooks, and sending them once more."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from server.api.access import require_sight
from server.api.answers import NO_STORE, json_answer
from server.api.batches import job_of_request
from server.batch.answers import moment
from server.batch.deliveries import Delivery, DeliveryState, UnknownDelivery

DELIVERY_ID_PATTERN: Final = "^msg_[0-9a-f]{32}$"


class AttemptBody(BaseModel):
    """One attempt to deliver a webhook."""

    model_config = ConfigDict(extra="forbid")

    time: str
    status: int | None = Field(default=None, description="Of the receiver's answer, if there was one.")
    error: str | None = Field(default=None, description="Why the message does not count as accepted.")
    ms: float = Field(description="How long it took.")


class DeliveryAnswer(BaseModel):
    """A webhook of a batch."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(description="The header webhook-id of every attempt.")
    event: str
    state: DeliveryState
    attempts: int = Field(description="How often it was sent, or is being sent.")
    next_at: str | None = Field(default=None, description="When it is sent next.")
    created_at: str
    log: list[AttemptBody] = Field(description="The last attempts, in order.")


class DeliveryList(BaseModel):
    """Webhooks of a batch in the order of their events."""

    model_config = ConfigDict(extra="forbid")

    deliveries: list[DeliveryAnswer]


async def list_deliveries(request: Request) -> Response:
    """All webhooks of a batch."""
    services = require_sight(request)
    job = await job_of_request(request, services)
    found = await services.deliverer.deliveries(job.id)
    answer = DeliveryList(deliveries=[_answer(delivery) for delivery in found])
    return json_answer(answer, {"Cache-Control": "private, no-cache"})


async def redeliver_webhook(request: Request) -> Response:
    """Send a webhook once more, at once and with the same id."""
    services = require_sight(request)
    job = await job_of_request(request, services)
    delivery: str = request.path_params["delivery"]
    if "\0" in delivery:
        raise UnknownDelivery("The batch has no delivery of this id.")
    return json_answer(_answer(await services.deliverer.redeliver(job.id, delivery)), NO_STORE)


def _answer(delivery: Delivery) -> DeliveryAnswer:
    return DeliveryAnswer(
        id=delivery.id,
        event=delivery.event,
        state=delivery.state,
        attempts=delivery.attempts,
        next_at=moment(delivery.next_at),
        created_at=_moment(delivery.created_at),
        log=[
            AttemptBody(time=_moment(each.time), status=each.status, error=each.error, ms=each.ms)
            for each in delivery.log
        ],
    )


def _moment(time: float) -> str:
    text = moment(time)
    assert text is not None  # noqa: S101 - there is none only without a time
    return text
