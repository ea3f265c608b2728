"""The carts of one component (owners that meet in a customer or an order), folded from its events (docs/carts.md).

in   the component's events, each once; who each visitor was; the orders; the site's rules; the time now and the feed's watermark
out  every cart there ever was, and for each visitor the moments at which the cart it saw changed
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sessionizer.answering import code_in, is_by_message, is_telling, one_form
from sessionizer.cart import Cart, Horizon, Line, Recovered, Spell
from sessionizer.changes import change, heed, merge
from sessionizer.claims import Claim, customer_at
from sessionizer.history import Details, answers, by_event, by_order, contents, news, who_did
from sessionizer.model import ZERO, Event, identifier, in_order
from sessionizer.moments import Moment, moment
from sessionizer.orders import Order
from tracker.sites import Site

CART_TYPES = frozenset({"cart_add", "cart_remove", "cart_set", "checkout"})
ANSWERS = frozenset({"page_view", "response"})
VIEWERS_MAX = 200  # an id shared by more visitors than this is nobody's; then only the acting visitor sees the change
Owner = tuple[str, str]  # ("customer", id) or ("visitor", id)


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
        steps: list[Event | Order] = [event for event in events if event.type != "order"]
        for step in sorted([*steps, *orders], key=in_order):
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
        elif step.type in ANSWERS:
            self.answer(step)

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
            who = who_did(event, "customer")
            if theirs in self.open:
                merge(self.open[theirs], cart, event.at_ms)
                self.open[theirs].entries.append(by_event(event, "merged", who, {"customer_id": customer, "cart_id": cart.cart_id}))
            else:
                self.open[theirs] = cart
                cart.entries.append(by_event(event, "logged_in", who, {"customer_id": customer}))
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
        who = who_did(event, owner[0])
        if cart is None:
            if event.type not in ("cart_add", "cart_set") or not any(item.quantity is None or item.quantity > ZERO for item in event.items):
                return
            cart = self.open[owner] = self.new(owner, identifier(self.site.name, event.visitor_id, event.event_id), event.at_ms)
            cart.entries.append(by_event(event, "opened", who, {}))
        if event.visitor_id:
            cart.visitors.add(event.visitor_id)
        if is_telling(event.url):
            heed(cart, event, who)
        if cart.spell:
            cart.entries.append(by_event(event, "returned", who, {}))
        added, removed = change(cart, event, who)
        cart.touch(event.at_ms, event.type)
        if not cart.lines:
            self.close(owner, event.at_ms, "emptied")
            cart.entries.append(by_event(event, "emptied", who, {}))
        self.note(owner, event.at_ms, event.visitor_id, added, removed)

    def answer(self, event: Event) -> None:
        """Somebody came by a link, or the company says that they answered. That touches nothing, but may say why a cart came back."""
        customer = event.customer_id or customer_at(self.claims.get(event.visitor_id, []), event.at_ms)  # who comes by a mail logs in afterwards
        for owner in self.owners(event.visitor_id, customer, event.at_ms):
            self.pass_time(owner, event.at_ms)
            if owner in self.open:
                heed(self.open[owner], event, who_did(event, owner[0]))

    def order(self, order: Order) -> None:
        for owner in self.owners(order.visitor_id, order.customer_id, order.at_ms):
            self.pass_time(owner, order.at_ms)
            if owner in self.open:
                self.bought(owner, self.open[owner], order)

    def owners(self, visitor_id: str, customer_id: str, at_ms: int) -> list[Owner]:
        """Whose carts an order or a response is about: its visitor's, its customer's, and those of the visitors that were this customer then.

        The last by the claims, so that a log-in on the thank-you page, or a report by the server, finds the anonymous cart too.
        """
        found: list[Owner] = []
        if visitor_id:
            found.append(("visitor", visitor_id))
            if visitor_id in self.bound:
                found.append(("customer", self.bound[visitor_id]))
        if customer_id:
            found.append(("customer", customer_id))
            covering = (v for v, claims in self.claims.items() if any(c.customer_id == customer_id and c.covers(at_ms) for c in claims))
            found += [("visitor", visitor) for visitor in sorted(covering)]
        return list(dict.fromkeys(found))

    def bought(self, owner: Owner, cart: Cart, order: Order) -> None:
        taken = cart.bought_by(order)
        for line in taken:
            cart.take(line.id, line.quantity, order.at_ms)
        left = list(cart.lines.values())
        was_abandoned = cart.spell is not None
        if taken and cart.spells:
            self.recover(owner, cart, order, taken, left)
        elif taken and not left:
            cart.lines = {line.id: line for line in taken}
            self.close(owner, order.at_ms, "bought")
        else:
            cart.touch(order.at_ms, "order")
        self.tell_order(cart, order, taken, was_abandoned=was_abandoned)
        self.note(owner, order.at_ms, order.visitor_id, ZERO, ZERO)

    def tell_order(self, cart: Cart, order: Order, taken: list[Line], *, was_abandoned: bool) -> None:
        if was_abandoned and not cart.end:
            cart.entries.append(by_order(order, "returned", {}))
        said: Details = contents(taken)
        if found := cart.recovered:
            said |= {"how": found.how, "response_code": found.response_code, "value": found.value}
        cart.entries.append(by_order(order, cart.end or ("partly_bought" if taken else "ordered"), said))
        if taken and order.later:
            cart.news += news(order)

    def recover(self, owner: Owner, cart: Cart, order: Order, taken: list[Line], left: list[Line]) -> None:
        """The order closes the cart. What was not bought opens a new one, touched at the order's time."""
        came_by = answers(cart)
        codes = [details["response_code"] for _, what, _, _, _, details in came_by if what == "response"]
        code = one_form(order.response_code) or code_in(order.url) or (codes[-1] if codes else "")
        how = "response" if code else "link" if came_by or is_by_message(order.url) else "organic"
        cart.recovered = Recovered(order.at_ms, order.order_id, how, order.value, code)
        cart.lines = {line.id: line for line in taken}
        self.close(owner, order.at_ms, "recovered")
        if left:
            rest = self.new(owner, identifier(self.site.name, order.event_id, cart.cart_id), order.at_ms)
            rest.lines, rest.currency, rest.visitors = {line.id: line for line in left}, cart.currency, set(cart.visitors)
            rest.entries.append(by_order(order, "opened", {"cart_id": cart.cart_id, **contents(left)}))
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
        if kind == "visitor":
            own = name == actor
            self.moments[name].append(moment(self.open.get(owner), at_ms, added if own else ZERO, removed if own else ZERO))
            return
        viewers = self.viewers[owner]
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


__all__ = ["Fold", "Spell", "carts", "merge"]
