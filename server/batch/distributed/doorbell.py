"""Rings: puts messages into Redis until there are enough of them."""

from __future__ import annotations

from typing import Final

from celery.exceptions import CeleryError, OperationalError
from redis import Redis
from redis.exceptions import RedisError

from server.batch.distributed.messages import PATIENCE_SECONDS, QUEUE, TASK, Ring, make_app

FAILURES: Final = (RedisError, CeleryError, OperationalError, OSError)
"""What comes of a Redis that is away, full or no Redis."""


class Doorbell:
    """Not for the event loop: every call may take seconds. One thread at a time."""

    def __init__(self, broker: str, ring: Ring) -> None:
        self._app = make_app(broker)
        self._arguments = [ring.home, ring.base_url, list(ring.keys)]
        self._redis = Redis.from_url(broker, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS)

    def ring(self, wanted: int) -> int:
        """Have so many messages wait; how many did before. Raises FAILURES."""
        waiting = self._redis.llen(QUEUE)
        if not isinstance(waiting, int):
            raise TypeError("a client that is not asynchronous gives numbers at once")
        if waiting < wanted:
            with self._app.producer_pool.acquire(block=True) as producer:
                for _ in range(wanted - waiting):
                    self._app.send_task(TASK, self._arguments, queue=QUEUE, producer=producer, retry=False)
        return waiting

    def close(self) -> None:
        """Close all connections."""
        self._redis.close()
        self._app.close()
