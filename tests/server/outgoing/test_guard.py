"""What the guard lets out, before and after a name is resolved."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.outgoing import AllowedHosts, Guard
from server.outgoing.errors import OutgoingError, RefusedAddress, RefusedUrl, Unreachable
from server.outgoing.guard import host_of
from server.outgoing.hosts import literal_address
from tests.server.outgoing.hostile import ADDRESSES, PUBLIC, UNUSUAL, URLS

GUARD = Guard()
ADMITTING = Guard(AllowedHosts.parse(["app.internal", "ssh.internal:22", "169.254.1.1", "127.0.0.1:25"]))


@pytest.mark.parametrize("url", URLS, ids=ascii)
def test_a_hostile_url(url: str) -> None:
    with pytest.raises(RefusedUrl) as caught:
        GUARD.check_url(url)
    assert caught.value.message.startswith("it")


def test_the_tables_are_long_enough() -> None:
    assert len(set(URLS)) > 110
    assert len(set(ADDRESSES)) > 70


@pytest.mark.parametrize(("url", "normal"), UNUSUAL.items())
def test_an_unusual_url(url: str, normal: str) -> None:
    assert str(GUARD.check_url(url)).partition("#")[0] == normal.partition("#")[0]


@given(st.text(st.sampled_from("htps:/@\\[]%.0127xX#?a。．１ⅰ\t\n -"), max_size=30))
@example("http://127。0。0。1/")
@example("http://[::ffff:127.0.0.1]/")
def test_whatever_passes_has_a_host_that_everybody_reads_alike(rest: str) -> None:
    for url in (rest, f"http://{rest}", f"https://a.example{rest}"):
        try:
            host = host_of(GUARD.check_url(url))
        except OutgoingError:
            continue
        assert host.isascii()
        address = literal_address(host)
        assert address is not None or not host.rpartition(".")[2].isdecimal()


@pytest.mark.parametrize("text", ADDRESSES)
def test_a_name_with_a_special_address(text: str) -> None:
    for addresses in ([text], [PUBLIC[0], text], [text, PUBLIC[0]]):
        with pytest.raises(RefusedAddress) as caught:
            GUARD.check_addresses("pictures.example", 80, [ip_address(address) for address in addresses])
        assert text not in caught.value.message
        assert str(ip_address(text)) in caught.value.log_message


def test_public_addresses() -> None:
    GUARD.check_addresses("pictures.example", 443, [ip_address(text) for text in PUBLIC])


def test_no_address_at_all() -> None:
    with pytest.raises(Unreachable):
        GUARD.check_addresses("pictures.example", 443, [])


@pytest.mark.parametrize("text", ["10.1.2.3", "127.0.0.1", "100.64.0.1", "192.168.1.1", "fd00::1", "::1", "8.8.8.8"])
def test_an_admitted_name_may_be_internal(text: str) -> None:
    ADMITTING.check_url("http://app.internal/")
    ADMITTING.check_addresses("app.internal", 80, [ip_address(text)])


METADATA = [address for address, name in ADDRESSES.items() if name in ("cloud metadata", "link-local")]


@pytest.mark.parametrize("text", [*METADATA, "192.0.0.192", "0.1.2.3", "224.0.0.1", "::ffff:7f00:1"])
def test_but_not_a_metadata_service(text: str) -> None:
    with pytest.raises(RefusedAddress):
        ADMITTING.check_addresses("app.internal", 80, [ip_address(text)])


def test_an_admitted_address_is_meant_as_it_is_written() -> None:
    ADMITTING.check_addresses("169.254.1.1", 80, [ip_address("169.254.1.1")])
    with pytest.raises(RefusedAddress):
        ADMITTING.check_addresses("pictures.example", 80, [ip_address("169.254.1.1")])


def test_an_entry_with_a_port_admits_any_port() -> None:
    ADMITTING.check_url("http://ssh.internal:22/")
    ADMITTING.check_url("http://127.0.0.1:25/")
    for url in ("http://app.internal:22/", "http://ssh.internal/", "http://app.internal:6667/"):
        with pytest.raises(RefusedUrl):
            ADMITTING.check_url(url)
