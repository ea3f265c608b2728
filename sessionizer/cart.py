"""One cart and its states (docs/carts.md): what a touch, an order and the passing of time do to it.

in   calls in order of time, made by carts.py
out  the cart as it stands; nothing in here reads a clock
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from sessionizer.history import Entry
from sessionizer.model import FOREVER_MS, ONE, ZERO, Item, money, units
from sessionizer.orders import Order
from tracker.sites import Site

STAGES = ("cart", "checkout", "payment")
PAYMENT = re.compile(r"pay|zahl|pago|pagamento|paiement|betal|platb|płat", re.IGNORECASE)


Move = tuple[str, str, Decimal | None, Decimal]  # id, name, price and units that came; less than nothing where they went


@dataclass(slots=True)
class Line:
    id: str
    name: str
    price: Decimal | None
    quantity: Decimal
    currency: str
    changed_ms: int = 0  # when the quantity was last said
    category: str = ""

    def part(self, quantity: Decimal, item: Item | None = None) -> Line:
        """So much of it, as an order takes it; what nobody said before, the order's item may say."""
        name, price = self.name, self.price
        if item is not None:
            name, price = name or item.name, item.price if price is None else price
        return Line(self.id, name, price, quantity, self.currency, 0, self.category)


@dataclass(slots=True)
class Removed:
    id: str
    name: str
    price: Decimal | None
    quantity: Decimal
    at_ms: int


@dataclass(slots=True)
class Spell:
    """One time of being abandoned; while it lasts, until_ms is None."""

    at_ms: int
    until_ms: int | None = None
    ended_by: str | None = None


@dataclass(frozen=True, slots=True)
class Recovered:
    at_ms: int
    order_id: str
    how: str  # organic | link | response
    value: Decimal
    response_code: str = ""


@dataclass(frozen=True, slots=True)
class Horizon:
    """Up to when abandonment can be told: the time now, and where the site feeds its orders, the feed's watermark."""

    now_ms: int
    watermark_ms: int | None = None

    @property
    def abandoned_ms(self) -> int:
        return self.now_ms if self.watermark_ms is None else min(self.now_ms, self.watermark_ms)


@dataclass(slots=True)
class Cart:
    cart_id: str
    customer_id: str
    opened_ms: int
    touched_ms: int
    currency: str
    lines: dict[str, Line] = field(default_factory=dict)
    removed: dict[str, Removed] = field(default_factory=dict)
    visitors: set[str] = field(default_factory=set)
    stage: str = "cart"
    spells: list[Spell] = field(default_factory=list)
    end: str = ""  # bought | recovered | emptied | lost
    closed_ms: int | None = None
    recovered: Recovered | None = None
    entries: list[Entry] = field(default_factory=list)  # of its history: what events did, oldest first
    news: list[Entry] = field(default_factory=list)  # … and what became of its orders later
    next_ms: int | None = None  # when the clock or the order feed alone will change something

    @property
    def state(self) -> str:
        return self.end or ("abandoned" if self.spell else "open")

    @property
    def spell(self) -> Spell | None:
        """The abandonment that lasts still."""
        return self.spells[-1] if self.spells and self.spells[-1].until_ms is None else None

    @property
    def abandoned_ms(self) -> int | None:
        """Since when it is abandoned; of a cart that has ended, when it was so last. A cart touched again is not."""
        if self.end in ("recovered", "lost"):
            return self.spells[-1].at_ms if self.spells else None
        return self.spell.at_ms if self.spell else None

    @property
    def items_count(self) -> Decimal:
        found = ZERO
        for line in self.lines.values():
            found += line.quantity
        return units(found)

    @property
    def value(self) -> Decimal:
        """Of the items with a known price in the cart's currency; never summed across currencies."""
        found = ZERO
        for line in self.lines.values():
            if line.price is not None and line.currency == self.currency:
                found += line.price * line.quantity
        return money(found)

    # What happens to it

    def touch(self, at_ms: int, by: str) -> None:
        self.end_spell(at_ms, by)
        self.touched_ms = max(self.touched_ms, at_ms)

    def end_spell(self, at_ms: int, by: str) -> None:
        spell = self.spell  # once it has an end it is no longer found
        if spell:
            spell.until_ms, spell.ended_by = at_ms, by

    def close(self, at_ms: int, end: str) -> None:
        self.end_spell(at_ms, "order" if end in ("bought", "recovered") else end)
        self.end, self.closed_ms = end, at_ms

    def expect(self, at_ms: int) -> None:
        self.next_ms = min(self.next_ms or FOREVER_MS, at_ms)

    def pass_time(self, until_ms: int, rules: Site, horizon: Horizon, *, is_now: bool = False) -> None:
        """Let the time run until this moment: the cart may become abandoned on the way, and lost.

        A moment the horizon has not reached is waited for (next_ms): nobody may be told before.
        At exactly 30 days an order still counts; by the clock (is_now) the cart is lost then.
        """
        if self.end:
            return
        due_ms = self.touched_ms + rules.cart_cutoff_s * 1000
        lost_ms = self.touched_ms + rules.cart_lost_s * 1000
        if not self.spell and due_ms <= until_ms and due_ms <= horizon.abandoned_ms:
            self.spells.append(Spell(due_ms))
        elif not self.spell and (is_now or due_ms <= until_ms):
            self.expect(due_ms)
        if lost_ms < until_ms or (is_now and lost_ms == until_ms):
            self.close(lost_ms, "lost")
        elif is_now:
            self.expect(lost_ms)

    def put(self, item: Item, currency: str, at_ms: int, moves: list[Move]) -> None:
        """Units of the item come in; what is known of it is the latest known."""
        quantity = item.quantity if item.quantity is not None else ONE
        if quantity > ZERO:
            line = self.describe(item, currency, at_ms)
            line.quantity = units(line.quantity + quantity)
            moves.append((line.id, line.name, line.price, quantity))

    def describe(self, item: Item, currency: str, at_ms: int) -> Line:
        line = self.lines.setdefault(item.id, Line(item.id, "", None, ZERO, ""))
        line.changed_ms = at_ms
        line.name = item.name or line.name
        line.category = item.category or line.category
        if item.price is not None:
            line.price = money(item.price)
        line.currency = item.currency or currency or line.currency or self.currency
        if item.currency or currency:
            self.currency = line.currency
        return line

    def take(self, item_id: str, quantity: Decimal | None, at_ms: int) -> Decimal:
        """Units of an item go out, all of them where no number is named. Says how many went."""
        line = self.lines.get(item_id)
        if line is None or (quantity is not None and quantity <= ZERO):
            return ZERO
        gone = line.quantity if quantity is None else min(quantity, line.quantity)
        line.quantity, line.changed_ms = plain_rest(line.quantity - gone), at_ms
        if line.quantity <= ZERO:
            del self.lines[item_id]
        return gone

    def put_back(self, item_id: str, quantity: Decimal | None, at_ms: int, moves: list[Move]) -> None:
        """The visitor takes them out."""
        line = self.lines.get(item_id)
        gone = self.take(item_id, quantity, at_ms)
        if line is not None and gone > ZERO:
            self.note_removed(Removed(item_id, line.name, line.price, gone, at_ms))
            moves.append((item_id, line.name, line.price, -gone))

    def note_removed(self, gone: Removed) -> None:
        """Of each item how much in all, and when last."""
        old = self.removed.get(gone.id)
        latest = gone if old is None or gone.at_ms >= old.at_ms else old
        so_far = old.quantity if old else ZERO
        self.removed[gone.id] = Removed(gone.id, latest.name, latest.price, units(so_far + gone.quantity), latest.at_ms)

    def replace(self, items: tuple[Item, ...], currency: str, at_ms: int, moves: list[Move]) -> None:
        """The snapshot is what is in the cart now."""
        wanted: dict[str, Decimal] = {}
        for item in items:
            wanted[item.id] = wanted.get(item.id, ZERO) + max(ZERO, item.quantity if item.quantity is not None else ONE)
        for line in list(self.lines.values()):
            surplus = line.quantity - wanted.get(line.id, ZERO)
            if surplus > ZERO:
                self.put_back(line.id, surplus, at_ms, moves)
        for item in items:
            missing = wanted[item.id] - (self.lines[item.id].quantity if item.id in self.lines else ZERO)
            if wanted[item.id] > ZERO:
                line = self.describe(item, currency, at_ms)
                line.quantity = units(line.quantity + max(ZERO, missing))
                if missing > ZERO:
                    moves.append((line.id, line.name, line.price, missing))

    def advance(self, step: int, step_name: str) -> bool:
        """A checkout step: its name tells whether it is the payment; without a name, the third step and later ones are.

        Says whether the cart got further by it.
        """
        is_payment = bool(PAYMENT.search(step_name)) if step_name else step >= 3
        stage = "payment" if is_payment else "checkout"
        if STAGES.index(stage) <= STAGES.index(self.stage):
            return False
        self.stage = stage
        return True

    def bought_by(self, order: Order) -> list[Line]:
        """What the order takes out: named items up to the number it names; everything where it names nothing."""
        if not order.items:
            return [line.part(line.quantity) for line in self.lines.values()]
        taken: dict[str, Line] = {}
        for item in order.items:
            line = self.lines.get(item.id)
            if line is None:
                continue
            before = taken[item.id].quantity if item.id in taken else ZERO
            quantity = line.quantity if item.quantity is None else min(line.quantity, before + max(ZERO, item.quantity))
            if quantity > ZERO:
                taken[item.id] = line.part(quantity, item)
        return list(taken.values())


def plain_rest(number: Decimal) -> Decimal:
    return units(max(ZERO, number))
