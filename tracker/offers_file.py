"""DATA/offers.json: which visitors have an offer now; written for the public door, which has no database.

in   table `rule_matches`
out  the file, written anew where it differs; at most OFFERS_MAX visitors, the latest first
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from tracker import shared_file
from tracker.offers import Given, Sites
from tracker.store import Store, load

OFFERS_MAX = 20_000  # the door reads the file on its only thread: 20,000 are 2.5 MB and some ten milliseconds
EACH_MAX = 3
AGAIN_MS = 10_000  # for what others changed, and what is over


class OfferFile:
    """Of one process; several may write, each from the whole table."""

    def __init__(self, store: Store, data: Path) -> None:
        self.store, self.path = store, data / "offers.json"
        self._looked_ms: int | None = None

    def changed(self) -> None:
        """Write at the next look."""
        self._looked_ms = None

    def freshen(self, now_ms: int) -> None:
        """Raises StoreDown."""
        if self._looked_ms is not None and 0 <= now_ms - self._looked_ms < AGAIN_MS:
            return
        rows = self.store.rows(load("tracker", "offers"), now_ms=now_ms, limit=OFFERS_MAX)
        if rows or self.path.exists():
            with shared_file.sole_writer(self.path):  # whoever erases a person waits here, and takes them out after this
                rows = self.store.rows(load("tracker", "offers"), now_ms=now_ms, limit=OFFERS_MAX)
                write(self.path, told(rows))
        self._looked_ms = now_ms


def told(rows: Iterable[dict[str, object]]) -> Sites:
    sites: Sites = {}
    for row in rows:
        visitors = sites.setdefault(str(row["site"]), {})
        visitors[str(row["visitor_id"])] = msgspec.convert(row["offers"], tuple[Given, ...])[:EACH_MAX]
    return sites


def write(path: Path, sites: Sites) -> None:
    """By its sole writer, where it differs from what is there."""
    text = msgspec.json.encode(sites)
    if not path.exists() or path.read_bytes() != text:
        shared_file.replace(path, text)


def forget(path: Path, site: str, visitor_ids: Iterable[str]) -> int:
    """Take erased visitors out, after their rows are gone. Returns how many were in it."""
    if not path.exists():
        return 0
    with shared_file.sole_writer(path):
        sites = msgspec.json.decode(path.read_bytes(), type=Sites)
        gone = [visitor_id for visitor_id in visitor_ids if sites.get(site, {}).pop(visitor_id, None)]
        write(path, {name: visitors for name, visitors in sites.items() if visitors})
    return len(gone)
