"""Rows as the sessionizer and the writer leave them, for tests of the pages: a few words give a whole row."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from tracker.clock import iso
from tracker.store import Store

NOW_MS = 1_795_312_800_000  # 2026-11-22 02:00 UTC, a Sunday
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
ITEM = {"id": "", "name": "", "category": "", "brand": "", "variant": "", "price": None, "quantity": None, "currency": "EUR"}


class Clock:
    """Stands still until it is moved."""

    def __init__(self, at_ms: int = NOW_MS) -> None:
        self.at_ms = at_ms

    def now_ms(self) -> int:
        return self.at_ms


class World:
    """One site's rows. Times are given as ms before NOW, so that tests read as `ago=…`."""

    def __init__(self, store: Store, site: str, now_ms: int = NOW_MS) -> None:
        self.store = store
        self.site = site
        self.now_ms = now_ms
        self.version = 0
        self.held: dict[str, list[bytes]] | None = None

    def insert(self, table: str, row: dict[str, Any]) -> None:
        if self.held is None:
            self.store.insert(table, msgspec.json.encode(row))
        else:
            self.held.setdefault(table, []).append(msgspec.json.encode(row))

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Many rows, one insert for each table."""
        self.held = {}
        yield
        held, self.held = self.held, None
        for table, rows in held.items():
            self.store.insert(table, b"\n".join(rows))

    def session(self, *, ago: int = HOUR_MS, lasted: int = 5 * MINUTE_MS, **known: Any) -> str:
        self.version += 1
        started = self.now_ms - ago
        row = {
            "site": self.site, "visitor_id": "v-1", "session_id": f"s-{uuid.uuid4().hex[:12]}", "version": self.version, "tombstone": False,
            "built_at": started / 1000, "started_at": started / 1000, "ended_at": (started + lasted) / 1000, "engaged_ms": lasted // 2,
            "page_views": 3, "events": 10, "channel": "direct", "device_type": "desktop", "browser": "Firefox", "os": "Linux",
            "purpose": "browsing", "purpose_model": "rules-1", "score_information": 0.1, "score_browsing": 0.8, "score_purchase": 0.1,
        } | known  # fmt: skip
        self.insert("sessions", row)
        return str(row["session_id"])

    def cart(self, *, ago: int = 2 * HOUR_MS, state: str = "abandoned", items: Iterable[dict[str, Any]] = (), removed: Iterable[dict[str, Any]] = (),
             marketing: bool | None = None, doc: dict[str, Any] | None = None, **known: Any) -> str:  # fmt: skip
        """`ago` is when it was touched last; an abandoned one counts as abandoned an hour later."""
        self.version += 1
        touched = self.now_ms - ago
        goods = [cart_item(item) for item in items]
        cart_id = known.pop("cart_id", f"c-{uuid.uuid4().hex[:12]}")
        happened = touched + HOUR_MS if state in ("abandoned", "recovered", "lost") else None
        closed = touched + 2 * HOUR_MS if state in ("recovered", "lost", "bought", "emptied") else None
        told = {
            "cart_id": cart_id, "site": self.site, "state": state, "items": goods, "removed_items": [cart_item(item) for item in removed],
            "abandonments": [{"at": iso(happened), "until": None, "ended_by": None}] if happened else [], "recovered": None,
            "consent": {"marketing": marketing, "at": None, "how": None},
        } | (doc or {})  # fmt: skip
        row = {
            "site": self.site, "cart_id": cart_id, "version": self.version, "tombstone": False, "built_at": touched / 1000, "customer_id": "",
            "visitor_ids": ["v-1"], "state": state, "stage": "cart", "items_count": len(goods),
            "value": sum(item["price"] * item["quantity"] for item in goods), "currency": "EUR",
            "opened_at": (touched - 5 * MINUTE_MS) / 1000, "touched_at": touched / 1000, "abandoned_at": happened and happened / 1000,
            "closed_at": closed and closed / 1000, "next_at": None if closed else (touched + 30 * DAY_MS) / 1000,
            "doc": msgspec.json.encode(told).decode(),
        } | known  # fmt: skip
        self.insert("carts", row)
        return str(cart_id)

    def customer(self, customer_id: str, *, orders: Iterable[dict[str, Any]] = (), **known: Any) -> str:
        self.version += 1
        told = [{"status": "placed", "refunded": 0, "currency": "EUR", "items": []} | order for order in orders]
        row = {
            "site": self.site, "customer_id": customer_id, "version": self.version, "tombstone": False, "built_at": self.now_ms / 1000,
            "visitor_ids": ["v-1"], "registered_at": (self.now_ms - 200 * DAY_MS) / 1000, "orders": told, "attributes": "{}", "lifecycle": "",
            "consent": "{}",
        } | known  # fmt: skip
        self.insert("customers", row)
        return customer_id

    def event(self, type_: str, *, ago: int = HOUR_MS, **known: Any) -> str:
        at = (self.now_ms - ago) / 1000
        goods = [ITEM | item for item in known.pop("items", [])]
        row = {
            "site": self.site, "visitor_id": "v-1", "event_id": f"e-{uuid.uuid4().hex}", "type": type_, "at": at, "received_at": at, "source": "tag",
            "items": goods,
        } | known  # fmt: skip
        self.insert("events", row)
        return str(row["event_id"])


def cart_item(item: dict[str, Any]) -> dict[str, Any]:
    known = {name: value for name, value in item.items() if name in ("id", "name", "price", "quantity")}
    return {"name": item["id"], "price": 10, "quantity": 1} | known
