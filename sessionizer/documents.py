"""The rows of `visitors`, `carts` and `customers`, made of what the folds found.

in   claims, carts, moments, orders, facts
out  dicts as the tables take them, without version, content_hash and built_at; carts with their JSON document
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from sessionizer.cart import Cart, Removed, Spell
from sessionizer.claims import Claim
from sessionizer.history import history
from sessionizer.model import KEPT, Event, Item, mark, money, plain, seconds, units
from sessionizer.moments import Moment
from sessionizer.orders import Order
from sessionizer.people import Consent, attributes, consents, lifecycle, marketing
from tracker.clock import iso
from tracker.sites import Site

Row = dict[str, Any]
NUMBERS = msgspec.json.Encoder(decimal_format="number")
TEXT = msgspec.json.Encoder()


def visitor_row(
    site: Site, visitor: str, claimed: list[Claim], moments: list[Moment], found: list[Order], *, released: bool, cart_ids: list[str]
) -> Row:
    claim_rows = [TEXT.encode(claim_row(claim)) for claim in claimed]
    moment_rows = [TEXT.encode(moment_row(moment)) for moment in moments]
    order_rows = [TEXT.encode(order_row(order, order.heard_ms)) for order in found]
    times = [claim.from_ms for claim in claimed] + [moment.at_ms for moment in moments] + [order.heard_ms for order in found]
    marks = [{"at": seconds(at_ms), "mark": mark(row)} for at_ms, row in zip(times, claim_rows + moment_rows + order_rows, strict=True)]
    marks += [{"at": seconds(0), "mark": 1}] if released else []
    return {
        "site": site.name,
        "visitor_id": visitor,
        "claims": [msgspec.Raw(row) for row in claim_rows],
        "cart_moments": [msgspec.Raw(row) for row in moment_rows],
        "orders": [msgspec.Raw(row) for row in order_rows],
        "released": released,
        "cart_ids": cart_ids,
        "marks": marks,
    }


def claim_row(claim: Claim) -> Row:
    return {
        "from_at": seconds(claim.from_ms),
        "until_at": seconds(claim.until_ms),
        "customer_id": claim.customer_id,
        "identified_at": seconds(claim.identified_at_ms),
        "how": claim.how,
        "event_id": claim.event_id,
    }


def moment_row(moment: Moment) -> Row:
    return {
        "at": seconds(moment.at_ms),
        "cart_id": moment.cart_id,
        "value": moment.value,
        "currency": moment.currency,
        "added": moment.added,
        "removed": moment.removed,
        "items": [{"id": i, "name": name, "price": price, "quantity": quantity} for i, name, price, quantity in moment.lines],
    }


def order_row(order: Order, at_ms: int) -> Row:
    return {
        "order_id": order.order_id,
        "at": seconds(at_ms),
        "value": order.value,
        "currency": order.currency,
        "status": order.status,
        "items": [bought_item(item) for item in order.items],
    }


def bought_item(item: Item) -> Row:
    quantity = units(item.quantity) if item.quantity is not None else Decimal(1)
    return {"id": item.id, "name": item.name, "price": None if item.price is None else money(item.price), "quantity": quantity}


def cart_row(site: Site, cart: Cart, events: list[Event], members: dict[str, frozenset[str]], found: list[Order]) -> Row:
    owners = cart.visitors | members.get(cart.customer_id, frozenset())
    consent = marketing(consents(events, frozenset(owners), cart.customer_id)) if events else None
    document = cart_document(site, cart, consent)
    return {
        "site": site.name,
        "cart_id": cart.cart_id,
        "customer_id": cart.customer_id,
        "visitor_ids": document["owner"]["visitor_ids"],
        "state": document["state"],
        "stage": cart.stage,
        "items_count": document["items_count"],
        "value": document["value"],
        "currency": cart.currency,
        "opened_at": seconds(cart.opened_ms),
        "touched_at": seconds(cart.touched_ms),
        "abandoned_at": None if cart.abandoned_ms is None else seconds(cart.abandoned_ms),
        "closed_at": None if cart.closed_ms is None else seconds(cart.closed_ms),
        "next_at": None if cart.next_ms is None else seconds(cart.next_ms),
        "doc": NUMBERS.encode(document).decode(),
        "item_ids": list(cart.lines),
        "categories": with_above(frozenset({line.category for line in cart.lines.values() if line.category})),
        "marketing": document["consent"]["marketing"],
        "item_bought_at": bought_at(cart, found),
        "response_code": cart.recovered.response_code if cart.recovered else "",
        "history": msgspec.Raw(NUMBERS.encode(history(cart))),  # the column is a text: it takes the JSON as it is
    }


@lru_cache(KEPT)
def with_above(names: frozenset[str]) -> list[str]:
    """Categories, with what is above: coffee/beans is also coffee."""
    found = set(names)
    for name in names:
        found.update(name[:place] for place, sign in enumerate(name) if sign == "/" and place)
    return sorted(found)


def bought_at(cart: Cart, found: list[Order]) -> str | None:
    """When its owner last bought any of the items in the cart: the customer, or where nobody is known one of its visitors."""
    times = []
    for order in found:
        is_own = order.customer_id == cart.customer_id if cart.customer_id else order.visitor_id in cart.visitors
        if is_own and order.status != "cancelled" and any(item.id in cart.lines for item in order.items):
            times.append(order.at_ms)
    return seconds(max(times)) if times else None


def cart_document(site: Site, cart: Cart, consent: Consent | None) -> Row:
    """The cart of the outer interface, but for what is added when it is read: version, session_ids, source, suppressed."""
    return {
        "cart_id": cart.cart_id,
        "site": site.name,
        "owner": {"customer_id": cart.customer_id or None, "visitor_ids": sorted(cart.visitors)},
        "state": cart.state,
        "stage": cart.stage,
        "items": [line_document(line.id, line.name, line.price, line.quantity) for line in cart.lines.values()],
        "removed_items": [removed_document(gone) for gone in sorted(cart.removed.values(), key=lambda gone: (gone.at_ms, gone.id))],
        "items_count": cart.items_count,
        "value": cart.value,
        "currency": cart.currency,
        "opened_at": iso(cart.opened_ms),
        "touched_at": iso(cart.touched_ms),
        "abandoned_at": iso_or_none(cart.abandoned_ms),
        "abandonments": [spell_document(spell) for spell in cart.spells],
        "closed_at": iso_or_none(cart.closed_ms),
        "recovered": recovered_document(cart),
        "consent": consent_document(consent),
    }


def consent_document(consent: Consent | None) -> Row:
    """May this owner be written to; null = nobody said."""
    if consent is None:
        return {"marketing": None, "at": None, "how": None}
    return {"marketing": consent.granted, "at": iso(consent.at_ms), "how": consent.how}


def line_document(item_id: str, name: str, price: Decimal | None, quantity: Decimal) -> Row:
    return {"id": item_id, "name": name, "price": None if price is None else plain(price), "quantity": plain(quantity)}


def removed_document(gone: Removed) -> Row:
    return line_document(gone.id, gone.name, gone.price, gone.quantity) | {"at": iso(gone.at_ms)}


def spell_document(spell: Spell) -> Row:
    return {"at": iso(spell.at_ms), "until": iso_or_none(spell.until_ms), "ended_by": spell.ended_by}


def recovered_document(cart: Cart) -> Row | None:
    if cart.recovered is None:
        return None
    found = cart.recovered
    return {"at": iso(found.at_ms), "order_id": found.order_id, "how": found.how, "value": found.value}


def iso_or_none(at_ms: int | None) -> str | None:
    return None if at_ms is None else iso(at_ms)


def customer_row(site: Site, customer: str, visitors: frozenset[str], events: list[Event], found: list[Order], cart_ids: list[str]) -> Row:
    own = [order for order in found if order.customer_id == customer]
    stage = lifecycle(events, customer)
    consent = consents(events, visitors, customer)
    return {
        "site": site.name,
        "customer_id": customer,
        "visitor_ids": sorted(visitors),
        "registered_at": seconds(min(event.at_ms for event in events if event.makes_known == customer)),
        "orders": [order_row(order, order.at_ms) | {"refunded": order.refunded} for order in own],
        "attributes": NUMBERS.encode(attributes(events, customer)).decode(),
        "lifecycle": stage.stage,
        "lifecycle_at": seconds(stage.at_ms),
        "consent": TEXT.encode({p: {"granted": c.granted, "at": iso(c.at_ms), "how": c.how} for p, c in consent.items()}).decode(),
        "cart_ids": cart_ids,
    }
