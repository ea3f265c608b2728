"""The orders of one component: each once, with what became of it and whose it is (docs/carts.md).

in   order, order_updated, order_cancelled and refund events; the claims of the component's visitors
out  [Order], oldest first
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sessionizer.claims import Claim, customer_at
from sessionizer.model import ZERO, Event, Item, in_order, money

STATUS = {"order_updated": "updated", "order_cancelled": "cancelled", "refund": "refunded"}


@dataclass(frozen=True, slots=True)
class Order:
    order_id: str
    event_id: str
    at_ms: int
    value: Decimal
    currency: str
    items: tuple[Item, ...]
    status: str  # placed | updated | cancelled | refunded
    refunded: Decimal
    visitor_id: str  # in whose session it counts; '' = in nobody's
    heard_ms: int  # when, for that session: a page that told of it was there then, whatever the server's clock says
    customer_id: str  # '' = anonymous
    response_code: str
    url: str
    by_server: bool = False
    later: tuple[Event, ...] = ()  # what became of it, oldest first


def by_report(event: Event) -> tuple[int, int, str]:
    """The first report of an order wins, whoever sent it."""
    return (event.received_ms, event.at_ms, event.event_id)


def orders(events: list[Event], claims: Mapping[str, list[Claim]], currency: str) -> list[Order]:
    reports: dict[str, list[Event]] = defaultdict(list)
    later: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.type == "order":
            reports[event.order_id or event.event_id].append(event)
        elif event.type in STATUS:
            later[event.order_id].append(event)
    found = [one(sorted(same, key=by_report), sorted(later[order_id], key=in_order), events, claims, currency) for order_id, same in reports.items()]
    return sorted(found, key=lambda order: (order.at_ms, order.event_id))


def one(reports: list[Event], later: list[Event], events: list[Event], claims: Mapping[str, list[Claim]], currency: str) -> Order:
    first = reports[0]
    named = next((event.customer_id for event in reports if event.customer_id), "")
    visitor = reporter(reports) or (visitor_of(named, first.at_ms, events, claims) if named else "")
    customer = named or customer_at(claims.get(visitor, []), first.at_ms)
    amended = next((event for event in reversed(later) if event.type == "order_updated" and event.value is not None), first)
    value = money(amended.value if amended.value is not None else total(first.items))
    code = next((str(code) for event in reports if (code := event.properties().get("response_code"))), "")
    return Order(
        order_id=first.order_id or first.event_id,
        event_id=first.event_id,
        at_ms=first.at_ms,
        value=value,
        currency=amended.currency or first.currency or next((item.currency for item in first.items if item.currency), currency),
        items=first.items,
        status=STATUS[later[-1].type] if later else "placed",
        refunded=min(value, money(sum((given_back(event, value) for event in later if event.type == "refund"), ZERO))),
        visitor_id=visitor,
        heard_ms=next((event.at_ms for event in reports if event.visitor_id and event.is_page), first.at_ms),
        customer_id=customer,
        response_code=code,
        url=next((event.url for event in reports if event.url), ""),
        by_server=not first.is_page,
        later=tuple(later),
    )


def reporter(reports: list[Event]) -> str:
    """The visitor whose page told of the order, even where the server was quicker; else the one the server names."""
    pages = [event.visitor_id for event in reports if event.visitor_id and event.is_page]
    return next(iter(pages), "") or next((event.visitor_id for event in reports if event.visitor_id), "")


def visitor_of(customer_id: str, at_ms: int, events: list[Event], claims: Mapping[str, list[Claim]]) -> str:
    """Of the visitors that were this customer then, the one heard last before the order; the first one heard where none was before it."""
    mine = {visitor for visitor, found in claims.items() if customer_at(found, at_ms) == customer_id}
    heard = [(event.at_ms, event.visitor_id) for event in events if event.visitor_id in mine and event.is_page and event.type != "page_view"]
    before = [moment for moment in heard if moment[0] <= at_ms]
    if before:
        return max(before)[1]
    return min(heard)[1] if heard else ""


def given_back(refund: Event, value: Decimal) -> Decimal:
    """A refund names its value, or the items that came back; one that names nothing gives back everything."""
    return refund.value if refund.value is not None else total(refund.items) or value


def total(items: tuple[Item, ...]) -> Decimal:
    """What an order without a value is worth by its items; no quantity counts as one."""
    return sum((item.price * (item.quantity if item.quantity is not None else 1) for item in items if item.price is not None), ZERO)
