"""Where a request comes from: its connection, or what a proxy that is trusted says of it."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

CLIENT = web.RequestKey("client", str)
"""Under this key a request knows the address of its client."""
SECURE = web.RequestKey("secure", bool)
"""Under this key a request knows whether its client came over TLS."""
NETWORK_BITS = 64
"""Of IPv6 a customer has a network: whoever counted addresses would count to 2^64 for each."""
KNOWN_MAX = 65_536


class Origins:
    """Knows which proxies are trusted: their word is taken for the address of a client.

    Anybody can send `X-Forwarded-For`. Each proxy adds whom it spoke to at the end; so the last
    address there that is no trusted proxy is where the request came from.
    """

    def __init__(self, proxies: Sequence[str]) -> None:
        """Take addresses and networks.

        Raises:
            ValueError: one is neither.
        """
        self._proxies: list[IPv4Network | IPv6Network] = [ip_network(proxy) for proxy in proxies]

    def trusts(self, address: str) -> bool:
        """Return whether an address is one of a proxy's."""
        if not self._proxies:
            return False
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._proxies)

    def secure(self, peer: str, forwarded: str) -> bool:
        """Return whether `peer` is a trusted proxy whose `X-Forwarded-Proto` says TLS."""
        return forwarded.strip().lower() == "https" and self.trusts(peer)

    def client(self, peer: str, forwarded: str) -> str:
        """Return where a request comes from that `peer` brought with this `X-Forwarded-For`."""
        client = peer
        for said in reversed(forwarded.split(",")):
            if not self.trusts(client) or not said.strip():
                break
            address = _address(said.strip())
            if address is None:
                break
            client = address
        return client


def peer_of(name: object) -> str:
    """Return the address in a socket's peer name; nothing if it has none."""
    host = name[0] if isinstance(name, tuple) and name else ""
    return _address(str(host)) or ""


@lru_cache(KNOWN_MAX)
def counted(address: str) -> str:
    """Return by what an IPv6 address is counted: its network."""
    try:
        network = ip_network((address, NETWORK_BITS), strict=False)
    except ValueError:
        return address
    return str(network)


def _address(text: str) -> str | None:
    """Return an address in its one form; None if it is none. IPv4 inside IPv6 is IPv4."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(found)
