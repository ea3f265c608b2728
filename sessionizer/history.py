"""The history of a cart: every change of it with who did it, when, and which event caused it.

in   what the fold told of events and orders (cart.entries); what the clock did: spells, and the end
out  [at_ms, what, who, visitor_id, event_id, details], oldest first, as `carts.history` keeps it; profiles/cart_history.py makes sentences of it
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sessionizer.model import FOREVER_MS, Event

if TYPE_CHECKING:
    from sessionizer.cart import Cart, Line
    from sessionizer.orders import Order

Details = dict[str, Any]
# what: opened | added | removed | set | stage | checkout | returned | logged_in | merged | response | link | ordered | partly_bought | bought
#       recovered | emptied | order_updated | order_cancelled | order_refunded; by the clock: abandoned | lost; where there is no room: left_out
# who:  visitor | customer | server | clock
Entry = tuple[int, str, str, str, str, Details]
FIRST_KEPT, LAST_KEPT = 50, 450  # of a cart that a program plays with, the middle is left out
ANSWERS = frozenset({"response", "link"})
NEWS = {"order_updated": "order_updated", "order_cancelled": "order_cancelled", "refund": "order_refunded"}


def who_did(event: Event, owner_kind: str) -> str:
    return "server" if event.source == "server" else owner_kind


def by_event(event: Event, what: str, who: str, details: Details) -> Entry:
    return (event.at_ms, what, who, event.visitor_id, event.event_id, details)


def by_order(order: Order, what: str, details: Details) -> Entry:
    who = "server" if order.by_server else "customer" if order.customer_id else "visitor"
    return (order.at_ms, what, who, order.visitor_id, order.event_id, {"order_id": order.order_id, **details})


def news(order: Order) -> list[Entry]:
    """What became of an order later: the carts it was taken from tell it, and stay what they are."""
    who = "customer" if order.customer_id else "visitor"
    told = [(event, {"order_id": order.order_id} | ({} if event.value is None else {"value": event.value})) for event in order.later]
    return [by_event(event, NEWS[event.type], who_did(event, who), details) for event, details in told]


def contents(lines: list[Line]) -> Details:
    return {"items": [(line.id, line.name, line.price, line.quantity) for line in lines]} if lines else {}


def answers(cart: Cart) -> list[Entry]:
    """What brought its owner back once it had been abandoned: codes, and links of messages; said again, it is told once."""
    since_ms = cart.spells[0].at_ms if cart.spells else FOREVER_MS
    told: list[Entry] = []
    for entry in cart.entries:
        if entry[1] in ANSWERS and entry[0] >= since_ms and not (told and told[-1][1] == entry[1] and told[-1][5] == entry[5]):
            told.append(entry)
    return told


def history(cart: Cart) -> list[Entry]:
    """At equal times the clock comes first: at exactly the cut-off a cart is abandoned, whatever happens then."""
    entries = cart.entries
    if any(entry[1] in ANSWERS for entry in entries):
        told = {id(entry) for entry in answers(cart)}
        entries = [entry for entry in entries if entry[1] not in ANSWERS or id(entry) in told]
    if cart.spells:
        entries = [by_clock(spell.at_ms, "abandoned", {}) for spell in cart.spells] + entries
    if cart.end == "lost" and cart.closed_ms is not None:
        entries = [*entries, by_clock(cart.closed_ms, "lost", {})]
    if entries is not cart.entries or cart.news:
        entries = sorted(entries + cart.news, key=at)
    if len(entries) > FIRST_KEPT + LAST_KEPT:
        left_out = by_clock(entries[FIRST_KEPT][0], "left_out", {"count": len(entries) - FIRST_KEPT - LAST_KEPT})
        entries = [*entries[:FIRST_KEPT], left_out, *entries[-LAST_KEPT:]]
    return entries


def by_clock(at_ms: int, what: str, details: Details) -> Entry:
    return (at_ms, what, "clock", "", "", details)


def at(entry: Entry) -> int:
    return entry[0]
