"""Pictures of a whole catalogue: submits a CSV file, follows the batch, waits for its webhook, fetches the archive.

    SIGNET_ALLOWED_HOSTS=127.0.0.1:9000 make serve
    export KEY=$(cat var/api-key.txt) SECRET=$(.venv/bin/signet keys webhook)
    .venv/bin/python examples/batch/launch.py examples/batch/products.csv

Needs nothing but Python. One row of the file is wrong on purpose.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import queue
import threading
import time
from email.message import Message
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

COLUMNS = {"SKU": "_id", "Product name": "name", "Brand": "brand"}
TOO_OLD = 300  # seconds


def is_genuine(secret: str, headers: Message, body: bytes) -> bool:
    """Whether a message was signed with the secret a moment ago (Standard Webhooks)."""
    identity, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not sent.isdecimal() or abs(time.time() - int(sent)) > TOO_OLD:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.digest(key, f"{identity}.{sent}.".encode() + body, hashlib.sha256)).decode()
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(each.encode(), f"v1,{signature}".encode()) for each in given)


def listening(port: int, secret: str) -> tuple[HTTPServer, queue.Queue[dict[str, Any]]]:
    """A receiver of webhooks, and what has come that is genuine."""
    messages: queue.Queue[dict[str, Any]] = queue.Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            genuine = is_genuine(secret, self.headers, body)
            self.send_response(204 if genuine else 400)
            self.end_headers()
            if genuine:
                messages.put(json.loads(body))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", port), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, messages


class Signet:
    """The few calls that this takes."""

    def __init__(self, address: str, key: str) -> None:
        self._address = address
        self._key = key

    def open(self, path: str, body: bytes | None = None, media_type: str = "text/csv") -> HTTPResponse:
        """The answer to GET, or to POST if there is a body."""
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": media_type}
        answer: HTTPResponse = urlopen(Request(self._address + path, body, headers))  # noqa: S310 - the caller's
        return answer

    def submit(self, rows: Path, **options: str) -> str:
        """The id of a new batch."""
        with self.open(f"/v1/batches?{urlencode(options)}", rows.read_bytes()) as answer:
            return str(json.load(answer)["id"])

    def follow(self, batch: str) -> None:
        """Wait until nothing is left to do; say how far it is until then."""
        with self.open(f"/v1/batches/{batch}/events") as events:
            for line in events:
                if line.startswith(b"data: "):
                    job = json.loads(line.removeprefix(b"data: "))
                    total, pending = job["counts"]["total"], job["counts"]["pending"]
                    print(f"{job['status']}: {total - pending} of {total} rows", flush=True)


def main() -> None:
    """From a file to pictures."""
    parser = argparse.ArgumentParser(description="Render a picture of each row of a CSV file.")
    parser.add_argument("rows", type=Path)
    parser.add_argument("--server", default="http://127.0.0.1:8000")
    parser.add_argument("--port", type=int, default=9000, help="where webhooks are received")
    parser.add_argument("-o", "--output", type=Path, default=Path("pictures.zip"))
    chosen = parser.parse_args()

    signet = Signet(chosen.server, os.environ["KEY"])
    receiver, messages = listening(chosen.port, os.environ["SECRET"])
    batch = signet.submit(
        chosen.rows,
        template="product",
        columns=json.dumps(COLUMNS),
        formats="png,webp",
        names="{Brand}/{SKU}.{ext}",
        webhook_url=f"http://127.0.0.1:{receiver.server_port}/signet",
    )
    signet.follow(batch)

    message = messages.get(timeout=60)
    print(f"{message['type']}: {message['data']['batch']['outcome']}")
    for row in message["data"].get("failed_rows", ()):
        print(f"line {row['line']} ({row.get('custom_id', 'no id')}): {row['error']['message']}")
    with signet.open(f"/v1/batches/{batch}/results.zip") as archive:
        chosen.output.write_bytes(archive.read())
    print(f"pictures: {chosen.output}")
    receiver.shutdown()


if __name__ == "__main__":
    main()
