"""What the first `serve` says: where the shop is, where the web UI is, which line to paste."""

from __future__ import annotations

from urllib.parse import urlsplit

from profiles.login import Logins
from tracker.registry import Registry
from tracker.roof.collect import DEMO_SITE
from tracker.settings import Settings


def tag_line(public_url: str, site_key: str) -> str:
    return f'<script async src="{public_url}/t.js" data-site="{site_key}"></script>'


def lines(settings: Settings, registry: Registry, logins: Logins, admin_url: str) -> list[str]:
    """Adds the demo shop's site where it is wanted and missing."""
    if settings.demo:
        ensure_demo_site(settings, registry)
    sites = registry.sites()
    said = [f"Demo shop   {settings.public_url}/demo/"] if settings.demo else []
    said.append(f"Web UI      {admin_url}/login?token={logins.issue()}")
    if sites:
        name = DEMO_SITE if settings.demo else sorted(sites)[0]
        said.append(f"Your tag    {tag_line(settings.public_url, sites[name].site_key)}")
    else:
        said.append("Your tag    make a site first: tracker site add shop --origin https://shop.example")
    return said


def ensure_demo_site(settings: Settings, registry: Registry) -> None:
    wanted = own_origins(settings.public_url)
    site = registry.sites().get(DEMO_SITE)
    if site is None:
        registry.add_site(DEMO_SITE, wanted)
    elif not set(wanted) <= set(site.origins):
        registry.set_site(DEMO_SITE, origins=sorted({*site.origins, *wanted}))


def own_origins(public_url: str) -> list[str]:
    """The public port's own origin; on loopback under both of its names."""
    parts = urlsplit(public_url)
    names = ("127.0.0.1", "localhost") if parts.hostname in ("127.0.0.1", "localhost", "::1") else (parts.hostname,)
    port = f":{parts.port}" if parts.port else ""
    return [f"{parts.scheme}://{name}{port}" for name in names]
