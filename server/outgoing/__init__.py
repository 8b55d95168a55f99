"""Requests to other servers: one guard, one client, and the images that pictures name by URL.

errors, addresses ← hosts ← guard ← network ← client ← images
errors ← breaker ← exchange ← client; streams ← connections ← network, exchange
"""

from server.outgoing.client import OutgoingClient
from server.outgoing.errors import OutgoingError
from server.outgoing.exchange import Caps, Fetched
from server.outgoing.guard import Guard
from server.outgoing.hosts import AllowedHosts
from server.outgoing.images import RemoteImages, Supply

__all__ = [
    "AllowedHosts",
    "Caps",
    "Fetched",
    "Guard",
    "OutgoingClient",
    "OutgoingError",
    "RemoteImages",
    "Supply",
]
