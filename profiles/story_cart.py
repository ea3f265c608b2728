"""Cart and checkout in a story: what was done in one go is one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from profiles.story_line import Event, Line, Part, item_label, strong
from profiles.views.words import clean, money

TOGETHER_MS = 180_000
PLAIN_STEPS = ("", "cart", "checkout", "begin", "start")
Moves = tuple[tuple[str, str], ...]


def cart_change(event: Event) -> Line:
    verb = {"cart_add": "in", "cart_remove": "out", "cart_set": "set"}[event["type"]]
    moves = tuple((verb, item_label(item)) for item in event["items"]) or ((verb, ""),)
    return Line(event["at_ms"], cart_parts(moves), mark="cart", of="cart", until_ms=event["at_ms"], figures=moves, why=worth(event["items"]))


def checkout(event: Event) -> Line:
    name = clean(event["step_name"], 60) or (f"step {event['step']}" if event["step"] > 1 else "")
    steps = ((event["step"], name),)
    return Line(event["at_ms"], checkout_parts(steps), mark="cart", of="checkout", figures=steps)


def together(lines: Iterable[Line]) -> list[Line]:
    """Neighbouring cart changes, and checkout steps; contents seen in between do not part them."""
    told: list[Line] = []
    for line in lines:
        place = next((number for number in reversed(range(len(told))) if told[number].of != "content"), None)
        merged = joined(told[place], line) if place is not None else None
        if place is not None and merged:
            told[place] = merged
        else:
            told.append(line)
    return told


def joined(last: Line, line: Line) -> Line | None:
    figures = (*last.figures, *line.figures)
    if last.of == line.of == "cart" and line.at_ms - last.until_ms <= TOGETHER_MS:
        return replace(last, parts=cart_parts(figures), figures=figures, until_ms=line.at_ms, why="")
    if last.of == line.of == "checkout":
        return replace(last, parts=checkout_parts(figures), figures=figures)
    return None


def cart_parts(moves: Moves) -> tuple[Part, ...]:
    """Put A and B in, took B out again."""
    put, taken, held = ([name for verb, name in moves if verb == wanted and name] for wanted in ("in", "out", "set"))
    parts: list[Part] = []
    if held:
        parts += [Part("Set the cart to "), *strong(held)]
    elif ("set", "") in moves:
        parts.append(Part("Emptied the cart"))
    if put:
        parts += [Part(", put " if parts else "Put "), *strong(put), Part(" in" if taken or parts else " in the cart")]
    if taken:
        again = " again" if set(taken) & set(put) else ""
        parts += [Part(", took " if parts else "Took "), *strong(taken), Part(f" out{again}" if put or held else " out of the cart")]
    return tuple(parts) or (Part("Changed the cart"),)


def checkout_parts(steps: tuple[tuple[int, str], ...]) -> tuple[Part, ...]:
    reached = [name for _, name in steps if name.lower() not in PLAIN_STEPS]
    opened = "Opened the checkout" if any(step <= 1 for step, _ in steps) else "Went on in the checkout"
    return (Part(f"{opened}, reached {reached[-1]}" if reached else opened),)


def worth(items: Iterable[Mapping[str, Any]]) -> str:
    known = [item for item in items if item["price"] is not None]
    currencies = {item["currency"] for item in known}
    if len(currencies) != 1:
        return ""
    return money(sum((item["price"] * (item["quantity"] or 1) for item in known), Decimal(0)), currencies.pop())
