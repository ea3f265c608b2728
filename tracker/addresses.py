"""Addresses: whom a limit counts, and which proxies are believed.

in   addresses and networks as texts
out  the same as one limit or one proxy sees them
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

ADDRESS_MAX = 45  # characters of the longest way to write one


@lru_cache(maxsize=16_384)
def network(address: str) -> str:
    """Whom a limit counts: an IPv4 address, or the /64 of an IPv6 one."""
    if len(address) > ADDRESS_MAX:
        return "?"  # what a proxy hands on may be anything
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return address
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ipaddress.IPv6Network((ip, 64), strict=False).network_address)


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks, separated by commas. Raises ValueError, which names the one that is none."""
    return tuple(ipaddress.ip_network(each.strip()) for each in text.split(",") if each.strip())


def is_among(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in each for each in networks)
