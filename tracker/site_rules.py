"""What a site may be set to: names, origins, rules, each checked with a sentence that names the cure.

in   what a person wrote on the command line
out  values fit for a Site, or BadInput
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tracker.errors import BadInput
from tracker.sites import Site

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
HOST = re.compile(r"[a-z0-9.-]+|\[[0-9a-f:.]+\]")
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
PORTS = {"http": 80, "https": 443}
SETTABLE = tuple(name for name in Site.__struct_fields__ if name not in ("name", "site_key"))
RANGES_S = {  # seconds, from … to
    "session_gap_s": (60, 36_000),
    "session_cap_s": (3600, 7 * 86_400),
    "cart_cutoff_s": (600, 30 * 86_400),
    "cart_lost_s": (86_400, 365 * 86_400),
    "claim_back_s": (0, 365 * 86_400),
}


def check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise BadInput(f"{name!r} cannot be a site's name. Use small letters, digits and hyphens, as in: my-shop")


def origins(given: Iterable[str]) -> tuple[str, ...]:
    """Each once, in the order given."""
    return tuple(dict.fromkeys(origin(text) for text in given))


def origin(text: str) -> str:
    """`scheme://host[:port]` exactly as a browser sends it: no path, the usual port left out, the host in small ASCII letters."""
    cure = "Write it as scheme://host[:port], as in: https://shop.example"
    try:
        parts = urlsplit(text.strip())
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if ":" not in (parts.hostname or "") else f"[{parts.hostname}]"
    except ValueError:
        raise BadInput(f"{text!r} is no origin. {cure}") from None
    if parts.scheme not in PORTS or not HOST.fullmatch(host) or parts.username is not None or "*" in text:
        raise BadInput(f"{text!r} is no origin. {cure}")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise BadInput(f"{text!r} is an address of a page, not an origin. {cure}")
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, PORTS[parts.scheme]) else "")


def changed(site: Site, values: Mapping[str, Any]) -> Site:
    """The site with these rules; texts become what the rule is made of. Raises BadInput."""
    unknown = sorted(set(values) - set(SETTABLE))
    if unknown:
        raise BadInput(f"A site has no rule {unknown[0]!r}; it has: {', '.join(SETTABLE)}")
    checked = {name: CHECKS[name](value) if name in CHECKS else value for name, value in values.items()}
    try:
        new = msgspec.convert(msgspec.to_builtins(site) | checked, Site, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput(f"Site {site.name!r} cannot be set so: {error}") from None
    for name, (least, most) in RANGES_S.items():
        if not least <= getattr(new, name) <= most:
            raise BadInput(f"{name} is {getattr(new, name)}; it should be from {least} to {most} seconds")
    check_cookie_domain(new)
    return new


def check_cookie_domain(site: Site) -> None:
    domain = site.cookie_domain
    hosts = [urlsplit(origin).hostname or "" for origin in site.origins]
    if domain and (not DOMAIN.fullmatch(domain) or not any(f".{host}".endswith(f".{domain}") for host in hosts)):
        raise BadInput(f"cookie_domain is {domain!r}; it should be the domain that the shop and its collector share, as in: shop.example")


def timezone(text: str) -> str:
    try:
        zoneinfo.ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise BadInput(f"timezone is {text!r}; it should be a name as in: Europe/Berlin") from None
    return text


def currency(text: str) -> str:
    if not re.fullmatch("[A-Z]{3}", text):
        raise BadInput(f"currency is {text!r}; it should be three capital letters as in: EUR")
    return text


CHECKS: dict[str, Callable[[Any], Any]] = {"origins": origins, "timezone": timezone, "currency": currency}
