"""Customers and visitors: asked of the database, told as profiles.

in   tables `customers`, `visitors`, `sessions`, `carts`
out  CustomerProfile, VisitorProfile
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from profiles import answers_people as people
from profiles import carts, corrections, lifecycle, lifecycle_log, readiness, sessions
from profiles.answers import Cart, CustomerLifecycle, known, number
from profiles.claims import claims_of, devices
from profiles.deps import Deps
from tracker.clock import iso, ms_of_iso
from tracker.sites import Site
from tracker.store import Row, load

INTERESTS_MS = 90 * 86_400_000
RECENT = 10


def customer(deps: Deps, site: Site, customer_id: str) -> people.CustomerProfile | None:
    row = deps.store.one(load("profiles", "customer_row"), site=site.name, customer_id=customer_id)
    return None if row is None else told(deps, site, row)


def told(deps: Deps, site: Site, row: Row) -> people.CustomerProfile:
    now_ms = deps.clock.now_ms()
    customer_id, visitor_ids = row["customer_id"], row["visitor_ids"]
    visits = deps.store.rows(load("profiles", "visitor_sessions"), site=site.name, visitor_ids=visitor_ids, customer_id=customer_id)
    wanted = sessions.Wanted(customer_id=customer_id, limit=RECENT)
    recent = sessions.of_visitors(deps.store, site, wanted, now_ms, visitor_ids)
    life, rhythm = sessions.life(row), deps.rhythms.of(site.name)
    stage, log = lifecycle.lifecycle(life, rhythm, now_ms), lifecycle_log.log(life, rhythm, now_ms)
    aside = carts.of_owner(deps.store, site, now_ms, row["cart_ids"])
    money = spent(row["orders"])
    return people.CustomerProfile(
        customer_id=customer_id, site=site.name, lifecycle=CustomerLifecycle(**msgspec.structs.asdict(stage), log=log),
        first_seen=iso(min([row["registered_ms"], *(visit["first_ms"] for visit in visits)])),
        last_seen=iso(max(visit["last_ms"] for visit in visits)) if visits else None,
        visitors=devices(deps.store, site, customer_id, visitor_ids, visits),
        sessions_count=sum(visit["sessions"] for visit in visits),
        orders_count=len(kept(row["orders"])), revenue=money, average_order=average(row["orders"], money),
        last_order_at=last_order(row), interests=interests(deps, site, row, now_ms),
        readiness=readiness.readiness(facts(deps, site, row, aside, recent), now_ms),
        open_cart=aside.get("open"), abandoned_cart=aside.get("abandoned"),
        attributes=msgspec.json.decode(row["attributes"] or "{}"), consent=msgspec.json.decode(row["consent"] or "{}"),
        recent_sessions=[brief(session, site, now_ms) for session in recent], version=row["version"],
    )  # fmt: skip


def visitor(deps: Deps, site: Site, visitor_id: str) -> people.VisitorProfile | None:
    now_ms = deps.clock.now_ms()
    row = deps.store.one(load("profiles", "visitor_row"), site=site.name, visitor_id=visitor_id)
    visits = deps.store.rows(load("profiles", "visitor_sessions"), site=site.name, visitor_ids=[visitor_id], customer_id="")
    if row is None and not visits:
        return None
    recent = sessions.of_visitors(deps.store, site, sessions.Wanted(limit=RECENT), now_ms, [visitor_id])
    aside = carts.of_owner(deps.store, site, now_ms, row["cart_ids"] if row else [])
    claims = claims_of(row) if row else []
    current = next((claim.customer_id for claim in claims if claim.until_at is None), None)
    return people.VisitorProfile(
        visitor_id=visitor_id, site=site.name, status="registered" if current else "anonymous", customer_id=current,
        first_seen=iso(visits[0]["first_ms"]) if visits else None, last_seen=iso(visits[0]["last_ms"]) if visits else None,
        sessions_count=visits[0]["sessions"] if visits else 0, claims=claims, open_cart=aside.get("open"), abandoned_cart=aside.get("abandoned"),
        released=bool(row and row["released"]), recent_sessions=[brief(session, site, now_ms) for session in recent],
        version=max([row["version"] if row else 0, *(session["version"] for session in recent)]),
    )  # fmt: skip


def kept(orders: Sequence[Row]) -> list[Row]:
    return [order for order in orders if order["status"] != "cancelled"]


def spent(orders: Sequence[Row]) -> list[people.Money]:
    """What stayed with the shop, by currency: orders without the cancelled ones, less what was refunded."""
    sums: dict[str, Decimal] = {}
    for order in kept(orders):
        sums[order["currency"]] = sums.get(order["currency"], Decimal(0)) + order["value"] - order["refunded"]
    return [people.Money(known(currency), number(value)) for currency, value in sorted(sums.items())]


def average(orders: Sequence[Row], money: Sequence[people.Money]) -> people.Money | None:
    """Of the currency with the most orders (then the first by name): amounts of different currencies have no average."""
    counts = {each.currency: sum(1 for order in kept(orders) if known(order["currency"]) == each.currency) for each in money}
    if not counts:
        return None
    most = max(money, key=lambda each: counts[each.currency])
    return people.Money(most.currency, number(round(most.value / counts[most.currency], 2)))


def last_order(row: Row) -> str | None:
    times = [at for at, status in zip(row["orders_at_ms"], row["orders_status"], strict=True) if status != "cancelled"]
    return iso(max(times)) if times else None


def interests(deps: Deps, site: Site, row: Row, now_ms: int) -> people.Interests:
    products = deps.store.rows(
        load("profiles", "interests"), site=site.name, visitor_ids=row["visitor_ids"], customer_id=row["customer_id"],
        since_ms=max(0, now_ms - INTERESTS_MS),
    )  # fmt: skip
    by_category: dict[str, people.CategoryInterest] = {}
    for product in products:
        if product["category"]:
            interest = by_category.setdefault(product["category"], people.CategoryInterest(product["category"], 0, 0))
            interest.views += product["views"]
            interest.seen_ms += product["seen_ms"]
    categories = sorted(by_category.values(), key=lambda interest: (-interest.views, -interest.seen_ms, interest.category))
    shown = [people.ProductInterest(product["id"], known(product["name"]), product["views"], product["seen_ms"]) for product in products]
    return people.Interests(categories[:RECENT], shown[:RECENT])


def facts(deps: Deps, site: Site, row: Row, aside: Mapping[str, Cart], recent: Sequence[Row]) -> readiness.Facts:
    cart = max(aside.values(), key=lambda each: each.touched_at, default=None)
    put = readiness.Aside(ms_of_iso(cart.touched_at), cart.value, cart.currency or "") if cart else None
    said = corrections.of_sessions(deps.store, site, recent)
    return readiness.Facts(sessions.life(row).orders_ms, put, readiness.visits(recent, said), bool(row["visitor_ids"]))


def brief(row: Row, site: Site, now_ms: int) -> people.SessionBrief:
    label: Any = row["purpose"] or "information"
    return people.SessionBrief(
        row["session_id"], iso(row["started_ms"]), iso(row["ended_ms"]), sessions.status(row, site, now_ms), label, row["page_views"],
        row["device_type"] or "unknown",
    )  # fmt: skip
