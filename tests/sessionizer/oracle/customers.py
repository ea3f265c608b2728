"""Customers and their orders (docs/carts.md, "Orders"; decision 0005).

in   the events of the site in order of time
out  orders, each once, with what became of them; who is known, since when, with which browsers
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.sessionizer.oracle.events import Event, ms
from tests.sessionizer.oracle.identity import Identity

FOLDED = {"cart_add", "cart_set", "cart_remove", "checkout", "order", "identify", "logout", "consent"}
LATER = {"order_updated": "updated", "order_cancelled": "cancelled", "refund": "refunded"}


@dataclass
class Order:
    first: Event  # the first report: when it was, what was in it
    customer: str
    visitor: str  # in whose session it counts
    heard: int  # when, for that session
    value: Decimal
    response: str = ""  # the code that a report of it names
    url: str = ""
    later: list[Event] = field(default_factory=list)
    status: str = "placed"
    refunded: Decimal = Decimal(0)


@dataclass
class Customer:
    registered: int
    visitors: set[str] = field(default_factory=set)
    attributes: dict[str, Any] = field(default_factory=dict)  # of each the later word counts


def orders(events: list[Event], identity: Identity) -> dict[str, Order]:
    """ "one per (site, order_id), the first wins, whoever reports it; updates, cancellations and refunds refer to it" """
    reports: dict[str, list[Event]] = {}
    for e in sorted(events, key=lambda e: (ms(e.row["received_at"]), e.at, e.id)):
        if e.type == "order":
            reports.setdefault(e.order_id, []).append(e)
    later = [e for e in events if e.type in LATER]
    return {order_id: order(found, [e for e in later if e.order_id == order_id], events, identity) for order_id, found in reports.items()}


def order(reports: list[Event], later: list[Event], events: list[Event], identity: Identity) -> Order:
    first = reports[0]
    named = next((e.customer for e in reports if e.customer), "")
    pages = [e.visitor for e in reports if e.visitor and not e.by_server] + [e.visitor for e in reports if e.visitor]
    visitor = pages[0] if pages else last_heard(named, first.at, events, identity)
    worth = next((e.value for e in reversed(later) if e.type == "order_updated" and e.value is not None), first.value) or Decimal(0)
    # 0005: a refund that names nothing gives all of it back, and never more than its worth
    back = sum((worth if e.value is None else e.value for e in later if e.type == "refund"), Decimal(0))
    status = LATER[later[-1].type] if later else "placed"
    response = next((str(e.props["response_code"]) for e in reports if e.props.get("response_code")), "")
    url = next((e.url for e in reports if e.url), "")
    heard = next((e.at for e in reports if e.visitor and not e.by_server), first.at)  # in the visit whose page told of it
    return Order(first, named or identity.who(visitor, first.at), visitor, heard, worth, response, url, later, status, min(worth, back))


def last_heard(customer: str, at: int, events: list[Event], identity: Identity) -> str:
    """0005: that visitor of the customer who last did something the folds know; who was somebody else then is not this customer."""
    known = [e for e in events if e.type in FOLDED and not e.by_server and e.visitor and identity.who(e.visitor, at) == customer]
    before = [e for e in known if e.at <= at]
    if before:
        return max(before, key=lambda e: (e.at, e.visitor)).visitor
    return min(known, key=lambda e: (e.at, e.visitor)).visitor if known else ""


def customers(events: list[Event], identity: Identity) -> dict[str, Customer]:
    found: dict[str, Customer] = {}
    for e in events:
        if e.customer and (e.type in FOLDED or e.type in LATER or e.type == "response"):
            customer = found.setdefault(e.customer, Customer(e.at))
            customer.attributes |= e.props.get("traits", {}) if e.type == "identify" else {}
    for visitor, claims in identity.claims.items():
        for claim in claims:
            found[claim.customer].visitors.add(visitor)
    return found
