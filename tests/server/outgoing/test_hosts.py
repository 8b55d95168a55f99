"""Names, and the setting that admits some."""

from __future__ import annotations

import pytest

from server.outgoing.hosts import AllowedHosts


@pytest.mark.parametrize(
    ("entry", "host", "port", "admitted"),
    [
        ("app.internal", "app.internal", 80, True),
        ("app.internal", "app.internal", 8443, True),
        ("app.internal", "www.app.internal", 80, False),
        ("app.internal", "xapp.internal", 80, False),
        ("app.internal:9000", "app.internal", 9000, True),
        ("app.internal:9000", "app.internal", 9001, False),
        ("*.internal", "app.internal", 80, True),
        ("*.internal", "a.b.internal", 80, True),
        ("*.internal", "internal", 80, False),
        ("*.internal", "evilinternal", 80, False),
        ("*.internal:81", "app.internal", 80, False),
        ("10.0.0.5", "10.0.0.5", 80, True),
        ("10.0.0.5:90", "10.0.0.5", 80, False),
        ("10.0.0.5", "10.0.0.6", 80, False),
        ("::1", "::1", 80, True),
        ("::1", "0:0::1", 80, True),
        ("::1", "::2", 80, False),
    ],
)
def test_an_entry_admits(entry: str, host: str, port: int, admitted: bool) -> None:
    assert AllowedHosts.parse([entry]).admits(host, port) is admitted


def test_only_an_entry_with_a_port_names_a_port() -> None:
    hosts = AllowedHosts.parse(["a.internal:22", "b.internal"])
    assert hosts.admits_port("a.internal", 22)
    assert not hosts.admits_port("b.internal", 22)
