"""Where a request comes from, whoever says so."""

import pytest

from outcry.gateway.limits.origin import Origins, counted, peer_of

PROXY, OTHER_PROXY = "10.0.0.1", "10.0.0.2"
CLIENT, LIE = "203.0.113.9", "198.51.100.1"


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        (CLIENT, "", CLIENT),
        (CLIENT, LIE, CLIENT),
        (PROXY, "", PROXY),
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"{LIE}, {CLIENT}", CLIENT),
        (PROXY, f"{LIE},{CLIENT} , {OTHER_PROXY}", CLIENT),
        (PROXY, f"{CLIENT}, nonsense", PROXY),
        (PROXY, f"nonsense, {CLIENT}", CLIENT),
        (PROXY, f"{CLIENT}, ", PROXY),
        (PROXY, "2001:DB8:0::9", "2001:db8::9"),
        (PROXY, "::ffff:203.0.113.9", CLIENT),
        ("", CLIENT, ""),
    ],
)
def test_only_trusted_proxies_say_who_it_was(peer: str, forwarded: str, client: str) -> None:
    assert Origins(("10.0.0.0/24",)).client(peer, forwarded) == client


def test_where_no_proxy_is_trusted_nobody_is_believed() -> None:
    assert Origins(()).client(PROXY, CLIENT) == PROXY


def test_what_is_no_network_cannot_be_trusted() -> None:
    with pytest.raises(ValueError, match="proxy"):
        Origins(("proxy.example",))


@pytest.mark.parametrize(
    ("name", "address"),
    [
        (("192.0.2.1", 5), "192.0.2.1"),
        (("::ffff:192.0.2.1", 5, 0, 0), "192.0.2.1"),
        (("fe80::1%eth0", 5, 0, 2), "fe80::1"),
        ("/run/socket", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_peer_has_one_form(name: object, address: str) -> None:
    assert peer_of(name) == address


def test_ipv6_is_counted_by_network() -> None:
    assert counted("2001:db8::1") == counted("2001:db8:0:0:ffff::9") == "2001:db8::/64"
    assert counted("2001:db8:0:1::1") != counted("2001:db8::1")
    assert counted("no:address") == "no:address"
