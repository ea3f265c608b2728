"""Where a webhook may go: public addresses by https, and nothing else (docs/webhooks.md, "What is safe about it").

in   a URL as a person wrote it; the addresses its name has just now
out  Target, addresses to connect to; Refused says what is wrong and what would do
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]

PORTS = (443, 8443)
URL_MAX = 2000
NAME = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
LOCAL_NAMES = ("localhost",)
# What `is_global` lets through although nobody's receiver is there: special purposes, addresses that lead on into IPv4, the clouds' own services.
NOT_PUBLIC = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4", "240.0.0.0/4", "100.64.0.0/10", "168.63.129.16/32",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
UNICAST = ipaddress.ip_network("2000::/3")  # all that is public in IPv6; mapped, compatible and NAT64 forms of IPv4 lie outside


class Refused(ValueError):
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Target:
    host: str
    port: int


def target_of(url: str, *, local: bool = False) -> Target:
    """What the URL names, without looking the name up. `local`: http, loopback and any port will do as well. Raises Refused."""
    if len(url) > URL_MAX or not url.isascii() or re.search(r"[\x00-\x20\x7f\\<>\"]", url):
        raise Refused(f"The address may have {URL_MAX} plain ASCII characters and no spaces; write a name with other letters in its xn-- form")
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        raise Refused(f"{url!r} is no address. Write it as in: https://crm.example/hooks") from None
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise Refused(f"The address begins with {parts.scheme[:20]!r}; it should begin with https://")
    if "@" in parts.netloc or parts.fragment:
        raise Refused("The address may hold no user name, no password and no #; the signature says who sends")
    if port not in PORTS and not local:
        raise Refused(f"The port is {port}; it should be 443 or 8443")
    check_host(host, local=local)
    return Target(host, port)


def check_host(host: str, *, local: bool) -> None:
    literal = literal_of(host)
    if literal is not None:
        check_address(literal, local=local)
    elif not NAME.fullmatch(host) and not (local and host in LOCAL_NAMES):
        raise Refused(f"{host[:100]!r} is no name of a host on the internet. Write it as in: crm.example")


def literal_of(host: str) -> Address | None:
    """Only what is written out; 127.1, 0x7f000001 and 2130706433 are no names either."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def check_address(address: Address, *, local: bool) -> None:
    if local and address.is_loopback:
        return
    if not is_public(address):
        raise Refused(f"{address} is no public address; webhooks do not go into private networks")


def is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and (address.scope_id is not None or address not in UNICAST):
        return False
    return address.is_global and not address.is_multicast and not any(address in network for network in NOT_PUBLIC)


def checked(target: Target, resolve: Resolve, *, local: bool = False) -> list[str]:
    """Every address the name has, each of them good: one that is not public refuses all. Raises Refused."""
    try:
        found = list(dict.fromkeys(resolve(target.host, target.port)))
    except (OSError, UnicodeError) as error:
        why = (isinstance(error, OSError) and error.strerror) or error
        raise Refused(f"{target.host} cannot be found: {why}. Is it written right, and known to the name servers?") from None
    if not found:
        raise Refused(f"{target.host} has no address")
    for text in found:
        address = literal_of(text)
        if address is None:
            raise Refused(f"{target.host} has the address {text!r}, which is none")
        check_address(address, local=local)
    return found


def system_resolve(host: str, port: int) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
