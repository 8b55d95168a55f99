"""Storages for exports: moto's S3 over real HTTP, and one that answers as it is told."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
from moto.server import ThreadedMotoServer

BUCKET = "launch-pictures"
FORBIDDEN = (
    b'<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>User AKIDTESTS may not</Message>'
    b"<AWSAccessKeyId>AKIDTESTS</AWSAccessKeyId></Error>"
)


class S3:
    """A running S3 with one empty bucket."""

    def __init__(self, url: str) -> None:
        self.url = url
        # boto3 is what others read the bucket with.
        self.client = boto3.client(
            "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="AKIDTESTS", aws_secret_access_key="s"
        )
        self.client.create_bucket(Bucket=BUCKET)

    def keys(self) -> list[str]:
        """What is in the bucket."""
        return sorted(each["Key"] for each in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", []))

    def read(self, key: str) -> bytes:
        body: bytes = self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body

    def unfinished(self) -> list[str]:
        """Keys of objects of which only parts are there, which cost money for ever."""
        found = self.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
        return [each["Key"] for each in found]

    def empty(self) -> None:
        for key in self.keys():
            self.client.delete_object(Bucket=BUCKET, Key=key)


@contextmanager
def running_s3(port: int = 0) -> Iterator[S3]:
    """moto's server on a port of loopback, or else a free one."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)  # a line for each request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    s3 = S3(f"http://{host}:{port}")
    try:
        yield s3
    finally:
        s3.client.close()
        server.stop()


class ScriptedStorage:
    """Answers each request with the next status, the last one for ever; `gate` holds answers back until it is set."""

    def __init__(self, *statuses: int, body: bytes = b"", gate: threading.Event | None = None) -> None:
        self.statuses = list(statuses)
        self.body = body
        self.gate = gate
        self.asked: list[str] = []

    def next_status(self, target: str) -> int:
        self.asked.append(target)
        if self.gate is not None:
            self.gate.wait(10)
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]

    @contextmanager
    def running(self) -> Iterator[str]:
        """Its URL."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            if self.gate is not None:
                self.gate.set()
            server.shutdown()
            server.server_close()
            thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        storage = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_PUT(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status = storage.next_status(self.path)
                with contextlib.suppress(OSError):  # who is not waited for has hung up
                    self.send_response(status)
                    self.send_header("ETag", '"tag"')
                    self.send_header("Content-Length", str(len(storage.body)))
                    self.end_headers()
                    self.wfile.write(storage.body)

            do_POST = do_PUT  # noqa: N815 - a name that http.server asks for

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - as it is there
                pass

        return Handler
