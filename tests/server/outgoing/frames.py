"""A server that speaks HTTP/2 frame by frame, well or badly."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from tests.server.outgoing.nginx_origin import CERTIFICATE
from tests.server.outgoing.origin import TLS

Script = Callable[["Peer", int], None]
"""What to do about a request on a stream."""


class Peer:
    """One connection of a client. `number` counts connections from 1, `asked` the requests on it."""

    def __init__(self, writer: asyncio.StreamWriter, number: int) -> None:
        self.number = number
        self.asked = 0
        self.writer = writer
        configuration = h2.config.H2Configuration(
            client_side=False, header_encoding="utf-8", validate_outbound_headers=False
        )
        self.h2 = h2.connection.H2Connection(configuration)

    def answer(self, stream: int, status: str = "200", body: bytes = b"well") -> None:
        """A whole answer that tells the connection's number."""
        self.h2.send_headers(stream, [(":status", status), ("x-connection", str(self.number))])
        self.h2.send_data(stream, body, end_stream=True)

    def raw(self, data: bytes) -> None:
        """Bytes that no HTTP/2 library would send."""
        self.flush()
        self.writer.write(data)

    def flush(self) -> None:
        """Send what is to be sent."""
        self.writer.write(self.h2.data_to_send())

    def end(self) -> None:
        """Close the connection."""
        self.flush()
        self.writer.close()


class FrameServer:
    """`script` does something about each request; `connections` are all there have been."""

    def __init__(self) -> None:
        self.script: Script = Peer.answer
        self.connections: list[Peer] = []
        self.port = 0

    def url(self, name: str) -> str:
        return f"https://{name}:{self.port}/"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection from its beginning to its end."""
        peer = Peer(writer, len(self.connections) + 1)
        self.connections.append(peer)
        peer.h2.initiate_connection()
        peer.flush()
        with suppress(OSError, h2.exceptions.ProtocolError):  # the client has given up
            while data := await reader.read(65_536):
                for event in peer.h2.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        peer.asked += 1
                        self.script(peer, event.stream_id)
                peer.flush()
        writer.close()


@asynccontextmanager
async def serving_frames() -> AsyncIterator[FrameServer]:
    """Run a server for the names of the certificate."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(TLS / CERTIFICATE)
    tls.set_alpn_protocols(["h2"])
    frames = FrameServer()
    listening = await asyncio.start_server(frames.serve, "127.0.0.1", 0, ssl=tls)
    frames.port = listening.sockets[0].getsockname()[1]
    try:
        yield frames
    finally:
        listening.close()
        for peer in frames.connections:
            peer.writer.close()
        await listening.wait_closed()
