"""What the first `serve` says: where the shop is, where the web UI is, which line to paste."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import msgspec

from profiles.login import Logins
from tracker.clock import SystemClock
from tracker.contents import admitted
from tracker.demo import past
from tracker.ledger import Tally
from tracker.registry import Registry
from tracker.roof.collect import DEMO_SITE
from tracker.row import Receipt
from tracker.settings import Settings
from tracker.sites import Site
from tracker.vocabularies.draft import row

APPENDED = 1000  # rows put into the spool at once


def tag_line(public_url: str, site_key: str) -> str:
    return f'<script async src="{public_url}/t.js" data-site="{site_key}"></script>'


def lines(settings: Settings, registry: Registry, logins: Logins, admin_url: str) -> list[str]:
    sites = registry.sites()
    said = [f"Demo shop   {settings.public_url}/demo/"] if settings.demo else []
    said.append(f"Web UI      {admin_url}/login?token={logins.issue()}")
    if sites:
        name = DEMO_SITE if settings.demo else sorted(sites)[0]
        said.append(f"Your tag    {tag_line(settings.public_url, sites[name].site_key)}")
    else:
        said.append("Your tag    make a site first: tracker site add shop --origin https://shop.example")
    return said


async def open_demo(settings: Settings, registry: Registry, append: Callable[[list[bytes], Tally], Awaitable[None]]) -> None:
    """The demo shop's site where it is wanted and missing; a new one gets its past, if that is wanted too."""
    if settings.demo and await asyncio.to_thread(ensure_demo_site, settings, registry) and settings.demo_past:
        rows = await asyncio.to_thread(past_rows, registry.site(DEMO_SITE), settings.public_url)
        for first in range(0, len(rows), APPENDED):
            await append(some := rows[first : first + APPENDED], admitted(some))


def past_rows(site: Site, public_url: str) -> list[bytes]:
    now_ms = SystemClock().now_ms()
    found = []
    for visit in past.visits(now_ms, f"{public_url}/demo"):
        for event in visit.events:
            receipt = Receipt(site=site, received_ms=event["at"], ua=visit.person.ua, own_time=True)
            found.append(msgspec.json.encode(row({**event, "visitor": visit.person.visitor}, receipt)))
    return found


def ensure_demo_site(settings: Settings, registry: Registry) -> bool:
    """Whether it is new."""
    wanted = own_origins(settings.public_url)
    site = registry.sites().get(DEMO_SITE)
    if site is None:
        registry.add_site(DEMO_SITE, wanted)
    elif not set(wanted) <= set(site.origins):
        registry.set_site(DEMO_SITE, origins=sorted({*site.origins, *wanted}))
    return site is None


def own_origins(public_url: str) -> list[str]:
    """The public port's own origin; on loopback under both of its names."""
    parts = urlsplit(public_url)
    names = ("127.0.0.1", "localhost") if parts.hostname in ("127.0.0.1", "localhost", "::1") else (parts.hostname,)
    port = f":{parts.port}" if parts.port else ""
    return [f"{parts.scheme}://{name}{port}" for name in names]
