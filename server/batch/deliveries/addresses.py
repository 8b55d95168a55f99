"""Addresses of receivers: which may be asked for, and which belong to one server."""

from __future__ import annotations

import re
from typing import Final

from renderer.errors import ValueProblem
from server.errors import InvalidValues
from server.outgoing import Guard
from server.outgoing.errors import Refused
from server.outgoing.guard import host_of, port_of
from server.outgoing.hosts import literal_address

_ORIGIN: Final = re.compile(r"[^/?#]*//[^/?#]*")


def check_webhook_url(url: str, guard: Guard) -> None:
    """What can be seen of an address before it is resolved: scheme, credentials, its host, port.

    Raises:
        InvalidValues: naming `webhook_url`.
    """
    try:
        checked = guard.check_url(url)
        host = host_of(checked)
        literal = literal_address(host)
        if literal is not None:
            guard.check_addresses(host, port_of(checked), [literal])
    except Refused as error:
        expected = "an address such as https://example.com/hooks/signet"
        raise InvalidValues([ValueProblem("webhook_url", f"can't be used: {error.message}.", expected)]) from None


def normal_address(url: str) -> str:
    """An address with its scheme and host in lower case and without a fragment."""
    return _ORIGIN.sub(lambda found: found[0].lower(), url.partition("#")[0], count=1)


def origin_of(address: str) -> str:
    """What an address in its normal form has in common with the others of one server: scheme, host and port."""
    found = _ORIGIN.match(address)
    return found[0] if found else address
