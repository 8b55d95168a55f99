"""The one guard that every outgoing request passes: images, live bindings, webhooks.

It has two halves. `check_url` looks at the URL, for the first one and for every redirect. `check_addresses` looks at
what the name resolved to, and is asked by the network backend at the only place where a socket is opened; the backend
then connects to the very addresses that were checked. There is no second look-up that could answer otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import httpx

from server.outgoing.addresses import Address, special_network
from server.outgoing.errors import RefusedAddress, RefusedUrl, Unreachable
from server.outgoing.hosts import AllowedHosts, is_host_name, is_public_name, literal_address

MAX_URL: Final = 8000  # characters
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_FIRST_USER_PORT: Final = 1024
# Other protocols' ports that can be made to misunderstand HTTP: the Fetch standard, section 2.9 "port blocking".
_BLOCKED_PORTS: Final = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, *range(6665, 6670), 6679, 6697, 10080}
)

_URL: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?://(?P<authority>[^/?#]*))?")
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ufeff]")
_AUTHORITY: Final = re.compile(r"(?:\[[^\]]*\]|[^:\[\]]*)(?::(?:[0-9]{1,5})?)?")


class Guard:
    """Decides what may be asked for. Knows no connection and no clock."""

    def __init__(self, allowed: AllowedHosts | None = None) -> None:
        self._allowed = AllowedHosts() if allowed is None else allowed

    def check_url(self, text: str) -> httpx.URL:
        """The URL in its normal form, fit to be asked for if its host's addresses are.

        Raises:
            RefusedUrl: another scheme than http and https, credentials, an odd host or port, control characters.
        """
        _check_text(text)
        try:
            url = httpx.URL(text)
        except (httpx.InvalidURL, ValueError):
            raise RefusedUrl("it is no valid URL") from None
        host, port = host_of(url), port_of(url)
        self._check_host(host, port)
        self._check_port(host, port)
        return url

    def check_addresses(self, host: str, port: int, addresses: Sequence[Address]) -> None:
        """Pass if every address may be connected to: one private address among public ones is an attempt.

        Raises:
            Unreachable: there is no address.
            RefusedAddress: one is not public, and the host is not admitted.
        """
        if not addresses:
            raise Unreachable("its host has no address")
        admitted = self._allowed.admits(host, port)
        for address in addresses:
            special = special_network(address)
            if special is None or (admitted and (special.internal or literal_address(host) == address)):
                continue
            raise RefusedAddress(
                "its host is not on the public internet; SIGNET_ALLOWED_HOSTS can admit it",
                f"{host} has the address {address} ({special.name})",
            )

    def _check_host(self, host: str, port: int) -> None:
        if literal_address(host) is not None:
            return
        if not is_host_name(host):
            raise RefusedUrl("its host is neither a name nor an address in its usual form")
        if not is_public_name(host) and not self._allowed.admits(host, port):
            raise RefusedUrl("its host is no name of the public internet; SIGNET_ALLOWED_HOSTS can admit it")

    def _check_port(self, host: str, port: int) -> None:
        usual = port in _DEFAULT_PORTS.values() or (_FIRST_USER_PORT <= port <= 65_535 and port not in _BLOCKED_PORTS)
        if not usual and not self._allowed.admits_port(host, port):
            raise RefusedUrl(f"its port {port} is not one for HTTP")


def host_of(url: httpx.URL) -> str:
    """The host as it is resolved and shown to the other server: ASCII, lower case, IPv6 without brackets."""
    return url.raw_host.decode("ascii")


def port_of(url: httpx.URL) -> int:
    """The port, the scheme's own if the URL names none."""
    return _DEFAULT_PORTS[url.scheme] if url.port is None else url.port


def _check_text(text: str) -> None:
    """What has to be seen before parsing, since parsers repair it, each in its own way."""
    if len(text) > MAX_URL:
        raise RefusedUrl(f"it is longer than {MAX_URL:,} characters")
    if _UNSAFE.search(text):
        raise RefusedUrl("it contains a space, a backslash or a control character")
    found = _URL.match(text)
    if found is None or found["scheme"].lower() not in _DEFAULT_PORTS:
        raise RefusedUrl("it does not start with https:// or http://")
    authority = found["authority"]
    if not authority:
        raise RefusedUrl("it has no host")
    if "@" in authority:
        raise RefusedUrl("it contains a user name or password")
    if "%" in authority or not _AUTHORITY.fullmatch(authority):
        raise RefusedUrl("its host or port is malformed")
