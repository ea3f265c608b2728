"""Where page views came from, in plain Python: each address is looked at once, however many events carry it.

in   the product's own list (sessionizer/sources.toml), the site's hosts
out  host_of, is_passage and source_of: the rules of sessionizer/sql/sessions.sql and spans.sql
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from sessionizer.sources import PASSAGE, own_hosts, sources
from tracker.sites import Site

SECOND_LEVEL = frozenset({"com", "net", "org", "co", "gov", "edu"})
PAID = re.compile(r"(cp[acmpv]|ppc|ads?|display|banner|interstitial|re(targeting|marketing)|paid)([^a-z]|$)|paid")
EMAIL = re.compile(r"(e[-_ ]?mail|newsletter|mailing)([^a-z]|$)")
REFERRALS = ("referral", "link")
NO_MEDIUM = frozenset({"", "referral", "link", "(none)", "(not set)"})


class Source(NamedTuple):
    channel: str
    campaign: str
    medium: str
    utm_source: str


@lru_cache(100_000)
def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.") if url else ""


def names_of(host: str) -> Iterator[str]:
    """The most exact first: itself, its parent, its domain, its brand under any ending, its beginning."""
    parts = host.split(".")
    long = 3 if len(parts) > 2 and parts[-2] in SECOND_LEVEL else 2
    yield from (host, ".".join(parts[1:]), ".".join(parts[-long:]), parts[-min(long, len(parts))] + ".*")
    if len(parts) > 2:
        yield parts[0] + "."


@lru_cache(100_000)
def kind_of(host: str) -> str:
    known = sources().hosts
    return next((known[name] for name in names_of(host) if name in known), "") if host else ""


@lru_cache(100_000)
def is_passage(referrer: str) -> bool:
    return kind_of(host_of(referrer)) == PASSAGE


class Finder:
    def __init__(self, site: Site) -> None:
        self.own = tuple(own_hosts(site))
        self.known = sources()

    def source_of(self, url: str, referrer: str) -> Source:
        asked: dict[str, str] = {}
        for name, said in parse_qsl(urlsplit(url).query, keep_blank_values=True):
            asked.setdefault(name.lower(), said.strip())
        medium, utm_source, campaign = (asked.get(f"utm_{name}", "") for name in ("medium", "source", "campaign"))
        return Source(self.channel(url, referrer, asked, medium.lower(), campaign), campaign, medium.lower(), utm_source)

    def channel(self, url: str, referrer: str, asked: Mapping[str, str], medium: str, campaign: str) -> str:
        host, utm_source = host_of(referrer), asked.get("utm_source", "").lower()
        if kind_of(host) == PASSAGE:
            return "direct"
        said = self.by_medium(asked, medium, self.known.said.get(utm_source, "")) or ("campaign" if medium or utm_source or campaign else "")
        if said or host == host_of(url) or any(host == own or host.endswith("." + own) for own in self.own):
            return said or "direct"
        added = next((kind for kind in ("email", "social", "search") if not asked.keys().isdisjoint(self.known.parameters[kind])), "")
        return added or (kind_of(host) or "referral" if host else "direct")

    def by_medium(self, asked: Mapping[str, str], medium: str, said: str) -> str:
        """What the address itself says; said: what its utm_source alone means."""
        if PAID.match(medium) or not asked.keys().isdisjoint(self.known.parameters["paid"]):
            return "paid"
        if EMAIL.match(medium):
            return "email"
        if medium.startswith("social"):
            return "social"
        if medium in ("organic", "seo"):
            return said or "search"
        if medium in NO_MEDIUM and said:
            return said
        return "referral" if medium in REFERRALS else ""
