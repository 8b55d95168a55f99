"""Host names: their one form, and which of them a setting admits although they are internal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, Self

from server.outgoing.addresses import Address

_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_MAX_NAME: Final = 253  # RFC 1035 section 2.3.4, without the root's dot

# Names that never lead to the public internet: RFC 6761, 6762 (with appendix G), 7686, 8375, 9476; ICANN's .internal,
# and those that it gives to nobody because private networks use them.
_INTERNAL_SUFFIXES: Final = (
    "localhost",
    "local",
    "internal",
    "home.arpa",
    "in-addr.arpa",
    "ip6.arpa",
    "onion",
    "alt",
    "test",
    "invalid",
    "localdomain",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "mail",
)


def literal_address(host: str) -> Address | None:
    """The address that a host is when it is written as one, in the only form that everybody reads alike."""
    try:
        return IPv6Address(host) if ":" in host else IPv4Address(host)
    except AddressValueError:
        return None


def is_host_name(host: str) -> bool:
    """Whether `host` is a DNS name (ASCII, lower case) that no resolver takes for an IPv4 address.

    `0x7f.1`, `2130706433` and `0177.0.0.1` are addresses to some: the last label gives them away (WHATWG URL
    section 3.5, "ends in a number").
    """
    labels = host.split(".")
    return (
        len(host) <= _MAX_NAME and all(map(_LABEL.fullmatch, labels)) and not _NUMBER.fullmatch(labels[-1])
    )  # fmt: skip


def is_public_name(host: str) -> bool:
    """Whether a name can belong to the public DNS: it has a dot, and no suffix that is reserved for other uses."""
    return "." in host and not any(host == suffix or host.endswith(f".{suffix}") for suffix in _INTERNAL_SUFFIXES)


class AllowedHosts:
    """The hosts that a setting admits: `name`, `*.name` (not `name` itself) or an address, each with an optional port.

    An address admits URLs that are written with it, not names that resolve to it: anybody can own such a name.
    """

    def __init__(self, entries: Iterable[tuple[str, int | None]] = ()) -> None:
        self._names: set[tuple[str, int | None]] = set()
        self._suffixes: set[tuple[str, int | None]] = set()
        self._addresses: set[tuple[Address, int | None]] = set()
        for host, port in entries:
            address = literal_address(host)
            if address is not None:
                self._addresses.add((address, port))
            elif host.startswith("*."):
                self._suffixes.add((host[1:], port))
            else:
                self._names.add((host, port))

    @classmethod
    def parse(cls, entries: Iterable[str]) -> Self:
        """From the entries of the setting, which it has checked."""
        return cls(map(_split, entries))

    def admits(self, host: str, port: int) -> bool:
        """Whether the host, as a URL has it, is admitted at this port."""
        return self._finds(host, port) or self._finds(host, None)

    def admits_port(self, host: str, port: int) -> bool:
        """Whether an entry names just this port."""
        return self._finds(host, port)

    def _finds(self, host: str, port: int | None) -> bool:
        address = literal_address(host)
        if address is not None:
            return (address, port) in self._addresses
        if (host, port) in self._names:
            return True
        return any(host.endswith(suffix) and port == wanted for suffix, wanted in self._suffixes)


def _split(entry: str) -> tuple[str, int | None]:
    host, colon, port = entry.rpartition(":") if entry.count(":") == 1 else (entry, "", "")
    return host, int(port) if colon else None
