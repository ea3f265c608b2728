"""All carts of a site (docs/carts.md): one open cart per owner, who is the customer once logged in, else the visitor.

in   the events of the site in order of time, its rules, the time now
out  carts, and what each event put in and took out
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.sessionizer.oracle.cart import Cart, Line, Told
from tests.sessionizer.oracle.customers import Order
from tests.sessionizer.oracle.events import Event, Rules
from tests.sessionizer.oracle.identity import Identity

PAYMENT_WORDS = ("pay", "zahlung", "paiement", "pago", "betal")


def feed_watermark(events: Iterable[Event]) -> int | None:
    return max((e.at for e in events if e.type == "order_watermark"), default=None)


@dataclass
class Carts:
    identity: Identity
    rules: Rules
    feed: int | None
    orders: dict[str, Order]
    all: list[Cart] = field(default_factory=list)
    logged_in: dict[str, str] = field(default_factory=dict)  # 0005: carts change owner at the log-in itself
    moved: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)  # by event id: units put in, units taken out

    def play(self, events: Iterable[Event], now: int) -> Carts:
        for e in events:
            if e.at <= now:
                self.hear(e)
        for cart in self.all:
            cart.pass_time(now, self.rules, self.feed, is_now=True)
        return self

    def owner(self, e: Event) -> str:
        customer = e.customer or self.logged_in.get(e.visitor, "")
        return f"c:{customer}" if customer else f"v:{e.visitor}"

    def open_cart(self, owner: str, at: int) -> Cart | None:
        for cart in self.all:
            if cart.owner == owner and not cart.end:
                cart.pass_time(at, self.rules, self.feed)
        return next((cart for cart in self.all if cart.owner == owner and not cart.end), None)

    def hear(self, e: Event) -> None:
        if e.type == "identify" and e.visitor:
            self.log_in(e)
        elif e.type == "logout":
            self.logged_in.pop(e.visitor, None)
        elif e.type == "order":
            order = self.orders[e.order_id]
            if order.first is e:
                self.order(order)  # "one per (site, order_id), the first wins, whoever reports it"
        elif e.type in ("cart_add", "cart_set", "cart_remove", "checkout"):
            self.change(e)
        elif e.type in ("page_view", "response"):
            for owner in self.owners_of(e.visitor, e.customer or self.identity.who(e.visitor, e.at), e.at):
                self.answer(owner, e)

    def answer(self, owner: str, e: Event) -> None:
        cart = self.open_cart(owner, e.at)
        if cart:
            note_answer(cart, e)

    def change(self, e: Event) -> None:
        cart = self.open_cart(self.owner(e), e.at)
        if cart is None:
            if e.type in ("cart_remove", "checkout") or not e.items:
                return  # only what is put in opens a cart
            cart = Cart(self.owner(e), e.id, e.at, e.at, currency=self.rules.currency)
            self.all.append(cart)
            cart.story.append(told(cart, e, "opened"))
        if cart.spell:
            cart.story.append(told(cart, e, "returned"))
        before, stage = {line.id: line.quantity for line in cart.lines.values()}, cart.stage
        {"cart_add": add, "cart_set": snapshot, "cart_remove": remove, "checkout": checkout}[e.type](cart, e)
        self.moved[e.id] = moved(before, cart)
        if e.type == "checkout":
            cart.story.append(told(cart, e, "stage" if cart.stage > stage else "checkout", cart.stage))
        else:
            done = {"cart_add": "added", "cart_set": "set", "cart_remove": "removed"}[e.type]
            cart.story.append(told(cart, e, done, differences(before, cart)))
        cart.touch(e.at, e.type, e.visitor)
        note_answer(cart, e)
        if not cart.lines:
            cart.close("emptied", e.at, e.type)
            cart.story.append(told(cart, e, "emptied"))

    def order(self, order: Order) -> None:
        for owner in sorted(self.owners_of(order.visitor, order.customer, order.first.at)):
            cart = self.open_cart(owner, order.first.at)
            if cart:
                self.take_order(cart, order)

    def owners_of(self, visitor: str, customer: str, at: int) -> set[str]:
        """0005: orders look at claims; where one person has several open carts, the order is taken from each. 0017: a response is about the same."""
        owners = {f"v:{visitor}"} if visitor else set()
        if visitor in self.logged_in:
            owners.add(f"c:{self.logged_in[visitor]}")
        if customer:
            owners.add(f"c:{customer}")
            owners |= {f"v:{v}" for v in self.identity.claims if self.identity.who(v, at) == customer}
        return owners

    def take_order(self, cart: Cart, order: Order) -> None:
        e = order.first
        named = [(i.id, i.quantity) for i in e.items] or [(name, None) for name in cart.lines]
        taken = [line for name, quantity in named if (line := cart.take(name, quantity, e.at))]
        if cart.spell and not taken:
            cart.story.append(of_order(order, "returned"))
        if cart.spells and taken:
            left = list(cart.lines.values())
            self.recover(cart, order, taken)
            if left:
                self.all.append(rest_of(cart, order, left))
        elif not cart.lines:
            cart.close("bought", e.at, "order")
            cart.lines = {line.id: line for line in taken}
        else:
            cart.touch(e.at, "order", "")
        cart.story.append(of_order(order, cart.end or ("partly_bought" if taken else "ordered"), sums(taken)))
        for later in order.later if taken else []:
            what = {"order_updated": "order_updated", "order_cancelled": "order_cancelled", "refund": "order_refunded"}[later.type]
            who = "server" if later.by_server else "customer" if order.customer else "visitor"
            cart.story.append((later.at, what, who, later.visitor, later.id, later.value))

    def recover(self, cart: Cart, order: Order, taken: list[Line]) -> None:
        """0017: a code that came back in the order, in its address, or else last; a message's link without a code; nothing."""
        e = order.first
        codes = [code for _, _, code, _ in cart.answered if code]
        code = order.response or code_in(order.url) or (codes[-1] if codes else "")
        how = "response" if code else "link" if cart.answered or is_message(order.url) else "organic"
        cart.recovered = {"at": e.at, "order_id": e.order_id, "how": how, "code": code}
        cart.close("recovered", e.at, "order")
        cart.lines = {line.id: line for line in taken}

    def log_in(self, e: Event) -> None:
        was = self.logged_in.get(e.visitor)
        self.logged_in[e.visitor] = e.customer
        if was:
            return
        theirs = self.open_cart(f"v:{e.visitor}", e.at)
        own = self.open_cart(f"c:{e.customer}", e.at)
        if theirs and own:
            merge(own, theirs, e.at)
            self.all.remove(theirs)
            own.story.append(told(own, e, "merged", e.customer))
        elif theirs:
            theirs.owner = f"c:{e.customer}"
            theirs.story.append(told(theirs, e, "logged_in", e.customer))


def add(cart: Cart, e: Event) -> None:
    for i in e.items:
        line = cart.lines.get(i.id)
        quantity = Decimal(1) if i.quantity is None else i.quantity
        cart.put(i, (line.quantity if line else Decimal(0)) + quantity, e.at)


def remove(cart: Cart, e: Event) -> None:
    for i in e.items:
        cart.put_back(i.id, i.quantity, e.at)


def snapshot(cart: Cart, e: Event) -> None:
    wanted: dict[str, Decimal] = {}
    for i in e.items:
        wanted[i.id] = wanted.get(i.id, Decimal(0)) + (Decimal(1) if i.quantity is None else i.quantity)
    for line in list(cart.lines.values()):
        surplus = line.quantity - wanted.get(line.id, Decimal(0))
        if surplus > 0:
            cart.put_back(line.id, surplus, e.at)
    for i in e.items:
        cart.put(i, wanted[i.id], e.at)


def checkout(cart: Cart, e: Event) -> None:
    """0005: payment is a step named so; a step without a name counts as payment from the third on."""
    name, step = e.row.get("step_name", "").lower(), e.row.get("step", 0)
    payment = any(word in name for word in PAYMENT_WORDS) if name else step >= 3
    cart.stage = max(cart.stage, 2 if payment else 1)


def moved(before: dict[str, Decimal], cart: Cart) -> tuple[Decimal, Decimal]:
    after = {line.id: line.quantity for line in cart.lines.values()}
    changes = [after.get(name, Decimal(0)) - before.get(name, Decimal(0)) for name in before | after]
    return sum((c for c in changes if c > 0), Decimal(0)), -sum((c for c in changes if c < 0), Decimal(0))


def differences(before: dict[str, Decimal], cart: Cart) -> dict[str, Decimal]:
    after = {line.id: line.quantity for line in cart.lines.values()}
    zero = Decimal(0)
    found = {name: after.get(name, zero) - before.get(name, zero) for name in before | after}
    return {name: units for name, units in sorted(found.items()) if units}


def sums(lines: list[Line]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for line in sorted(lines, key=lambda line: line.id):
        found[line.id] = found.get(line.id, Decimal(0)) + line.quantity
    return found


def told(cart: Cart, e: Event, what: str, more: Any = None) -> Told:
    who = "server" if e.by_server else "customer" if cart.owner.startswith("c:") else "visitor"
    return (e.at, what, who, e.visitor, e.id, more)


def of_order(order: Order, what: str, more: Any = None) -> Told:
    who = "server" if order.first.by_server else "customer" if order.customer else "visitor"
    return (order.first.at, what, who, order.visitor, order.first.id, more or None)


def note_answer(cart: Cart, e: Event) -> None:
    code = str(e.props.get("response_code", "")) if e.type == "response" else code_in(e.url)
    if code:
        cart.answers.append((e.at, e.id, code, told(cart, e, "response", code)))
    elif is_message(e.url):
        cart.answers.append((e.at, e.id, "", told(cart, e, "link")))


def code_in(url: str) -> str:
    return next((part[3:] for part in url.partition("?")[2].split("&") if part.startswith("rc=")), "")


def is_message(url: str) -> bool:
    return "utm_medium=email" in url


def rest_of(cart: Cart, order: Order, lines: list[Line]) -> Cart:
    """ "what was not bought opens a new one, touched at the order's time" """
    e = order.first
    rest = Cart(cart.owner, e.id, e.at, e.at, {line.id: line for line in lines}, currency=cart.currency)
    rest.visitors = set(cart.visitors)
    rest.story.append(of_order(order, "opened", sums(lines)))
    return rest


def merge(own: Cart, theirs: Cart, at: int) -> None:
    """0005: as if they had been one; the customer's keeps its id; of abandonments the one of the younger touch stays."""
    younger, older = (own, theirs) if own.touched >= theirs.touched else (theirs, own)
    if younger.spell and older.spell and older.spell.at >= younger.touched:
        older.spells.pop()  # 0005: what the younger touch would have prevented never was
    older.end_spell(younger.touched if younger.spell else at, "identify")
    for line in theirs.lines.values():
        mine = own.lines.get(line.id)
        if mine is None or line.changed > mine.changed:
            own.lines[line.id] = line  # "items merged, the newer quantity wins"
    own.currency = younger.currency
    own.spells = sorted(own.spells + theirs.spells, key=lambda s: s.at)
    for line in theirs.removed.values():
        own.note_removed(line)
    own.touched = younger.touched
    own.stage, own.visitors = max(own.stage, theirs.stage), own.visitors | theirs.visitors
    own.story += theirs.story
    own.answers += theirs.answers
