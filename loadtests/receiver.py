"""Somebody who waits for webhooks on loopback, and verifies them by the library of Standard Webhooks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

SECRET = "whsec_c2lnbmV0LWxvYWR0ZXN0cy1vbmx5LW5vdC1zZWNyZXQ="


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message with a valid signature: its id, when it came (seconds since the epoch), and what it says."""

    id: str
    time: float
    message: dict[str, Any]

    @property
    def batch(self) -> str:
        """The id of the batch that it is about."""
        return str(self.message["data"]["batch"]["id"])


class Receiver:
    """What has arrived so far."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._arrivals: list[Arrival] = []
        self._changed = threading.Condition()

    def note(self, arrival: Arrival) -> None:
        """Something has arrived."""
        with self._changed:
            self._arrivals.append(arrival)
            self._changed.notify_all()

    def arrivals(self, batch: str) -> list[Arrival]:
        """All messages about a batch."""
        with self._changed:
            return [arrival for arrival in self._arrivals if arrival.batch == batch]

    def wait(self, batch: str, seconds: float) -> Arrival:
        """The first message about a batch. Raises RuntimeError if none comes in time."""
        with self._changed:
            self._changed.wait_for(lambda: any(arrival.batch == batch for arrival in self._arrivals), seconds)
        for arrival in self.arrivals(batch):
            return arrival
        raise RuntimeError(f"no webhook about {batch} within {seconds:g} s")


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port. Messages whose signature is wrong are answered 401 and not counted."""
    verifier = Webhook(SECRET)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            arrived = time.time()
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                message = verifier.verify(body, dict(self.headers.items()))
            except Exception:  # whatever the library finds wrong with it
                status = 401
            else:
                status = 204
                receiver.note(Arrival(self.headers["webhook-id"], arrived, message))
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}/finished")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
