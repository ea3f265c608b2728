"""Sites and what collect knows of them.

in   DATA/sites.json, written by the store process whenever a site or a key changes
out  Site by name or by site key, re-read when the file changes
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import msgspec


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One website and its rules. Times are seconds."""

    name: str
    site_key: str
    origins: tuple[str, ...] = ()
    timezone: str = "UTC"
    currency: str = "EUR"
    consent: Literal["implied", "required"] = "implied"
    session_gap_s: int = 1800
    session_cap_s: int = 86_400
    campaign_splits: bool = False
    cart_cutoff_s: int = 3600
    cart_lost_s: int = 30 * 86_400
    claim_back_s: int = 30 * 86_400


class SiteFile(msgspec.Struct, frozen=True):
    sites: tuple[Site, ...] = ()


class SiteBook:
    """The sites as the file tells them. A look-up costs a dictionary; an unknown key or origin costs one stat."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int] | None = None
        self._by_key: dict[str, Site] = {}
        self._origins: frozenset[str] = frozenset()
        self.refresh()

    def by_key(self, site_key: str) -> Site | None:
        site = self._by_key.get(site_key)
        if site is None and self.refresh():
            site = self._by_key.get(site_key)
        return site

    def by_name(self, name: str) -> Site | None:
        return next((site for site in self._by_key.values() if site.name == name), None)

    def knows_origin(self, origin: str) -> bool:
        """Whether pages of this origin may send to some site; which one, only a batch says."""
        return bool(origin) and (origin in self._origins or (self.refresh() and origin in self._origins))

    def refresh(self) -> bool:
        """True where the file changed since the last look. A missing file is no sites."""
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return False
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp == self._stamp:
            return False
        book = msgspec.json.decode(self.path.read_bytes(), type=SiteFile)
        self._stamp, self._by_key = stamp, {site.site_key: site for site in book.sites}
        self._origins = frozenset(origin for site in book.sites for origin in site.origins)
        return True


def write_site_file(path: Path, sites: tuple[Site, ...]) -> None:
    """Replaces the file in one step: a reader sees the old one or the new one, never half."""
    temporary = path.with_suffix(".tmp")
    with open(temporary, "wb", opener=lambda p, flags: os.open(p, flags, 0o600)) as out:
        out.write(msgspec.json.format(msgspec.json.encode(SiteFile(sites))))
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(path)
