"""Which addresses are public."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.outgoing.addresses import is_global, special_network
from tests.server.outgoing.hostile import ADDRESSES, PUBLIC


@pytest.mark.parametrize(("text", "name"), ADDRESSES.items())
def test_an_address_of_a_special_network(text: str, name: str) -> None:
    special = special_network(ip_address(text))
    assert special is not None
    assert special.name == name
    assert not is_global(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address(text: str) -> None:
    assert is_global(ip_address(text))


@given(st.ip_addresses())
def test_nothing_is_public_that_python_holds_for_special(address: IPv4Address | IPv6Address) -> None:
    if is_global(address):
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved


@given(st.ip_addresses(v=4))
def test_no_ipv6_address_is_public_that_carries_an_ipv4_address(inner: IPv4Address) -> None:
    number = int(inner)
    for carrier in (
        number,
        0xFFFF << 32 | number,
        0xFFFF << 48 | number,
        0x64FF9B << 96 | number,
        0x2002 << 112 | number << 80 | 1,
        0x20010000 << 96 | number << 64 | 1,
    ):
        assert not is_global(IPv6Address(carrier))
