"""One cart: what is in it and how it stands (docs/carts.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.sessionizer.oracle.events import Item, Rules

ZERO = Decimal(0)
Told = tuple[Any, ...]  # at, what, who, visitor, event, and what belongs to it


@dataclass
class Line:
    id: str
    name: str = ""
    price: Decimal | None = None
    quantity: Decimal = ZERO
    currency: str = ""
    changed: int = 0


@dataclass
class Spell:
    at: int
    until: int | None = None
    ended_by: str | None = None


@dataclass
class Cart:
    owner: str  # 'c:' customer or 'v:' visitor
    opened_by: str  # the event
    opened: int
    touched: int
    lines: dict[str, Line] = field(default_factory=dict)
    removed: dict[str, Line] = field(default_factory=dict)  # what was put back: how much in all, and when last
    visitors: set[str] = field(default_factory=set)
    stage: int = 0  # 0 cart, 1 checkout, 2 payment
    spells: list[Spell] = field(default_factory=list)
    end: str = ""
    closed: int | None = None
    recovered: dict[str, Any] | None = None
    currency: str = ""
    story: list[Told] = field(default_factory=list)  # its history, but for what the clock did and what came back
    answers: list[tuple[int, str, str, Told]] = field(default_factory=list)  # at, event, code ('' = by a message's link without one): 0017

    @property
    def items_count(self) -> Decimal:
        return sum((line.quantity for line in self.lines.values()), ZERO)

    @property
    def value(self) -> Decimal:
        """2: never summed across currencies. 0005: lines in the currency named last."""
        return sum((line.price * line.quantity for line in self.lines.values() if line.price is not None and self.counts(line)), ZERO)

    def counts(self, line: Line) -> bool:
        return line.currency == self.currency

    @property
    def state(self) -> str:
        return self.end or ("abandoned" if self.spell else "open")

    @property
    def spell(self) -> Spell | None:
        return self.spells[-1] if self.spells and self.spells[-1].until is None else None

    @property
    def answered(self) -> list[tuple[int, str, str, Told]]:
        """0017: what brought the owner back counts once the cart had been abandoned."""
        if not self.spells:
            return []
        return [answer for answer in sorted(self.answers, key=lambda a: a[0]) if answer[0] >= min(s.at for s in self.spells)]

    @property
    def history(self) -> list[Told]:
        told: list[Told] = [(s.at, "abandoned", "clock", "", "") for s in self.spells]
        told += [(self.closed, "lost", "clock", "", "")] if self.end == "lost" else []
        answered = self.answered
        told += [a[3] for number, a in enumerate(answered) if number == 0 or answered[number - 1][2] != a[2]]
        return sorted(told + self.story, key=repr)

    def pass_time(self, until: int, rules: Rules, feed: int | None, is_now: bool = False) -> None:
        """What the clock alone does. At exactly 60 min it is abandoned; at exactly 30 d it is lost, but what happens then comes in time (0005)."""
        due = self.touched + rules.cutoff_ms
        reached = feed is None or due <= feed  # "the flag waits until the feed's watermark has reached that moment"
        if not self.end and self.spell is None and due <= until and reached:
            self.spells.append(Spell(due))
        lost = self.touched + rules.lost_ms
        if not self.end and (lost < until or (lost == until and is_now)):
            self.close("lost", lost)

    def touch(self, at: int, by: str, visitor: str) -> None:
        self.end_spell(at, by)
        self.touched = at
        if visitor:
            self.visitors.add(visitor)

    def close(self, end: str, at: int, by: str = "") -> None:
        self.end_spell(at, by or end)
        self.end, self.closed = end, at

    def end_spell(self, at: int, by: str) -> None:
        if spell := self.spell:
            spell.until, spell.ended_by = at, by

    def put(self, item: Item, quantity: Decimal, at: int) -> None:
        """The latest known name and price count."""
        line = self.lines.setdefault(item.id, Line(item.id))
        line.quantity, line.changed = quantity, at
        line.name = item.name or line.name
        line.price = line.price if item.price is None else item.price
        self.currency = item.currency or self.currency
        line.currency = item.currency or line.currency or self.currency

    def take(self, item_id: str, quantity: Decimal | None, at: int) -> Line | None:
        """0005: no quantity named is the whole line."""
        line = self.lines.get(item_id)
        if line is None:
            return None
        taken = line.quantity if quantity is None else min(quantity, line.quantity)
        rest = line.quantity - taken
        line.quantity, line.changed = rest, at
        if rest <= 0:
            del self.lines[item_id]
        return Line(line.id, line.name, line.price, taken, line.currency, at)

    def put_back(self, item_id: str, quantity: Decimal | None, at: int) -> None:
        line = self.take(item_id, quantity, at)
        if line and line.quantity:
            self.note_removed(line)

    def note_removed(self, line: Line) -> None:
        old = self.removed.get(line.id)
        so_far, last = (old.quantity, old.changed) if old else (ZERO, 0)
        self.removed[line.id] = Line(line.id, quantity=so_far + line.quantity, changed=max(last, line.changed))
