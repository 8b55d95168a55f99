"""How often caches ask the origin."""

from __future__ import annotations

from tests.server.live_server import LiveServer


class Count:
    """What reached the origin since this was made."""

    def __init__(self, live: LiveServer) -> None:
        self.metrics = live.services.metrics
        self.start = self._now()

    def _now(self) -> tuple[int, int]:
        return self.metrics.image_requests, self.metrics.not_modified

    @property
    def requests(self) -> int:
        return self._now()[0] - self.start[0]

    @property
    def not_modified(self) -> int:
        return self._now()[1] - self.start[1]
