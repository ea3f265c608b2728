"""What the tables say, in the oracle's words.

in   a world after its ticks
out  sessions, carts, customers, claims as plain dicts, as oracle/told.py gives them
"""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.sessionizer.oracle.events import ms
from tests.sessionizer.world import Row, World

STAGES = ("cart", "checkout", "payment")
RUNGS = ("seen_ms", "touched_ms", "touches", "clicks")
SESSIONS = """
SELECT *, toUnixTimestamp64Milli(started_at) AS started_ms, toUnixTimestamp64Milli(ended_at) AS ended_ms,
       toUnixTimestamp64Milli(identified_at) AS identified_ms, arrayMap(p -> toUnixTimestamp64Milli(p.at), purchases) AS purchased_ms
FROM sessions FINAL WHERE site = {site:String} AND NOT tombstone ORDER BY visitor_id, started_at"""
CARTS = """
SELECT doc, history, item_ids, toUnixTimestamp64Milli(item_bought_at) AS item_bought_ms, response_code
FROM carts FINAL WHERE site = {site:String} AND NOT tombstone"""
CLAIMS = """
SELECT visitor_id AS visitor, c.customer_id AS customer, toUnixTimestamp64Milli(c.from_at) AS since, toUnixTimestamp64Milli(c.until_at) AS until,
       toUnixTimestamp64Milli(c.identified_at) AS identified, c.how AS how, c.event_id AS event_id
FROM visitors FINAL ARRAY JOIN claims AS c WHERE site = {site:String} ORDER BY visitor, identified, event_id"""
CUSTOMERS = """
SELECT customer_id, toUnixTimestamp64Milli(registered_at) AS registered_ms, attributes, visitor_ids, orders,
       arrayMap(o -> toUnixTimestamp64Milli(o.at), orders) AS ordered_ms
FROM customers FINAL WHERE site = {site:String} AND NOT tombstone ORDER BY customer_id"""


def tables(world: World) -> dict[str, list[Row]]:
    site = world.site.name
    return {
        "sessions": [session(row) for row in world.store.rows(SESSIONS, site=site)],
        "carts": sorted((cart(row) for row in world.store.rows(CARTS, site=site)), key=repr),
        "claims": world.store.rows(CLAIMS, site=site),
        "customers": [customer(row) for row in world.store.rows(CUSTOMERS, site=site)],
    }


def session(row: Row) -> Row:
    same = ("visitor_id", "started_ms", "ended_ms", "customer_id", "identified_ms", "page_views", "events", "engaged_ms", "searches")
    return {name: row[name] for name in same} | {
        "urls": (row["entry_url"], row["exit_url"]),
        "source": (row["channel"], row["campaign"], row["medium"]),
        "products": sorted((p["id"], p["views"], tuple(p[r] for r in RUNGS)) for p in row["products"]),
        "content": sorted((c["kind"], c["id"], tuple(c[r] for r in RUNGS)) for c in row["content"]),
        "cart": {
            "items": items(row["cart_items"]),
            "value": number(row["cart_value"]),
            "added": number(row["cart_added"]),
            "removed": number(row["cart_removed"]),
        },
        "purchases": sorted(bought(o, at) for o, at in zip(row["purchases"], row["purchased_ms"], strict=True)),
    }


def bought(order: Row, at: int) -> tuple[Any, ...]:
    return order["order_id"], at, number(order["value"]), order["status"]


def cart(row: Row) -> Row:
    doc = json.loads(row["doc"])
    recovered = doc["recovered"]
    return {
        "customer_id": doc["owner"]["customer_id"],
        "visitor_ids": doc["owner"]["visitor_ids"],
        "state": doc["state"],
        "stage": doc["stage"],
        "items": items(doc["items"]),
        "items_count": number(doc["items_count"]),
        "value": number(doc["value"]),
        "removed_items": sorted((moment(r["at"]), r["id"], number(r["quantity"])) for r in doc["removed_items"]),
        "opened_at": moment(doc["opened_at"]),
        "touched_at": moment(doc["touched_at"]),
        "closed_at": moment(doc["closed_at"]),
        "abandonments": sorted(((moment(a["at"]), moment(a["until"]), a["ended_by"]) for a in doc["abandonments"]), key=repr),
        "recovered": {"at": moment(recovered["at"]), "order_id": recovered["order_id"], "how": recovered["how"], "code": row["response_code"]}
        if recovered
        else None,
        "history": sorted((entry(*told) for told in json.loads(row["history"])), key=repr),
        "item_ids": sorted(row["item_ids"]),
        "item_bought_at": row["item_bought_ms"],
    }


def entry(at_ms: int, what: str, who: str, visitor: str, event_id: str, details: Row) -> tuple[Any, ...]:
    """As oracle/carts.py tells it; of the details what both know."""
    if who == "clock":
        return (at_ms, what, who, visitor, event_id)
    return (at_ms, what, who, visitor, event_id, belongs(what, details))


def belongs(what: str, details: Row) -> Any:
    units: dict[str, Decimal] = {}
    for name, _, _, moved in sorted(details.get("items", [])):
        units[name] = units.get(name, Decimal(0)) + Decimal(str(moved))
    if what in ("added", "removed", "set"):
        return units
    if what in ("order_updated", "order_cancelled", "order_refunded"):
        return number(details.get("value"))
    named = {"stage": "stage", "checkout": "stage", "response": "response_code", "merged": "customer_id", "logged_in": "customer_id"}
    if what in named:
        found = details[named[what]]
        return STAGES.index(found) if named[what] == "stage" else found
    return units or None


def customer(row: Row) -> Row:
    own = sorted((*bought(o, at), number(o["refunded"])) for o, at in zip(row["orders"], row["ordered_ms"], strict=True))
    return {name: row[name] for name in ("customer_id", "registered_ms")} | {
        "attributes": json.loads(row["attributes"]),
        "visitor_ids": sorted(row["visitor_ids"]),
        "orders": own,
    }


def items(rows: list[Row]) -> list[tuple[Any, ...]]:
    return sorted((i["id"], number(i["price"]), number(i["quantity"])) for i in rows)


def number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def moment(text: str | None) -> int | None:
    return None if text is None else ms(f"{datetime.fromisoformat(text).timestamp():.3f}")
