"""A CDN's API on loopback: it notes what it is asked, and answers as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from server.outgoing import AllowedHosts, Guard, OutgoingClient
from server.purging.cdn.sending import Sender

SECRET = "cdn-secret-0123456789"


class Asked(NamedTuple):
    """One request; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> object:
        return json.loads(self.body)


class Said(NamedTuple):
    """One answer."""

    status: int = 200
    body: bytes = b"{}"
    headers: tuple[str, ...] = ()


@dataclass
class Recorder:
    """Answers from `says` in turn, then with 200."""

    says: list[Said] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("latin-1").splitlines()
                method, target, _ = lines[0].split(" ")
                headers = {
                    name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
                }
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.asked.append(Asked(method, target, headers, body))
                said = self.says.pop(0) if self.says else Said()
                extra = "".join(f"{line}\r\n" for line in said.headers)
                writer.write(
                    f"HTTP/1.1 {said.status} X\r\n{extra}Content-Length: {len(said.body)}\r\n\r\n".encode() + said.body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@dataclass
class Api:
    """A recorder with a sender that may reach it; `waits` are the pauses that the sender would have made."""

    recorder: Recorder
    client: OutgoingClient
    waits: list[float] = field(default_factory=list)

    def sender(self, *secrets: str) -> Sender:
        return Sender(self.client, secrets=secrets or (SECRET,), sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


@asynccontextmanager
async def running_api() -> AsyncIterator[Api]:
    recorder = Recorder()
    server = await asyncio.start_server(recorder.serve, "127.0.0.1", 0)
    address = "127.0.0.1:" + str(server.sockets[0].getsockname()[1])
    recorder.url = f"http://{address}"
    client = OutgoingClient(Guard(AllowedHosts.parse((address,))))
    try:
        yield Api(recorder, client)
    finally:
        await client.close()
        server.close()
        await server.wait_closed()


Make = Callable[[Api], object]
