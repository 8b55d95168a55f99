"""The one message there is, and the Celery that carries it: only JSON, no results, no remote control, acks late.

`task_reject_on_worker_lost` stays off: with it a row that kills its worker comes back at once, again and again. The
ledger counts attempts instead.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import Any, Final

from celery import Celery

from server.registry import TemplateRegistry

QUEUE: Final = "signet"
TASK: Final = "signet.work"
PATIENCE_SECONDS: Final = 5.0  # with a Redis that does not answer

_MOST_RETRIES: Final = 1
_VISIBILITY_SECONDS: Final = 3600  # after which Redis gives a dead worker's message to another


@dataclass(frozen=True, slots=True)
class Ring:
    """“There is work”, by a server that has this data folder, public address, templates, fonts and signing keys.

    `templates` is what `digest_of` makes of them, `rendering` what `server.canary.rendering_digest` says.
    """

    home: str
    base_url: str
    templates: str
    rendering: str
    keys: tuple[str, ...]


def digest_of(registry: TemplateRegistry) -> str:
    """Tells whether two machines have the same templates at the same versions."""
    known = [f"{name} {registry.get(name).version}\n" for name in registry.names]
    return hashlib.sha256("".join(known).encode()).hexdigest()[:16]


# Celery has no types.
def make_app(broker: str) -> Any:  # noqa: ANN401
    """A Celery with nothing of its defaults that surprises. Sending gives up soon, receiving never."""
    for name in ("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL", "CELERY_RESULT_BACKEND"):
        os.environ.pop(name, None)  # Celery would prefer these to what it is told
    app = Celery("signet", set_as_current=False)
    app.conf.update(
        broker_url=broker,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "socket_timeout": PATIENCE_SECONDS,
            "socket_connect_timeout": PATIENCE_SECONDS,
            "max_retries": _MOST_RETRIES,
            "visibility_timeout": _VISIBILITY_SECONDS,
        },
        result_backend=None,
        accept_content=["json"],
        task_serializer="json",
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=False,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_enable_prefetch_count_reduction=False,
    )
    return app
