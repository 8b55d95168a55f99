"""The process of `signet worker`: Celery's worker, which listens, and a room, where the work is done.

Celery runs threads, never processes: a fork hangs after libvips was used. The threads only wait; rendering is done by
render processes, as in a server.
"""

from __future__ import annotations

import logging
import warnings

from celery import signals
from celery.platforms import SecurityWarning

from server.batch.distributed.broker import checked_broker, without_password
from server.batch.distributed.messages import TASK, Ring, make_app
from server.batch.distributed.room import WorkRoom
from server.garbage import settle
from server.logs import configure_logging
from server.settings import Settings

log = logging.getLogger(__name__)

_TALKATIVE = ("celery.app.trace", "celery.worker.strategy")  # lines for each message


def run_worker(settings: Settings, concurrency: int) -> int:
    """Do pieces of work, `concurrency` at once, until SIGTERM or SIGINT; the exit status.

    Raises:
        ConfigurationError: something that a worker needs is missing or can't be used.
    """
    broker = checked_broker(settings)
    configure_logging(settings)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    room = WorkRoom(settings)
    room.open()
    settle()
    try:
        log.info("%s takes %d pieces of work at once, told by %s", room.name, concurrency, without_password(broker))
        return _listen(room, broker, concurrency)
    finally:
        room.close()


def _listen(room: WorkRoom, broker: str, concurrency: int) -> int:
    app = make_app(broker)

    def work(home: str, base_url: str, templates: str, rendering: str, keys: list[str]) -> None:
        room.work(Ring(home, base_url, templates, rendering, tuple(keys)))

    def finish(**_: object) -> None:
        room.finish()

    def keep_logging(**_: object) -> None:
        """Logs are configured: somebody who listens to this signal keeps Celery from doing it again."""

    app.task(work, name=TASK)
    signals.setup_logging.connect(keep_logging, weak=False)
    signals.worker_shutting_down.connect(finish, weak=False)
    with warnings.catch_warnings():
        # Containers run as root; Celery's worry is about messages in pickle, which are not accepted here.
        warnings.simplefilter("ignore", SecurityWarning)
        worker = app.Worker(
            pool="threads",
            concurrency=concurrency,
            hostname=room.name.replace("/", "."),
            quiet=True,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            optimization="fair",
        )
    worker.start()
    return int(worker.exitcode or 0)
