"""Which IP addresses belong to the public internet.

Source: the IANA special-purpose address registries (RFC 6890 and its successors) as of 2025, stricter where they leave
room: whatever carries an IPv4 address inside an IPv6 one, and whatever serves routing experiments, is no place to
fetch from. Of IPv6 only 2000::/3 is assigned for global unicast (RFC 4291 section 2.4); all else is refused.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final, NamedTuple

Address = IPv4Address | IPv6Address


class SpecialNetwork(NamedTuple):
    """A network that is not public. `internal`: an operator's own machines live there, so a setting may admit it."""

    network: IPv4Network | IPv6Network
    name: str
    internal: bool = False


def _special(network: str, name: str, *, internal: bool = False) -> SpecialNetwork:
    return SpecialNetwork(ip_network(network), name, internal)


_SPECIAL_V4: Final = (
    _special("0.0.0.0/8", "this network"),
    _special("10.0.0.0/8", "private use", internal=True),
    _special("100.100.100.200/32", "cloud metadata"),  # Alibaba
    _special("100.64.0.0/10", "carrier-grade NAT", internal=True),
    _special("127.0.0.0/8", "loopback", internal=True),
    _special("168.63.129.16/32", "cloud metadata"),  # Azure; public by number, but answered by the host
    _special("169.254.0.0/16", "link-local"),
    _special("172.16.0.0/12", "private use", internal=True),
    _special("192.0.0.0/24", "IETF protocol assignments"),
    _special("192.0.2.0/24", "documentation"),
    _special("192.31.196.0/24", "AS112"),
    _special("192.52.193.0/24", "AMT"),
    _special("192.88.99.0/24", "6to4 relay"),
    _special("192.168.0.0/16", "private use", internal=True),
    _special("192.175.48.0/24", "AS112"),
    _special("198.18.0.0/15", "benchmarking"),
    _special("198.51.100.0/24", "documentation"),
    _special("203.0.113.0/24", "documentation"),
    _special("224.0.0.0/4", "multicast"),
    _special("240.0.0.0/4", "reserved"),
)
_SPECIAL_V6: Final = (
    _special("::/128", "unspecified"),
    _special("::1/128", "loopback", internal=True),
    _special("::ffff:0:0/96", "IPv4-mapped"),
    _special("::/96", "IPv4-compatible"),
    _special("::ffff:0:0:0/96", "IPv4-translated"),
    _special("64:ff9b::/96", "NAT64"),
    _special("64:ff9b:1::/48", "NAT64"),
    _special("100::/64", "discard only"),
    _special("2001::/32", "Teredo"),
    _special("2001:2::/48", "benchmarking"),
    _special("2001:10::/28", "ORCHID"),
    _special("2001:20::/28", "ORCHID"),
    _special("2001::/23", "IETF protocol assignments"),
    _special("2001:db8::/32", "documentation"),
    _special("2002::/16", "6to4"),
    _special("2620:4f:8000::/48", "AS112"),
    _special("3ffe::/16", "6bone"),
    _special("3fff::/20", "documentation"),
    _special("5f00::/16", "segment routing"),
    _special("fd00:42::42/128", "cloud metadata"),  # Scaleway
    _special("fd00:c1::a9fe:a9fe/128", "cloud metadata"),  # Oracle
    _special("fd00:ec2::/32", "cloud metadata"),  # AWS, with its name and time servers and pod identities
    _special("fd20:ce::254/128", "cloud metadata"),  # Google
    _special("fc00::/7", "unique-local", internal=True),
    _special("fe80::/10", "link-local"),
    _special("fec0::/10", "site-local"),
    _special("ff00::/8", "multicast"),
)
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_UNASSIGNED: Final = _special("::/0", "unassigned")
_ISATAP: Final = _special("::/0", "ISATAP")
_ISATAP_IDENTIFIERS: Final = (0x00005EFE, 0x02005EFE)  # RFC 5214 section 6.1: the words before an IPv4 address


def special_network(address: Address) -> SpecialNetwork | None:
    """The special network that an address belongs to, or None if the address is public."""
    if isinstance(address, IPv4Address):
        return next((special for special in _SPECIAL_V4 if address in special.network), None)
    for special in _SPECIAL_V6:
        if address in special.network:
            return special
    if address not in _GLOBAL_UNICAST:
        return _UNASSIGNED
    return _ISATAP if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP_IDENTIFIERS else None


def is_global(address: Address) -> bool:
    """Whether an address is one of the public internet."""
    return special_network(address) is None
