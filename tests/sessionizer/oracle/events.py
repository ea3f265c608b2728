"""The events of a site: each once, with numbers for times and decimals for money.

in   rows as the writer stores them
out  Event, in the order of their times
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tracker.sites import Site

Row = dict[str, Any]
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000


@dataclass(frozen=True)
class Rules:
    """What a site says about itself. 3.1, 3.2, 3.5: the defaults are the design's."""

    gap_ms: int = 30 * MINUTE
    cap_ms: int = 24 * HOUR
    cutoff_ms: int = 60 * MINUTE
    lost_ms: int = 30 * DAY
    claim_back_ms: int = 30 * DAY
    provider_ms: int = 2 * HOUR  # 0005: coming back from a provider within 2 hours
    currency: str = "EUR"
    campaign_splits: bool = False

    @classmethod
    def of(cls, site: Site) -> Rules:
        return cls(
            gap_ms=site.session_gap_s * 1000,
            cap_ms=site.session_cap_s * 1000,
            cutoff_ms=site.cart_cutoff_s * 1000,
            lost_ms=site.cart_lost_s * 1000,
            claim_back_ms=site.claim_back_s * 1000,
            currency=site.currency,
            campaign_splits=site.campaign_splits,
        )


@dataclass(frozen=True)
class Item:
    id: str
    name: str
    price: Decimal | None
    quantity: Decimal | None
    currency: str


@dataclass(frozen=True)
class Event:
    id: str
    type: str
    at: int
    visitor: str
    customer: str
    by_server: bool
    page: str
    url: str
    row: Row

    @property
    def items(self) -> list[Item]:
        return [
            Item(i["id"], i.get("name", ""), number(i.get("price")), number(i.get("quantity")), i.get("currency", "") or self.row.get("currency", ""))
            for i in self.row.get("items", [])
        ]

    @property
    def props(self) -> Row:
        found: Row = json.loads(self.row.get("props", "{}"))
        return found

    @property
    def value(self) -> Decimal | None:
        return number(self.row.get("value"))

    @property
    def order_id(self) -> str:
        return str(self.row.get("order_id", ""))


def event_time(at: int, sent: int, received: int) -> int:
    """3.1: received_at − (sent_at − at), clamped to [received − 7 d, received]."""
    return min(max(received - (sent - at), received - 7 * DAY), received)


def each_once(rows: Iterable[Row]) -> list[Event]:
    """3.1: once by event id; the copy received first counts, then the smallest: 0010 says by owner, type and the rest. In order of time, then id."""
    kept: dict[str, Row] = {}
    for row in rows:
        other = kept.get(row["event_id"])
        if other is None or reception(row) < reception(other):
            kept[row["event_id"]] = row
    return sorted((event(row) for row in kept.values()), key=lambda e: (e.at, e.id))


def reception(row: Row) -> tuple[int, str, str, int]:
    owner = "v:" + row["visitor_id"] if row["visitor_id"] else "c:" + row.get("customer_id", "")
    return ms(row["received_at"]), owner, row["type"], ms(row["at"])


def event(row: Row) -> Event:
    page, url = row.get("page_id", ""), row.get("url", "")
    by_server = row["source"] == "server"
    return Event(row["event_id"], row["type"], ms(row["at"]), row["visitor_id"], row.get("customer_id", ""), by_server, page, url, row)


def ms(stamp: str) -> int:
    return int(Decimal(stamp) * 1000)


def number(text: Any) -> Decimal | None:
    return None if text is None else Decimal(str(text))


def visitors_of(events: Iterable[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for e in events:
        if e.visitor:
            found.setdefault(e.visitor, []).append(e)
    return found
