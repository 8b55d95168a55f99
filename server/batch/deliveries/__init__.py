"""Webhooks of batches: put into the outbox with the change that they tell of, delivered at least once.

pending ── 2xx ──► delivered        410, for this and all later ones of the job ──► disabled
   │ anything else: again by the schedule, at last ──► failed          redelivery: ──► pending

A message has one id for good: derived from the batch, its run and the event, of which each happens once in a run. What
is sent is decided when it is put in, so that every attempt has the same body; only time and signature are new.

errors, records, schedule, addresses, payload ← outbox ← announcing, deliverer; sending ← deliverer
"""

from server.batch.deliveries.addresses import check_webhook_url
from server.batch.deliveries.announcing import announcer
from server.batch.deliveries.deliverer import Deliverer, open_deliverer
from server.batch.deliveries.errors import UnknownDelivery
from server.batch.deliveries.outbox import Outbox, enqueue, message_id
from server.batch.deliveries.records import Attempt, Delivery, DeliveryState

__all__ = [
    "Attempt",
    "Deliverer",
    "Delivery",
    "DeliveryState",
    "Outbox",
    "UnknownDelivery",
    "announcer",
    "check_webhook_url",
    "enqueue",
    "message_id",
    "open_deliverer",
]
