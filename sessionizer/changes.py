"""What an event changes in a cart, and how two carts become one.

in   a cart and what happened to it
out  the cart changed, its history told
"""

from __future__ import annotations

from decimal import Decimal

from sessionizer.answering import code_of, is_by_message
from sessionizer.cart import STAGES, Cart, Move
from sessionizer.history import at, by_event
from sessionizer.model import ZERO, Event

DONE = {"cart_add": "added", "cart_remove": "removed", "cart_set": "set"}


def change(cart: Cart, event: Event, who: str) -> tuple[Decimal, Decimal]:
    """What the event does to the content: units that came, units that went."""
    moves: list[Move] = []
    if event.type == "cart_add":
        for item in event.items:
            cart.put(item, event.currency, event.at_ms, moves)
    elif event.type == "cart_remove":
        for item in event.items:
            cart.put_back(item.id, item.quantity, event.at_ms, moves)
    elif event.type == "cart_set":
        cart.replace(event.items, event.currency, event.at_ms, moves)
    else:
        is_further = cart.advance(event.step, event.step_name)
        said = {"step": event.step, "step_name": event.step_name, "stage": cart.stage}
        cart.entries.append(by_event(event, "stage" if is_further else "checkout", who, said))
        return ZERO, ZERO
    cart.entries.append((event.at_ms, DONE[event.type], who, event.visitor_id, event.event_id, {"items": moves}))
    came = went = ZERO
    for _, _, _, moved in moves:
        if moved > ZERO:
            came += moved
        else:
            went -= moved
    return came, went


def heed(cart: Cart, event: Event, who: str) -> None:
    """What brought its owner here is kept, in case the cart is recovered; whether it came after an abandonment is asked then."""
    if code := code_of(event):
        cart.entries.append(by_event(event, "response", who, {"response_code": code}))
    elif is_by_message(event.url):
        cart.entries.append(by_event(event, "link", who, {}))


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
    into.stage = max(into.stage, other.stage, key=STAGES.index)
    into.visitors |= other.visitors
    into.entries = sorted(into.entries + other.entries, key=at)
    into.news += other.news
    if other.next_ms is not None:
        into.expect(other.next_ms)
