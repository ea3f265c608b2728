"""A cart's own history in words, for its page and for the API: each entry is a line.

in   entries as carts.history keeps them (sessionizer/history.py)
out  Lines; pure, no markup
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import msgspec

from profiles.story_cart import cart_parts, checkout_parts, together
from profiles.story_line import Line, Mark, Part, item_label, strong
from profiles.views.words import clean, duration, money

HOW = {"organic": "came back by themselves", "link": "came back by the link in a message", "response": "with the code of a message"}
STAGES = {"checkout": "the checkout", "payment": "the payment"}


class Entry(msgspec.Struct, array_like=True, frozen=True):
    """One change of a cart; its details are those of sessionizer/history.py."""

    at_ms: int
    what: str
    who: Literal["visitor", "customer", "server", "clock"]
    visitor_id: str
    event_id: str
    details: dict[str, Any]

    def text(self, name: str) -> str:
        return clean(self.details.get(name) or "", 80)

    @property
    def moves(self) -> list[tuple[str, str, Decimal | None, Decimal]]:
        """(id, name, price, units); less than nothing went."""
        return [tuple(move) for move in self.details.get("items", ())]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the words need beside the entry itself."""

    currency: str
    cutoff_s: int
    lost_s: int


def read(text: str) -> list[Entry]:
    return DECODER.decode(text)


DECODER = msgspec.json.Decoder(list[Entry], float_hook=Decimal)


def story(entries: Iterable[Entry], facts: Facts) -> list[Line]:
    """What was done in one go is one line; that a cart was opened is said by what was put in."""
    known = list(entries)
    openings = {entry.event_id for entry in known if entry.what in ("added", "set")}
    told = [line(entry, facts) for entry in known if not (entry.what == "opened" and entry.event_id in openings)]
    return together(each for number, each in enumerate(told) if number == 0 or each != told[number - 1])  # two carts that became one tell the same


def line(entry: Entry, facts: Facts) -> Line:
    teller = TELLERS.get(entry.what)
    return teller(entry, facts) if teller else plain(entry, clean(entry.what))


def plain(entry: Entry, *parts: str | Part, mark: Mark = "", why: str | None = None) -> Line:
    """A text is plain, a Part may be strong. Without a `why` it says where it was told, if that was not the browser."""
    pieces = tuple(part if isinstance(part, Part) else Part(part) for part in parts)
    told_by = "told by the company’s server" if entry.who == "server" else ""
    return Line(entry.at_ms, pieces, mark=mark, why=told_by if why is None else why, of=entry.what)


def labels(entry: Entry) -> list[Part]:
    return strong([label(*move) for move in entry.moves])


def label(item_id: str, name: str, price: Decimal | None, units: Decimal) -> str:
    return item_label({"id": item_id, "name": name, "quantity": abs(units)})


def order_of(entry: Entry) -> Part:
    return Part(entry.text("order_id"), strong=True)


def amount(entry: Entry, facts: Facts) -> str:
    value = entry.details.get("value")
    return money(value, facts.currency) if value is not None else ""


# --- what a person did -----------------------------------------------------------------------------------------------


def opened(entry: Entry, _: Facts) -> Line:
    if "cart_id" in entry.details:
        return plain(entry, "The order ", order_of(entry), " left ", *labels(entry), ": a cart of its own", mark="cart")
    return plain(entry, "Opened a cart", mark="cart")


def changed(entry: Entry, facts: Facts) -> Line:
    moves = tuple(("in" if move[3] > 0 else "out", label(*move)) for move in entry.moves)
    parts = cart_parts(moves) if moves else (Part("Left the cart as it was"),)
    return Line(entry.at_ms, parts, mark="cart", of="cart", until_ms=entry.at_ms, figures=moves, why=worth(entry, facts))


def worth(entry: Entry, facts: Facts) -> str:
    """Price and quantity as they were then, where one thing was put in."""
    prices = [(price, units) for _, _, price, units in entry.moves if units > 0]
    if len(entry.moves) != 1 or not prices or prices[0][0] is None:
        return ""
    return money(prices[0][0] * prices[0][1], facts.currency)


def checkout(entry: Entry, _: Facts) -> Line:
    step = entry.details.get("step") or 0
    steps = ((step, entry.text("step_name") or (f"step {step}" if step > 1 else "")),)
    return Line(entry.at_ms, checkout_parts(steps), mark="cart", of="checkout", figures=steps, until_ms=entry.at_ms)


def returned(entry: Entry, _: Facts) -> Line:
    return plain(entry, "Came back to it", mark="cart")


def logged_in(entry: Entry, _: Facts) -> Line:
    return plain(entry, "Logged in: the cart is now that of ", Part(entry.text("customer_id"), strong=True))


def merged(entry: Entry, _: Facts) -> Line:
    return plain(entry, "Logged in as ", Part(entry.text("customer_id"), strong=True), ": united with the cart they had already", mark="cart")


def response(entry: Entry, _: Facts) -> Line:
    opening = "The company says they answered, with the code " if entry.who == "server" else "Came back by a message, with the code "
    return plain(entry, opening, Part(entry.text("response_code"), strong=True), why="")


def link(entry: Entry, _: Facts) -> Line:
    return plain(entry, "Came back by the link in a message")


# --- orders ------------------------------------------------------------------------------------------------------------


def ordered(entry: Entry, _: Facts) -> Line:
    return plain(entry, "Ordered other things, with the order ", order_of(entry), mark="cart")


def partly_bought(entry: Entry, _: Facts) -> Line:
    return plain(entry, "Bought ", *labels(entry), " with the order ", order_of(entry), ", left the rest", mark="cart")


def bought(entry: Entry, _: Facts) -> Line:
    return plain(entry, "Bought everything, with the order ", order_of(entry), mark="cart")


def recovered(entry: Entry, facts: Facts) -> Line:
    code = f" {entry.text('response_code')}" if entry.text("response_code") else ""
    why = ", ".join(filter(None, (HOW.get(entry.text("how"), "came back") + code, amount(entry, facts))))
    return plain(entry, "Recovered: bought ", *labels(entry), " with the order ", order_of(entry), mark="cart", why=why)


def order_updated(entry: Entry, facts: Facts) -> Line:
    to = amount(entry, facts)
    return plain(entry, "The order ", order_of(entry), f" was changed to {to}" if to else " was changed")


def order_cancelled(entry: Entry, _: Facts) -> Line:
    return plain(entry, "The order ", order_of(entry), " was cancelled")


def order_refunded(entry: Entry, facts: Facts) -> Line:
    back = amount(entry, facts)
    return plain(entry, "The order ", order_of(entry), f" was refunded: {back}" if back else " was refunded")


# --- ends, and what the clock did ----------------------------------------------------------------------------------------


def emptied(entry: Entry, _: Facts) -> Line:
    return plain(entry, "Nothing was left in it", mark="end")


def abandoned(entry: Entry, facts: Facts) -> Line:
    return plain(entry, "Counted as abandoned", mark="end", why=f"untouched for {duration(facts.cutoff_s * 1000)}")


def lost(entry: Entry, facts: Facts) -> Line:
    return plain(entry, "Counted as lost", mark="end", why=f"untouched for {duration(facts.lost_s * 1000)}")


def left_out(entry: Entry, _: Facts) -> Line:
    return plain(entry, f"{entry.details.get('count', 0):,} more changes, which are not kept one by one")


TELLERS: Mapping[str, Callable[[Entry, Facts], Line]] = {
    "opened": opened, "added": changed, "removed": changed, "set": changed, "stage": checkout, "checkout": checkout, "returned": returned,
    "logged_in": logged_in, "merged": merged, "response": response, "link": link, "ordered": ordered, "partly_bought": partly_bought,
    "bought": bought, "recovered": recovered, "emptied": emptied, "order_updated": order_updated, "order_cancelled": order_cancelled,
    "order_refunded": order_refunded, "abandoned": abandoned, "lost": lost, "left_out": left_out,
}  # fmt: skip
