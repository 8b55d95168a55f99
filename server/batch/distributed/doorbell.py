"""Rings: puts messages into Redis until there are enough of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from typing import Final

from celery.exceptions import CeleryError, OperationalError
from redis import Redis
from redis.exceptions import RedisError

from server.batch.distributed.messages import PATIENCE_SECONDS, QUEUE, TASK, Ring, make_app

FAILURES: Final = (RedisError, CeleryError, OperationalError, OSError)
"""What comes of a Redis that is away, full or no Redis."""


class Doorbell:
    """Not for the event loop: every call may take seconds. One thread at a time."""

    def __init__(self, broker: str, now: Callable[[], Ring]) -> None:
        """`now` is what the server has at the moment."""
        self._app = make_app(broker)
        self._now = now
        self._redis = Redis.from_url(broker, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS)

    def ring(self, wanted: int) -> int:
        """Have so many messages wait; how many did before. Raises FAILURES."""
        waiting = self._redis.llen(QUEUE)
        if not isinstance(waiting, int):
            raise TypeError("a client that is not asynchronous gives numbers at once")
        if waiting < wanted:
            arguments = list(astuple(self._now()))
            with self._app.producer_pool.acquire(block=True) as producer:
                for _ in range(wanted - waiting):
                    self._app.send_task(TASK, arguments, queue=QUEUE, producer=producer, retry=False)
        return waiting

    def close(self) -> None:
        """Close all connections."""
        self._redis.close()
        self._app.close()
