"""The scrub: what must not reach the disk is taken out of addresses and texts before anything is written.

in   URL, referrer, title, custom text; IP addresses
out  the same without e-mail addresses, tokens and session ids; IPs cut to /24 or /48
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

EMAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}(?:@|%40)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?")
SECRET_PARAMETER = re.compile(
    r"([?&;#][^=&;#]*(?:token|key|pass|pwd|auth|code|session|sessid|sid|reset|secret|signature|otp)[^=&;#]*=)[^&;#]*", re.IGNORECASE
)
SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^?/#;]*", re.IGNORECASE)


def text(value: str) -> str:
    """A title or a free text without e-mail addresses and JWTs."""
    if "@" in value or "%40" in value:
        value = EMAIL.sub("[email]", value)
    if "eyJ" in value:
        value = JWT.sub("[token]", value)
    return value


@lru_cache(maxsize=4096)
def url(value: str) -> str:
    """An address without user info, e-mail addresses, tokens and session ids. Parameters keep their names: `?token=[…]`."""
    value = re.sub(r"^([a-z][a-z0-9+.-]*://)[^/?#@]*@", r"\1", value, count=1, flags=re.IGNORECASE)
    value = text(value)
    if ";" in value:
        value = SESSION_IN_PATH.sub("", value)
    if "=" in value:
        value = SECRET_PARAMETER.sub(r"\1[removed]", value)
    return value


@lru_cache(maxsize=16384)
def ip(value: str) -> str:
    """192.0.2.77 -> 192.0.2.0, 2001:db8:1:2::3 -> 2001:db8:1::, anything else -> ''."""
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        address = mapped
    prefix = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, prefix), strict=False).network_address)
