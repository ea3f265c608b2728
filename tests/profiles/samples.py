"""Rows as the sessionizer would leave them, put into the tables for one site of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from tracker.clock import ms_of_iso
from tracker.sites import Site
from tracker.store import Store

NOW = "2026-11-22T12:00:00Z"
NOW_MS = ms_of_iso(NOW)
MINUTE_MS = 60_000
DAY_MS = 86_400_000


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at_ms: int = NOW_MS) -> None:
        self.at_ms = at_ms

    def now_ms(self) -> int:
        return self.at_ms


def ago(minutes: float = 0, *, days: float = 0) -> int:
    return int(NOW_MS - minutes * MINUTE_MS - days * DAY_MS)


def put(store: Store, table: str, rows: Iterable[dict[str, Any]]) -> None:
    store.insert(table, b"\n".join(msgspec.json.encode(row) for row in rows))


def seconds(at_ms: int) -> float:
    return at_ms / 1000


def session(site: Site, visitor_id: str, session_id: str, started_ms: int, **changes: Any) -> dict[str, Any]:
    """Ten minutes, one product looked at, one promotion seen, browsing."""
    product = {"id": "X1", "name": "Espresso X1", "category": "kitchen/coffee", "views": 2, "seen_ms": 5200, "touched_ms": 900, "touches": 2, "clicks": 1}
    promotion = {"kind": "promotion", "id": "summer", "name": "Summer", "seen_ms": 3000, "touched_ms": 0, "touches": 0, "clicks": 0}
    row: dict[str, Any] = {
        "site": site.name, "visitor_id": visitor_id, "session_id": session_id, "version": 1, "tombstone": False, "built_at": seconds(started_ms + 700_000),
        "started_at": seconds(started_ms), "ended_at": seconds(started_ms + 600_000), "engaged_ms": 180_000, "page_views": 7, "events": 12,
        "searches": ["espresso"], "entry_url": "https://shop.example/", "exit_url": "https://shop.example/p/X1", "channel": "email",
        "campaign": "autumn", "medium": "newsletter", "referrer": "https://mail.example/", "device_type": "mobile", "browser": "Firefox", "os": "Android",
        "products": [product], "content": [promotion], "purpose": "browsing", "purpose_model": "purpose-1",
        "score_information": 0.1, "score_browsing": 0.81, "score_purchase": 0.09, "product_views": 2, "products_touched": 1,
    }  # fmt: skip
    return row | changes


def item(item_id: str, price: float | None = 199.9, quantity: float = 1, name: str = "") -> dict[str, Any]:
    return {"id": item_id, "name": name or f"Item {item_id}", "price": price, "quantity": quantity}


def order(order_id: str, at_ms: int, value: float, *items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    row = {"order_id": order_id, "at": seconds(at_ms), "value": value, "currency": "EUR", "status": "placed", "refunded": 0, "items": list(items)}
    return row | changes


def cart(site: Site, cart_id: str, touched_ms: int, *, state: str = "abandoned", customer_id: str = "", visitors: Iterable[str] = ("v-1",),
         items: Iterable[dict[str, Any]] = (), **changes: Any) -> dict[str, Any]:  # fmt: skip
    from tracker.clock import iso

    lines = list(items) or [item("X1")]
    value = sum((line["price"] or 0) * line["quantity"] for line in lines)
    count = sum(line["quantity"] for line in lines)
    opened_ms = changes.pop("opened_ms", touched_ms - 5 * MINUTE_MS)
    abandoned_ms = touched_ms + 60 * MINUTE_MS if state == "abandoned" else None
    abandoned = None if abandoned_ms is None else iso(abandoned_ms)
    doc = {
        "cart_id": cart_id, "site": site.name, "owner": {"customer_id": customer_id or None, "visitor_ids": list(visitors)}, "state": state,
        "stage": "cart", "items": lines, "removed_items": [], "items_count": count, "value": value, "currency": "EUR", "opened_at": iso(opened_ms),
        "touched_at": iso(touched_ms), "abandoned_at": abandoned, "abandonments": [{"at": abandoned, "until": None, "ended_by": None}] if abandoned else [],
        "closed_at": None, "recovered": None, "consent": {"marketing": None, "at": None, "how": None},
    }  # fmt: skip
    row: dict[str, Any] = {
        "site": site.name, "cart_id": cart_id, "version": 1, "tombstone": False, "built_at": seconds(touched_ms), "customer_id": customer_id,
        "visitor_ids": list(visitors), "state": state, "stage": "cart", "items_count": count, "value": value, "currency": "EUR",
        "opened_at": seconds(opened_ms), "touched_at": seconds(touched_ms), "abandoned_at": None if abandoned_ms is None else seconds(abandoned_ms),
        "closed_at": None, "next_at": None, "doc": msgspec.json.encode(doc).decode(),
    }  # fmt: skip
    return row | changes


def customer(site: Site, customer_id: str, *orders: dict[str, Any], visitors: Iterable[str] = ("v-1",), **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "site": site.name, "customer_id": customer_id, "version": 1, "tombstone": False, "built_at": seconds(NOW_MS), "visitor_ids": list(visitors),
        "registered_at": seconds(ago(days=200)), "orders": list(orders), "attributes": '{"segment":"gold"}', "lifecycle": "", "lifecycle_at": 0,
        "consent": '{"marketing":{"granted":true,"at":"2026-10-01T00:00:00.000Z","how":"tag"}}',
    }  # fmt: skip
    return row | changes


def visitor(site: Site, visitor_id: str, **changes: Any) -> dict[str, Any]:
    return {"site": site.name, "visitor_id": visitor_id, "claims": [], "cart_moments": [], "orders": [], "released": False, "version": 1, "built_at": 0} | changes


def event(site: Site, visitor_id: str, event_id: str, type_name: str, at_ms: int, **changes: Any) -> dict[str, Any]:
    row = {"site": site.name, "visitor_id": visitor_id, "event_id": event_id, "type": type_name, "at": seconds(at_ms), "received_at": seconds(at_ms), "source": "tag"}
    return row | changes
