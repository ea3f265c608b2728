"""What the oracle says, in the words of the tables.

in   rows of one site, its rules, the time now
out  sessions, carts, customers, claims as plain dicts; times in ms, ids of sessions and carts apart
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from typing import Any

from tests.sessionizer.oracle.cart import Cart
from tests.sessionizer.oracle.carts import Carts, feed_watermark
from tests.sessionizer.oracle.customers import Customer, Order, customers, orders
from tests.sessionizer.oracle.events import Event, Row, Rules, each_once, visitors_of
from tests.sessionizer.oracle.identity import Identity
from tests.sessionizer.oracle.sessions import Session, engaged_ms, is_own_act, ladder, sessions_of_visitor
from tests.sessionizer.oracle.sources import source

STAGES = ("cart", "checkout", "payment")


def told(rows: Iterable[Row], rules: Rules, now: int) -> dict[str, list[Row]]:
    return Telling(each_once(rows), rules, now).all()


class Telling:
    def __init__(self, events: list[Event], rules: Rules, now: int) -> None:
        self.events, self.rules, self.now = events, rules, now
        self.identity = Identity(events, rules)
        self.feed = feed_watermark(events)
        self.orders = orders(events, self.identity)
        self.carts = self.carts_at(now)

    def carts_at(self, now: int) -> Carts:
        return Carts(self.identity, self.rules, self.feed, self.orders).play(self.events, now)

    def all(self) -> dict[str, list[Row]]:
        return {
            "sessions": [self.session(s) for _, acts in sorted(visitors_of(self.events).items()) for s in sessions_of_visitor(acts, self.rules)],
            "carts": sorted((self.cart(cart) for cart in self.carts.all), key=repr),
            "claims": [claim.__dict__ | {"visitor": v} for v, claims in sorted(self.identity.claims.items()) for claim in claims],
            "customers": [self.customer(name, c) for name, c in sorted(customers(self.events, self.identity).items())],
        }

    def session(self, s: Session) -> Row:
        claim = self.identity.of_session(s.visitor, s.started, s.ended)
        views = s.of_type("page_view")
        acts = sorted((e for e in s.events if e.url and is_own_act(e)), key=lambda e: (e.at, e.id))
        channel, campaign, medium = source(views)
        return {
            "visitor_id": s.visitor,
            "started_ms": s.started,
            "ended_ms": s.ended,
            "customer_id": claim.customer if claim else "",
            "identified_ms": claim.identified if claim else 0,
            "page_views": len(views),
            "events": len(s.events),
            "engaged_ms": engaged_ms(s),
            "searches": [query for query, _ in groupby(e.row["query"] for e in s.of_type("search"))],
            "urls": (acts[0].url, acts[-1].url) if acts else ("", ""),
            "source": (channel, campaign, medium),
            "products": self.products(s),
            "content": sorted((*thing, tuple(rungs.values())) for thing, rungs in ladder(s, "promotion", "editorial", "category").items()),
            "cart": self.cart_of_session(s),
            "purchases": sorted(self.purchase(o, o.heard) for o in self.orders.values() if self.is_of(o, s)),
        }

    def products(self, s: Session) -> list[tuple[Any, ...]]:
        rungs = {name: tuple(found.values()) for (_, name), found in ladder(s, "product").items()}
        views = [i.id for e in s.of_type("product_view") for i in e.items]
        return sorted((name, views.count(name), rungs.get(name, (0, 0, 0, 0))) for name in {*rungs, *views})

    def cart_of_session(self, s: Session) -> Row:
        """4.3: the content of the owner's cart when the session ended."""
        then = self.carts_at(s.ended)
        customer = then.logged_in.get(s.visitor, "")
        cart = then.open_cart(f"c:{customer}" if customer else f"v:{s.visitor}", s.ended)
        moved = [self.carts.moved[e.id] for e in s.events if e.id in self.carts.moved]
        return {
            "items": contents(cart) if cart else [],
            "value": cart.value if cart else Decimal(0),
            "added": sum(put for put, _ in moved),
            "removed": sum(taken for _, taken in moved),
        }

    def is_of(self, order: Order, s: Session) -> bool:
        return order.visitor == s.visitor and s.started <= order.heard <= s.ended

    def purchase(self, order: Order, at: int) -> tuple[Any, ...]:
        return order.first.order_id, at, order.value, order.status

    def cart(self, cart: Cart) -> Row:
        return {
            "customer_id": cart.owner[2:] if cart.owner.startswith("c:") else None,
            "visitor_ids": sorted(cart.visitors),
            "state": cart.state,
            "stage": STAGES[cart.stage],
            "items": contents(cart),
            "items_count": cart.items_count,
            "value": cart.value,
            "removed_items": sorted((line.changed, line.id, line.quantity) for line in cart.removed.values()),
            "opened_at": cart.opened,
            "touched_at": cart.touched,
            "closed_at": cart.closed,
            "abandonments": sorted(((s.at, s.until, s.ended_by) for s in cart.spells), key=repr),
            "recovered": cart.recovered,
            "history": cart.history,
            "item_ids": sorted(cart.lines),
            "item_bought_at": self.bought_at(cart),
        }

    def bought_at(self, cart: Cart) -> int | None:
        """When the owner last bought any of the items in it; what was cancelled was not bought (0017)."""
        mine = [o for o in self.orders.values() if (o.customer == cart.owner[2:] if cart.owner.startswith("c:") else o.visitor in cart.visitors)]
        return max((o.first.at for o in mine if o.status != "cancelled" and {i.id for i in o.first.items} & cart.lines.keys()), default=None)

    def customer(self, name: str, customer: Customer) -> Row:
        own = [(*self.purchase(o, o.first.at), o.refunded) for o in self.orders.values() if o.customer == name]
        return {
            "customer_id": name,
            "registered_ms": customer.registered,
            "attributes": customer.attributes,
            "visitor_ids": sorted(customer.visitors),
            "orders": sorted(own),
        }


def contents(cart: Cart) -> list[tuple[Any, ...]]:
    return sorted((line.id, line.price, line.quantity) for line in cart.lines.values())
