"""Offers for visitors, as the public door tells them: POST /v1/events answers with those of its visitor.

in   DATA/offers.json, written by tracker/offers_file.py whenever a rule gives or takes one
out  the offers of one visitor; None for nearly everybody, at the cost of a look-up
"""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

log = logging.getLogger("tracker.offers")


class Offer(msgspec.Struct, frozen=True):
    """What a page is told."""

    offer_id: str
    response_code: str


class Given(msgspec.Struct, frozen=True):
    """An offer and how long it holds, in ms."""

    offer_id: str
    response_code: str
    until_ms: int


Sites = dict[str, dict[str, tuple[Given, ...]]]  # site -> visitor -> offers


class OfferBook:
    """The offers as the file tells them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int] | None = None
        self._sites: Sites = {}
        self.refresh()

    def of(self, site: str, visitor_id: str, now_ms: int) -> list[Offer] | None:
        visitors = self._sites.get(site)
        if visitors is None:
            return None
        given = visitors.get(visitor_id)
        if given is None:
            return None
        return [Offer(each.offer_id, each.response_code) for each in given if now_ms < each.until_ms] or None

    def refresh(self) -> None:
        """One stat; the file is read where it changed. A missing file is no offers; what is known holds on where it cannot be read."""
        try:
            stat = self.path.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if stamp != self._stamp:
                self._stamp, self._sites = stamp, msgspec.json.decode(self.path.read_bytes(), type=Sites)
        except FileNotFoundError:
            self._stamp, self._sites = None, {}
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            log.error("%s cannot be read: %s. The offers known so far hold on.", self.path, error)
