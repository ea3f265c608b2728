"""Rows as the sessionizer would leave them, put into the tables for one site of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from tracker.clock import iso, ms_of_iso
from tracker.sites import Site
from tracker.store import Store

NOW = "2026-11-22T12:00:00Z"
NOW_MS = ms_of_iso(NOW)
MINUTE_MS = 60_000
DAY_MS = 86_400_000
Fields = dict[str, Any]


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at_ms: int = NOW_MS) -> None:
        self.at_ms = at_ms

    def now_ms(self) -> int:
        return self.at_ms


def ago(minutes: float = 0, *, days: float = 0) -> int:
    return int(NOW_MS - minutes * MINUTE_MS - days * DAY_MS)


def put(store: Store, table: str, rows: Iterable[Fields]) -> None:
    store.insert(table, b"\n".join(msgspec.json.encode(row) for row in rows))


def seconds(at_ms: int) -> float:
    return at_ms / 1000


PRODUCT = {"id": "X1", "name": "Espresso X1", "category": "kitchen/coffee", "views": 2, "seen_ms": 5200, "touched_ms": 900, "touches": 2, "clicks": 1}
PROMOTION = {"kind": "promotion", "id": "summer", "name": "Summer", "seen_ms": 3000, "touched_ms": 0, "touches": 0, "clicks": 0}


def session(site: Site, visitor_id: str, session_id: str, started_ms: int, **changes: Any) -> Fields:
    """Ten minutes, one product looked at, one promotion seen, browsing."""
    row: Fields = {
        "site": site.name, "visitor_id": visitor_id, "session_id": session_id, "version": 1, "tombstone": False,
        "built_at": seconds(started_ms + 700_000), "started_at": seconds(started_ms), "ended_at": seconds(started_ms + 600_000),
        "engaged_ms": 180_000, "page_views": 7, "events": 12, "searches": ["espresso"],
        "entry_url": "https://shop.example/", "exit_url": "https://shop.example/p/X1",
        "channel": "email", "campaign": "autumn", "medium": "newsletter", "referrer": "https://mail.example/",
        "device_type": "mobile", "browser": "Firefox", "os": "Android", "products": [PRODUCT], "content": [PROMOTION],
        "purpose": "browsing", "purpose_model": "purpose-1", "score_information": 0.1, "score_browsing": 0.81, "score_purchase": 0.09,
        "product_views": 2, "products_touched": 1,
    }  # fmt: skip
    return row | changes


def item(item_id: str, price: float | None = 199.9, quantity: float = 1, name: str = "") -> Fields:
    return {"id": item_id, "name": name or f"Item {item_id}", "price": price, "quantity": quantity}


def purchase(order_id: str, at_ms: int, value: float, *items: Fields, **changes: Any) -> Fields:
    """An order as sessions and visitors keep it."""
    return {"order_id": order_id, "at": seconds(at_ms), "value": value, "currency": "EUR", "status": "placed", "items": list(items)} | changes


def order(order_id: str, at_ms: int, value: float, *items: Fields, **changes: Any) -> Fields:
    """An order as customers keep it."""
    return purchase(order_id, at_ms, value, *items) | {"refunded": 0} | changes


def cart(site: Site, cart_id: str, touched_ms: int, *items: Fields, **changes: Any) -> Fields:
    """Abandoned an hour after its last touch, by visitor v-1, unless said otherwise."""
    lines = list(items) or [item("X1")]
    row: Fields = {
        "site": site.name, "cart_id": cart_id, "version": 1, "tombstone": False, "built_at": seconds(touched_ms), "customer_id": "",
        "visitor_ids": ["v-1"], "state": "abandoned", "stage": "cart", "items_count": sum(line["quantity"] for line in lines),
        "value": sum((line["price"] or 0) * line["quantity"] for line in lines), "currency": "EUR",
        "opened_at": seconds(touched_ms - 5 * MINUTE_MS), "touched_at": seconds(touched_ms), "closed_at": None, "next_at": None,
    } | changes  # fmt: skip
    abandoned_ms = touched_ms + 60 * MINUTE_MS if row["state"] == "abandoned" else None
    row["abandoned_at"] = None if abandoned_ms is None else seconds(abandoned_ms)
    return row | {"doc": msgspec.json.encode(document(row, lines, abandoned_ms)).decode()}


def document(row: Fields, lines: list[Fields], abandoned_ms: int | None) -> Fields:
    """The column `doc` of a cart."""
    spells = [] if abandoned_ms is None else [{"at": iso(abandoned_ms), "until": None, "ended_by": None}]
    return {
        "cart_id": row["cart_id"], "site": row["site"], "owner": {"customer_id": row["customer_id"] or None, "visitor_ids": row["visitor_ids"]},
        "state": row["state"], "stage": row["stage"], "items": lines, "removed_items": [], "items_count": row["items_count"],
        "value": row["value"], "currency": row["currency"], "opened_at": iso(round(row["opened_at"] * 1000)),
        "touched_at": iso(round(row["touched_at"] * 1000)), "abandoned_at": spells[0]["at"] if spells else None, "abandonments": spells,
        "closed_at": None, "recovered": None, "consent": {"marketing": None, "at": None, "how": None},
    }  # fmt: skip


def customer(site: Site, customer_id: str, *orders: Fields, **changes: Any) -> Fields:
    row: Fields = {
        "site": site.name, "customer_id": customer_id, "version": 1, "tombstone": False, "built_at": seconds(NOW_MS), "visitor_ids": ["v-1"],
        "registered_at": seconds(ago(days=200)), "orders": list(orders), "attributes": '{"segment":"gold"}', "lifecycle": "", "lifecycle_at": 0,
        "consent": '{"marketing":{"granted":true,"at":"2026-10-01T00:00:00.000Z","how":"tag"}}', "cart_ids": [],
    }  # fmt: skip
    return row | changes


def visitor(site: Site, visitor_id: str, **changes: Any) -> Fields:
    row: Fields = {"site": site.name, "visitor_id": visitor_id, "claims": [], "cart_moments": [], "orders": [], "released": False, "cart_ids": []}
    return row | {"version": 1, "built_at": 0} | changes


def event(site: Site, visitor_id: str, event_id: str, type_name: str, at_ms: int, **changes: Any) -> Fields:
    row: Fields = {"site": site.name, "visitor_id": visitor_id, "event_id": event_id, "type": type_name}
    return row | {"at": seconds(at_ms), "received_at": seconds(at_ms), "source": "tag"} | changes
