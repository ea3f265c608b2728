"""Sites and what collect knows of them.

in   DATA/sites.json, written by the store process whenever a site or a key changes
out  Site by name, by site key or by a secret key of scope `events`; re-read when the file changes
"""

from __future__ import annotations

import hmac
import logging
from pathlib import Path
from typing import Literal

import msgspec

from tracker import shared_file
from tracker.errors import BadSetting
from tracker.keys import KEY_ID_LENGTH, digest, is_key

log = logging.getLogger("tracker.sites")

DOOR_SCOPE = "events"  # what a secret key must open to be known at the public door


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
    cookie_domain: str = ""  # the visitor's id is kept as a cookie of this domain too (tracker/visitor_cookie.py); '' = by the tag alone


class DoorKey(msgspec.Struct, frozen=True):
    """A secret key as the door knows it: to let servers send events with it, to tell when a page does. Never the key itself."""

    key_id: str
    site: str
    hash: str
    scopes: tuple[str, ...]
    expires_ms: int | None = None


class SiteFile(msgspec.Struct, frozen=True):
    sites: tuple[Site, ...] = ()
    keys: tuple[DoorKey, ...] = ()


class SiteBook:
    """The sites as the file tells them. A look-up costs a dictionary; an unknown key or origin costs one stat."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int] | None = None
        self._by_key: dict[str, Site] = {}
        self._origins: frozenset[str] = frozenset()
        self._keys: dict[str, DoorKey] = {}
        self.refresh()

    def by_key(self, site_key: str) -> Site | None:
        site = self._by_key.get(site_key)
        if site is None and self.refresh():
            site = self._by_key.get(site_key)
        return site

    def by_name(self, name: str) -> Site | None:
        return next((site for site in self._by_key.values() if site.name == name), None)

    def by_secret(self, token: str, now_ms: int) -> Site | None:
        """None where the key is unknown, revoked or expired, or does not open `events`. A mistyped key is refused by its checksum, without a look."""
        key = self.secret(token)
        if key is None or DOOR_SCOPE not in key.scopes or (key.expires_ms is not None and now_ms >= key.expires_ms):
            return None
        return self.by_name(key.site)

    def secret(self, token: str) -> DoorKey | None:
        """Whatever it opens; None where there is no such key, or it is revoked."""
        if not is_key(token):
            return None
        key = self._keys.get(token[:KEY_ID_LENGTH])
        if key is None and self.refresh():
            key = self._keys.get(token[:KEY_ID_LENGTH])
        same = hmac.compare_digest(digest(token), key.hash if key else "0" * 64)
        return key if same else None

    def knows_origin(self, origin: str) -> bool:
        """Whether pages of this origin may send to some site; which one, only a batch says."""
        return bool(origin) and (origin in self._origins or (self.refresh() and origin in self._origins))

    def refresh(self) -> bool:
        """True where the file changed since the last look. A missing file is no sites; what is known holds on where it cannot be read any more.

        Raises BadSetting where it never could.
        """
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return False
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp == self._stamp:
            return False
        try:
            book = msgspec.json.decode(self.path.read_bytes(), type=SiteFile)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            if self._stamp is None:
                raise BadSetting(f"{self.path} cannot be read: {error}. Delete it: `serve` and `write` make it again.") from None
            self._stamp = stamp
            log.error("%s cannot be read: %s. The sites known so far hold on.", self.path, error)
            return False
        self._stamp, self._by_key = stamp, {site.site_key: site for site in book.sites}
        self._origins = frozenset(origin for site in book.sites for origin in site.origins)
        self._keys = {key.key_id: key for key in book.keys}
        return True


def write_site_file(path: Path, sites: tuple[Site, ...], keys: tuple[DoorKey, ...] = ()) -> None:
    """By its sole writer."""
    shared_file.replace(path, msgspec.json.format(msgspec.json.encode(SiteFile(sites, keys))))
