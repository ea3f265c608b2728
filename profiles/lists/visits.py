"""What is asked of customers beyond their own row: visits, carts, interests, readiness. A page of customers at a time.

in   customers; tables `sessions`, `carts`, corrections of purposes
out  facts by customer_id, as conditions.facts_of_customer says them
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from profiles import corrections, customers, readiness
from profiles.carts import grouped
from profiles.conditions import with_parents
from profiles.conditions.facts import amounts
from profiles.lists.subject import Asking
from tracker.store import Row, load

Told = dict[str, dict[str, Any]]


def ask(asking: Asking, rows: Sequence[Any], query: str, **more: Any) -> dict[str, list[Row]]:
    found = asking.store.rows(load("profiles.lists", query), site=asking.site.name, customer_ids=[row.id for row in rows], **more)
    return grouped(found, "customer_id")


def seen(asking: Asking, rows: Sequence[Any]) -> Told:
    found = ask(asking, rows, "customer_visits")
    return {row.id: was_seen(found.get(row.id)) for row in rows}


def was_seen(visits: list[Row] | None) -> dict[str, Any]:
    sessions, last_ms = (visits[0]["sessions"], visits[0]["last_ms"]) if visits else (0, None)
    return {"sessions_count": sessions, "last_seen_age_s": last_ms}


def abandoned(asking: Asking, rows: Sequence[Any]) -> Told:
    found = ask(asking, rows, "customer_carts")
    return {row.id: was_abandoned(found.get(row.id, [])) for row in rows}


def was_abandoned(carts: Sequence[Row]) -> dict[str, Any]:
    """Of several the one touched last."""
    aside = next((cart for cart in carts if cart["state"] == "abandoned"), None)
    return {"has_abandoned_cart": aside is not None, "abandoned_value": amounts((aside["currency"], aside["value"])) if aside else {}}


def interests(asking: Asking, rows: Sequence[Any]) -> Told:
    found = ask(asking, rows, "customer_interests", since_ms=max(0, asking.now_ms - customers.INTERESTS_MS))
    return {row.id: {"interests": with_parents(by_attention(found.get(row.id, [])))} for row in rows}


def by_attention(products: Sequence[Row]) -> list[str]:
    """The categories as customers.interests has them."""
    sums: dict[str, tuple[int, int]] = {}
    for product in products:
        if product["category"]:
            views, seen_ms = sums.get(product["category"], (0, 0))
            sums[product["category"]] = views + product["views"], seen_ms + product["seen_ms"]
    return sorted(sums, key=lambda category: (-sums[category][0], -sums[category][1], category))[: customers.RECENT]


def ready(asking: Asking, rows: Sequence[Any]) -> Told:
    carts, recent = ask(asking, rows, "customer_carts"), ask(asking, rows, "customer_recent", limit=readiness.VISITS_MAX)
    every = [visit for visits in recent.values() for visit in visits]
    said = corrections.of_sessions(asking.store, asking.site, every)
    told: Told = {}
    for row in rows:
        aside = carts.get(row.id)
        cart = readiness.Aside(aside[0]["touched_ms"], aside[0]["value"], aside[0]["currency"]) if aside else None
        orders_ms = sorted(order.at_ms for order in row.kept)
        facts = readiness.Facts(orders_ms, cart, readiness.visits(recent.get(row.id, []), said), bool(row.visitor_ids))
        score = readiness.readiness(facts, asking.now_ms).score
        told[row.id] = {"readiness": None if score is None else Decimal(str(score))}
    return told


QUESTIONS: tuple[tuple[tuple[str, ...], Callable[[Asking, Sequence[Any]], Told]], ...] = (
    (("sessions_count", "last_seen_age_s"), seen), (("has_abandoned_cart", "abandoned_value"), abandoned), (("interests",), interests),
    (("readiness",), ready),
)  # fmt: skip
