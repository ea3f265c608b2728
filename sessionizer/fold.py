"""From the events of one component to its rows of `visitors`, `carts` and `customers`: pure, no I/O.

in   events of owners that meet in a customer or an order (components.py), the site's rules, the horizon
out  Rows, each a dict as the table takes it, without version, content_hash and built_at
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sessionizer.cart import Cart, Horizon
from sessionizer.carts import Fold
from sessionizer.claims import Claim, claims
from sessionizer.documents import Row, cart_row, customer_row, visitor_row
from sessionizer.model import Event, each_once
from sessionizer.orders import Order, orders
from sessionizer.people import CONSENT_TYPES
from tracker.sites import Site


@dataclass
class Rows:
    visitors: dict[str, Row] = field(default_factory=dict)
    carts: dict[str, Row] = field(default_factory=dict)
    customers: dict[str, Row] = field(default_factory=dict)

    def add(self, other: Rows) -> None:
        self.visitors.update(other.visitors)
        self.carts.update(other.carts)
        self.customers.update(other.customers)


def fold(copies: list[Event], site: Site, horizon: Horizon) -> Rows:
    events = each_once(copies)
    if not any(event.type != "page_view" for event in events):
        return Rows()  # of a link in a message, which says something of a cart, and there is none
    claimed = claims_of(events, site)
    found = orders(events, claimed, site.currency)
    folding = Fold(site, claimed, horizon)
    carts = folding.run(events, found)
    customers = sorted({event.makes_known for event in events} - {""})
    members = {customer: frozenset(v for v, cs in claimed.items() if any(c.customer_id == customer for c in cs)) for customer in customers}
    cart_ids = cart_ids_of(carts, members)
    orders_of: dict[str, list[Order]] = defaultdict(list)
    for order in found:
        orders_of[order.visitor_id].append(order)
    released = {event.visitor_id for event in events if event.type == "release"}
    rows = Rows()
    for visitor, own in sorted(claimed.items()):
        moments = folding.moments.get(visitor, [])
        here = orders_of[visitor]
        rows.visitors[visitor] = visitor_row(site, visitor, own, moments, here, released=visitor in released, cart_ids=cart_ids[visitor])
    about_consent = [event for event in events if event.type in CONSENT_TYPES]
    for cart in carts:
        rows.carts[cart.cart_id] = cart_row(site, cart, about_consent, members, found)
    for customer in customers:
        rows.customers[customer] = customer_row(site, customer, members[customer], events, found, cart_ids["c:" + customer])
    return rows


def claims_of(events: list[Event], site: Site) -> dict[str, list[Claim]]:
    said: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.visitor_id:
            own = said[event.visitor_id]
            if event.type in ("identify", "logout"):
                own.append(event)
    return {visitor: claims(own, site.claim_back_s) for visitor, own in said.items()}


def cart_ids_of(carts: list[Cart], members: dict[str, frozenset[str]]) -> dict[str, list[str]]:
    """visitor, or 'c:' customer -> the carts a later fold must ask for."""
    found: dict[str, set[str]] = defaultdict(set)
    for cart in carts:
        for visitor in cart.visitors:
            found[visitor].add(cart.cart_id)
        if cart.customer_id:
            for owner in (*members.get(cart.customer_id, ()), "c:" + cart.customer_id):
                found[owner].add(cart.cart_id)
    return defaultdict(list, {owner: sorted(ids) for owner, ids in found.items()})
