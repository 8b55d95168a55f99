"""Counters of one server process, in Prometheus' text format."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(slots=True)
class Metrics:
    """Counts since the start. A counter's name and help become its lines in `/metrics`."""

    image_requests: int = 0
    renders: int = 0
    failed_renders: int = 0
    store_hits: int = 0
    not_modified: int = 0
    refused: int = 0
    image_fetches: int = 0
    failed_image_fetches: int = 0
    binding_fetches: int = 0
    failed_binding_fetches: int = 0
    stale_bindings: int = 0
    outgoing_requests: int = 0
    failed_outgoing_requests: int = 0
    outgoing_requests_held_back: int = 0
    webhook_attempts: int = 0
    failed_webhook_attempts: int = 0
    batch_rows: int = 0
    failed_batch_rows: int = 0

    def exposition(self, gauges: dict[str, float]) -> str:
        """Prometheus text exposition of all counters and the given gauges, whose names may have labels."""
        lines = []
        for item in fields(self):
            name = f"signet_{item.name}_total"
            lines += [
                f"# HELP {name} {_HELP[item.name]}",
                f"# TYPE {name} counter",
                f"{name} {getattr(self, item.name)}",
            ]
        families: dict[str, list[str]] = {}
        for name, value in sorted(gauges.items()):
            families.setdefault(name.partition("{")[0], []).append(f"signet_{name} {value:.15g}")
        for name, samples in families.items():
            lines += [f"# TYPE signet_{name} gauge", *samples]
        return "\n".join(lines) + "\n"


_HELP = {
    "image_requests": "Requests for images that reached this process.",
    "renders": "Pictures asked of the render processes; equal ones in flight share one render.",
    "failed_renders": "Renders that ended in an error.",
    "store_hits": "Images answered from the store.",
    "not_modified": "Requests answered 304 before any render.",
    "refused": "Image requests answered with an error.",
    "image_fetches": "Requests to other servers for images that pictures use.",
    "failed_image_fetches": "Such requests without a usable answer.",
    "binding_fetches": "Requests to other servers for live data.",
    "failed_binding_fetches": "Such requests without usable data.",
    "stale_bindings": "Times that data past its lifetime stood in for new data.",
    "outgoing_requests": "Requests sent to other servers, each redirect one more.",
    "failed_outgoing_requests": "Such requests that tell of a server in trouble: no answer in time, a broken one, 5xx.",
    "outgoing_requests_held_back": "Requests not sent because their server had failed too often or asked for a pause.",
    "webhook_attempts": "Attempts to deliver a webhook of a batch.",
    "failed_webhook_attempts": "Such attempts without an answer of 2xx.",
    "batch_rows": "Rows of batches that this process has tried to render.",
    "failed_batch_rows": "Such rows without all their pictures.",
}
