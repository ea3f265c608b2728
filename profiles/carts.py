"""Carts: asked of the database, told as carts.

in   table `carts`; `sessions`, `customers` and `visitors` for what surrounds a cart
out  Cart, lists of them, open and abandoned ones of a person
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import msgspec

from profiles import answers
from profiles.answers import Cart, CartDoc, known, number
from profiles.params import FAR_MS, LEAST, cursor_of
from profiles.sessions import latest
from tracker.cookieless import is_cookieless
from tracker.sites import Site
from tracker.store import Row, Store, load

BOUGHT_WITHIN_MS = 30 * 86_400_000
PAGE = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which carts; '' = any. Times are ms of the last touch."""

    state: str = ""
    stage: str = ""
    min_value: str = LEAST
    customer_id: str = ""
    visitor_id: str = ""
    from_ms: int = 0
    to_ms: int = FAR_MS
    cursor: tuple[int, str] = (FAR_MS, "")
    limit: int = 50

    def parameters(self, site: Site) -> dict[str, Any]:
        return {
            "site": site.name, "state": self.state, "stage": self.stage, "min_value": self.min_value, "customer_id": self.customer_id,
            "visitor_id": self.visitor_id, "from_ms": self.from_ms, "to_ms": self.to_ms, "cursor_ms": self.cursor[0], "cursor_id": self.cursor[1],
            "limit": self.limit,
        }  # fmt: skip

    def matches(self, row: Row) -> bool:
        """The same question as cart_keys.sql asks, put to the latest version."""
        return (
            not row["tombstone"]
            and self.state in ("", row["state"])
            and self.stage in ("", row["stage"])
            and self.customer_id in ("", row["customer_id"])
            and self.visitor_id in ("", *row["visitor_ids"])
            and row["value"] >= Decimal(self.min_value)
            and self.from_ms <= row["touched_ms"] < self.to_ms
            and place(row) < self.cursor
        )


# --- asking ------------------------------------------------------------------------------------------------------------------


def listed(store: Store, site: Site, wanted: Wanted) -> tuple[list[Row], str | None]:
    """One page, last touched first, and the cursor of the next one."""
    asked = replace(wanted, limit=wanted.limit + 1)
    rows: list[Row] = []
    while True:
        keys = store.rows(load("profiles", "cart_keys"), **asked.parameters(site))
        rows += [row for row in by_ids(store, site, [key["cart_id"] for key in keys]) if asked.matches(row)]
        if len(keys) < asked.limit or len(rows) > wanted.limit:
            break
        asked = replace(asked, cursor=place(keys[-1]))
    if len(rows) <= wanted.limit:
        return rows, None
    return rows[: wanted.limit], cursor_of(*place(rows[wanted.limit - 1]))


def place(row: Row) -> tuple[int, str]:
    """Where the cart stands in a list."""
    return row["touched_ms"], row["cart_id"]


def by_ids(store: Store, site: Site, cart_ids: Sequence[str]) -> list[Row]:
    """Last touched first, without those that are no more."""
    if not cart_ids:
        return []
    stored = store.rows(load("profiles", "cart_rows"), site=site.name, cart_ids=list(cart_ids))
    return sorted((row for row in latest(stored, "cart_id") if not row["tombstone"]), key=place, reverse=True)


def one(store: Store, site: Site, cart_id: str) -> Row | None:
    return next(iter(by_ids(store, site, [cart_id])), None)


def pages(store: Store, site: Site, wanted: Wanted, now_ms: int) -> Iterator[list[Cart]]:
    """All carts of a filter, in pages, so that a long list needs no more memory than a short one."""
    asked = replace(wanted, limit=PAGE)
    while True:
        rows, cursor = listed(store, site, asked)
        yield carts(store, site, rows, now_ms)
        if cursor is None:
            return
        asked = replace(asked, cursor=place(rows[-1]))


def of_owner(store: Store, site: Site, now_ms: int, cart_ids: Sequence[str]) -> dict[str, Cart]:
    """Of these carts the latest open and the latest abandoned one, by state."""
    by_state: dict[str, Row] = {}
    for row in by_ids(store, site, cart_ids):
        by_state.setdefault(row["state"], row)
    aside = [row for state, row in by_state.items() if state in ("open", "abandoned")]
    return {cart.state: cart for cart in carts(store, site, aside, now_ms)}


# --- telling -----------------------------------------------------------------------------------------------------------------


def carts(store: Store, site: Site, rows: Sequence[Row], now_ms: int) -> list[Cart]:
    if not rows:
        return []
    visits = visits_of(store, site, rows, now_ms)
    bought = bought_lately(store, site, rows, now_ms)
    return [cart(row, visits, bought, now_ms) for row in rows]


def visits_of(store: Store, site: Site, rows: Sequence[Row], now_ms: int) -> dict[str, list[Row]]:
    """The sessions of the carts' visitors while the carts lived, by visitor, oldest first."""
    visitor_ids = sorted({visitor_id for row in rows for visitor_id in row["visitor_ids"]})
    since_ms = min(row["opened_ms"] for row in rows)
    until_ms = max(row["closed_ms"] or now_ms for row in rows)
    if not visitor_ids:
        return {}
    found = store.rows(load("profiles", "cart_sessions"), site=site.name, visitor_ids=visitor_ids, since_ms=since_ms, until_ms=until_ms)
    return grouped(found, "visitor_id")


def bought_lately(store: Store, site: Site, rows: Sequence[Row], now_ms: int) -> dict[str, set[str]]:
    """Ids of the items bought in the last 30 days: by customer as 'c:…', by visitor as 'v:…'."""
    found = store.rows(
        load("profiles", "bought_lately"), site=site.name, customer_ids=sorted({row["customer_id"] for row in rows} - {""}),
        visitor_ids=sorted({visitor_id for row in rows for visitor_id in row["visitor_ids"]}), since_ms=now_ms - BOUGHT_WITHIN_MS, until_ms=now_ms,
    )  # fmt: skip
    return {row["owner"]: set(row["item_ids"]) for row in found}


def cart(row: Row, visits: dict[str, list[Row]], bought: dict[str, set[str]], now_ms: int) -> Cart:
    doc = msgspec.json.decode(row["doc"], type=CartDoc)
    closed_ms = row["closed_ms"] or now_ms
    its_visits = sorted(
        (visit for visitor_id in row["visitor_ids"] for visit in visits.get(visitor_id, ())
         if visit["started_ms"] <= closed_ms and visit["ended_ms"] >= row["opened_ms"]),
        key=lambda visit: (visit["started_ms"], visit["session_id"]),
    )  # fmt: skip
    fields: dict[str, Any] = {name: getattr(doc, name) for name in CartDoc.__struct_fields__}
    return Cart(
        **fields | tidied(doc), suppressed=suppressed(row, doc, its_visits, bought), session_ids=[visit["session_id"] for visit in its_visits],
        source=opened_from(row, its_visits), version=row["version"],
    )  # fmt: skip


def tidied(doc: CartDoc) -> dict[str, Any]:
    """Money and quantities as a person writes them."""
    for item in (*doc.items, *doc.removed_items):
        item.name = item.name or None
        item.price = None if item.price is None else number(item.price)
        item.quantity = number(item.quantity)
    return {"items_count": number(doc.items_count), "value": number(doc.value)}


def suppressed(row: Row, doc: CartDoc, visits: Sequence[Row], bought: dict[str, set[str]]) -> list[str]:
    owners = ["c:" + row["customer_id"]] if row["customer_id"] else ["v:" + visitor_id for visitor_id in row["visitor_ids"]]
    ids = {item.id for item in doc.items}
    nameless = not row["customer_id"] and all(map(is_cookieless, row["visitor_ids"]))
    reasons = ["no_consent"] if nameless or doc.consent.marketing is False else []
    reasons += ["bought_same_item_30d"] if any(ids & bought.get(owner, set()) for owner in owners) else []
    return reasons + (["quarantined"] if visits and all(visit["quarantine_reason"] for visit in visits) else [])


def opened_from(row: Row, visits: Iterable[Row]) -> answers.Source | None:
    """Where the session came from in which the cart was opened: the last one that had begun by then."""
    begun = [visit for visit in visits if visit["started_ms"] <= row["opened_ms"]]
    if not begun:
        return None
    last = begun[-1]
    return answers.Source(known(last["channel"]), known(last["campaign"]), known(last["medium"]), known(last["referrer"]))


def grouped(rows: Iterable[Row], name: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[name], []).append(row)
    return groups
