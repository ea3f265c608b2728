"""The carts of one component (owners that meet in a customer or an order), folded from its events (DESIGN.md 3.5).

in   the component's events, each once; who each visitor was; the orders; the site's rules; the time now and the feed's watermark
out  every cart there ever was, and for each visitor the moments at which the cart it saw changed
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from sessionizer.cart import Cart, Horizon, Line, Recovered, Spell
from sessionizer.claims import Claim
from sessionizer.model import ZERO, Event, identifier, in_order, units
from sessionizer.orders import Order
from tracker.sites import Site

CART_TYPES = frozenset({"cart_add", "cart_remove", "cart_set", "checkout"})
VIEWERS_MAX = 200  # an id shared by more visitors than this is nobody's; then only the acting visitor sees the change
Owner = tuple[str, str]  # ("customer", id) or ("visitor", id)


class Moment(NamedTuple):
    """The cart of a visitor's owner after a change; '' and nothing in it where there is none. Units count where this visitor moved them."""

    at_ms: int
    cart_id: str
    value: Decimal
    currency: str
    added: Decimal
    removed: Decimal
    lines: tuple[tuple[str, str, Decimal | None, Decimal], ...]


@dataclass
class Fold:
    site: Site
    claims: Mapping[str, list[Claim]]
    horizon: Horizon
    open: dict[Owner, Cart] = field(default_factory=dict)
    closed: list[Cart] = field(default_factory=list)
    bound: dict[str, str] = field(default_factory=dict)
    viewers: dict[Owner, set[str]] = field(default_factory=lambda: defaultdict(set))
    moments: dict[str, list[Moment]] = field(default_factory=lambda: defaultdict(list))

    def run(self, events: list[Event], orders: list[Order]) -> list[Cart]:
        steps: list[tuple[tuple[int, str], Event | Order]] = [(in_order(event), event) for event in events if event.type != "order"]
        steps += [((order.at_ms, order.event_id), order) for order in orders]
        for _, step in sorted(steps, key=lambda pair: pair[0]):
            self.step(step)
        for owner in list(self.open):
            self.pass_time(owner, self.horizon.now_ms, is_now=True)
        return sorted(self.closed + list(self.open.values()), key=lambda cart: (cart.opened_ms, cart.cart_id))

    def step(self, step: Event | Order) -> None:
        if isinstance(step, Order):
            self.order(step)
        elif step.type == "identify" and step.customer_id and step.visitor_id:
            self.log_in(step)
        elif step.type == "logout" and step.visitor_id:
            self.log_out(step)
        elif step.type in CART_TYPES:
            self.cart_event(step)

    # Who

    def owner(self, event: Event) -> Owner:
        customer = event.customer_id or self.bound.get(event.visitor_id, "")
        return ("customer", customer) if customer else ("visitor", event.visitor_id)

    def log_in(self, event: Event) -> None:
        """The visitor's open cart moves into the customer's; where the customer has none, it simply becomes the customer's."""
        visitor, customer = event.visitor_id, event.customer_id
        if self.bound.get(visitor) == customer:
            return
        before = self.bound.get(visitor, "")
        mine, theirs = ("visitor", visitor), ("customer", customer)
        for owner in (mine, ("customer", before), theirs):  # what the clock did until now was seen by those who looked at it then
            self.pass_time(owner, event.at_ms)
        self.see(visitor, before, customer)
        cart = self.open.pop(mine, None)
        if cart is not None:
            cart.customer_id = customer
            if theirs in self.open:
                merge(self.open[theirs], cart, event.at_ms)
            else:
                self.open[theirs] = cart
            self.note(theirs, event.at_ms, visitor, ZERO, ZERO)
        else:
            self.note_one(visitor, theirs, event.at_ms)

    def log_out(self, event: Event) -> None:
        customer = self.bound.get(event.visitor_id, "")
        if customer:
            self.pass_time(("customer", customer), event.at_ms)
            self.see(event.visitor_id, customer, "")
            self.note_one(event.visitor_id, ("visitor", event.visitor_id), event.at_ms)

    def see(self, visitor: str, before: str, after: str) -> None:
        """From now on this visitor looks at another owner's cart."""
        self.viewers[("customer", before)].discard(visitor)
        if after:
            self.viewers[("customer", after)].add(visitor)
            self.bound[visitor] = after
        else:
            self.bound.pop(visitor, None)

    # What

    def cart_event(self, event: Event) -> None:
        owner = self.owner(event)
        self.pass_time(owner, event.at_ms)
        cart = self.open.get(owner)
        if cart is None:
            if event.type not in ("cart_add", "cart_set") or not any(item.quantity is None or item.quantity > ZERO for item in event.items):
                return
            cart = self.open[owner] = self.new(owner, identifier(self.site.name, event.visitor_id, event.event_id), event.at_ms)
        if event.visitor_id:
            cart.visitors.add(event.visitor_id)
        if cart.spells and has_response_link(event.url):
            cart.came_by_link = True
        added, removed = change(cart, event)
        cart.touch(event.at_ms, event.type)
        if not cart.lines:
            self.close(owner, event.at_ms, "emptied")
        self.note(owner, event.at_ms, event.visitor_id, added, removed)

    def order(self, order: Order) -> None:
        for owner in self.buyers(order):
            self.pass_time(owner, order.at_ms)
            if owner in self.open:
                self.bought(owner, self.open[owner], order)

    def buyers(self, order: Order) -> list[Owner]:
        """Whose carts the order is taken from: its visitor's, its customer's, and those of the visitors that were this customer then.

        The last by the claims, so that a log-in on the thank-you page, or a report by the server, finds the anonymous cart too.
        """
        found: list[Owner] = []
        if order.visitor_id:
            found.append(("visitor", order.visitor_id))
            if order.visitor_id in self.bound:
                found.append(("customer", self.bound[order.visitor_id]))
        if order.customer_id:
            found.append(("customer", order.customer_id))
            covering = (v for v, claims in self.claims.items() if any(c.customer_id == order.customer_id and c.covers(order.at_ms) for c in claims))
            found += [("visitor", visitor) for visitor in sorted(covering)]
        return list(dict.fromkeys(found))

    def bought(self, owner: Owner, cart: Cart, order: Order) -> None:
        taken = cart.bought_by(order)
        for line in taken:
            cart.take(line.id, line.quantity, order.at_ms)
        left = list(cart.lines.values())
        if taken and cart.spells:
            self.recover(owner, cart, order, taken, left)
        elif taken and not left:
            cart.lines = {line.id: line for line in taken}
            self.close(owner, order.at_ms, "bought")
        else:
            cart.touch(order.at_ms, "order")
        self.note(owner, order.at_ms, order.visitor_id, ZERO, ZERO)

    def recover(self, owner: Owner, cart: Cart, order: Order, taken: list[Line], left: list[Line]) -> None:
        """The order closes the cart. What was not bought opens a new one, touched at the order's time."""
        by_link = cart.came_by_link or has_response_link(order.url)
        how = "response" if order.response_code else "link" if by_link else "organic"
        cart.recovered = Recovered(order.at_ms, order.order_id, how, order.value, order.response_code)
        cart.lines = {line.id: line for line in taken}
        self.close(owner, order.at_ms, "recovered")
        if left:
            rest = self.new(owner, identifier(self.site.name, order.event_id, cart.cart_id), order.at_ms)
            rest.lines, rest.currency, rest.visitors = {line.id: line for line in left}, cart.currency, set(cart.visitors)
            self.open[owner] = rest

    def new(self, owner: Owner, cart_id: str, at_ms: int) -> Cart:
        kind, name = owner
        return Cart(cart_id, name if kind == "customer" else "", at_ms, at_ms, self.site.currency)

    def close(self, owner: Owner, at_ms: int, end: str) -> None:
        cart = self.open.pop(owner)
        cart.close(at_ms, end)
        self.closed.append(cart)

    def pass_time(self, owner: Owner, at_ms: int, *, is_now: bool = False) -> None:
        cart = self.open.get(owner)
        if cart is None:
            return
        cart.pass_time(at_ms, self.site, self.horizon, is_now=is_now)
        if cart.end and cart.closed_ms is not None:
            self.closed.append(self.open.pop(owner))
            self.note(owner, cart.closed_ms, "", ZERO, ZERO)

    # What each visitor saw of it

    def note(self, owner: Owner, at_ms: int, actor: str, added: Decimal, removed: Decimal) -> None:
        kind, name = owner
        viewers = {name} if kind == "visitor" else self.viewers[owner]
        if len(viewers) > VIEWERS_MAX:
            viewers = viewers & {actor}
        for visitor in viewers:
            own = visitor == actor
            self.moments[visitor].append(moment(self.open.get(owner), at_ms, added if own else ZERO, removed if own else ZERO))

    def note_one(self, visitor: str, owner: Owner, at_ms: int) -> None:
        cart = self.open.get(owner)
        if cart is not None or self.moments.get(visitor):
            self.moments[visitor].append(moment(cart, at_ms, ZERO, ZERO))


def carts(events: list[Event], claims: Mapping[str, list[Claim]], orders: list[Order], site: Site, horizon: Horizon) -> list[Cart]:
    """Every cart of the component, oldest first: a pure function of the events, the rules and the horizon."""
    return Fold(site, claims, horizon).run(events, orders)


def change(cart: Cart, event: Event) -> tuple[Decimal, Decimal]:
    """What the event does to the content: units that came, units that went."""
    if event.type == "cart_add":
        return sum((cart.put(item, event.currency, event.at_ms) for item in event.items), ZERO), ZERO
    if event.type == "cart_remove":
        return ZERO, sum((cart.put_back(item.id, item.quantity, event.at_ms) for item in event.items), ZERO)
    if event.type == "cart_set":
        return cart.replace(event.items, event.currency, event.at_ms)
    cart.advance(event.step, event.step_name)
    return ZERO, ZERO


def merge(into: Cart, other: Cart, at_ms: int) -> None:
    """Two open carts become one, as if they had been one: of each item the newer quantity wins, and so does the younger touch.

    An abandonment of the cart touched earlier ends with the other's later touch; one that the later touch would have prevented never was.
    """
    newer, older = (other, into) if other.touched_ms > into.touched_ms else (into, other)
    for line in other.lines.values():
        if line.id not in into.lines or line.changed_ms > into.lines[line.id].changed_ms:
            into.lines[line.id] = line
    into.lines = dict(sorted(into.lines.items()))
    if older.spell:
        older.end_spell(newer.touched_ms if newer.spell else at_ms, "identify")
        if newer.spell and older.spells[-1].at_ms >= newer.touched_ms:
            older.spells.pop()
    into.spells = sorted(older.spells + newer.spells, key=lambda spell: spell.at_ms)
    for gone in other.removed.values():
        into.note_removed(gone)
    into.currency, into.touched_ms = newer.currency, newer.touched_ms
    into.stage = max(into.stage, other.stage, key=("cart", "checkout", "payment").index)
    into.visitors |= other.visitors
    into.came_by_link = into.came_by_link or other.came_by_link
    if other.next_ms is not None:
        into.expect(other.next_ms)


def moment(cart: Cart | None, at_ms: int, added: Decimal, removed: Decimal) -> Moment:
    if cart is None:
        return Moment(at_ms, "", ZERO, "", units(added), units(removed), ())
    lines = tuple((line.id, line.name, line.price, line.quantity) for line in cart.lines.values())
    return Moment(at_ms, cart.cart_id, cart.value, cart.currency, units(added), units(removed), lines)


def has_response_link(url: str) -> bool:
    """The visitor came by a link of a response list: the address carries rc=…"""
    return "rc=" in url and "rc" in parse_qs(urlsplit(url).query)


__all__ = ["Fold", "Moment", "Spell", "carts", "merge"]
