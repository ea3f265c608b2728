"""One cart: what is in it, what was taken out, every time it was left behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from profiles.story import story
from profiles.story_line import Line, Mark, Part
from profiles.views import ask, phrases
from profiles.views.cart_rows import CartRow, cart_rows
from profiles.views.guard import Call
from profiles.views.render import render, shown
from profiles.views.session_rows import SessionRow, session_rows
from profiles.views.words import ago, clean, duration, money
from tracker.clock import ms_of_iso
from tracker.store import Row

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class CartContext:
    answer: str = field(metadata=shown("state and worth of the cart, as a sentence"))
    lead: str = field(metadata=shown("how far it got and what happens next, as a sentence"))
    cart: CartRow = field(metadata=shown("its facts"))
    items: list[tuple[str, str]] = field(metadata=shown("what is in it: goods and price"))
    removed: list[str] = field(metadata=shown("what was taken out again"))
    history: list[Line] = field(metadata=shown("what its owner did, when it counted as abandoned, how it ended: oldest first"))
    sessions: list[SessionRow] = field(metadata=shown("the sessions of its owners while it was there"))
    others: list[str] = field(metadata=shown("other visitors (devices) that touched it"))


def cart(call: Call) -> Response:
    rows = ask.carts(call, limit=1, cart_id=call.request.path_params["cart_id"])
    if not rows:
        raise HTTPException(404, "This cart does not exist. It may have become part of another one when its owner logged in.")
    row = rows[0]
    doc = row["doc"]
    currency = row["currency"]
    context = CartContext(
        answer=answer(row, call.now_ms),
        lead=lead(row, call.now_ms),
        cart=cart_rows(call, [row])[0],
        items=[(phrases.item_label(item), phrases.price(item, currency)) for item in doc.get("items", [])],
        removed=[phrases.item_label(item) for item in doc.get("removed_items", [])],
        history=history(call, row),
        sessions=session_rows(sessions(call, row)),
        others=row["visitor_ids"][1:],
    )
    return render(call, "cart.html", context)


def answer(row: Row, now_ms: int) -> str:
    worth = f" worth {money(row['value'], row['currency'])}" if row["value"] else ""
    said = {
        "open": f"An open cart{worth}",
        "abandoned": f"A cart{worth}, abandoned {ago(row['happened_ms'], now_ms)}",
        "bought": "A cart that was bought",
        "recovered": "A cart that was left behind and came back",
        "emptied": "A cart that was emptied",
        "lost": f"A cart{worth}, lost for good",
    }
    return said.get(row["state"], "A cart")


def lead(row: Row, now_ms: int) -> str:
    got = f"It got as far as the {row['stage']}." if row["stage"] in ("checkout", "payment") else "It never reached the checkout."
    if row["state"] in ("open", "abandoned") and row["next_ms"]:
        becomes = "abandoned" if row["state"] == "open" else "lost"
        return f"{got} Untouched, it counts as {becomes} in {duration(max(0, row['next_ms'] - now_ms))}."
    return got


def history(call: Call, row: Row) -> list[Line]:
    """Spells part what was done before from what was done after, so each stretch is told by itself."""
    doc = row["doc"]
    done = ask.cart_events(call, row)
    spells = [ms_of_iso(spell["at"]) for spell in doc.get("abandonments", [])]
    told = [line(at_ms, "Counted as abandoned", "end") for at_ms in spells]
    for from_ms, to_ms in pairwise([0, *spells, ask.FAR_MS]):
        told += story([event for event in done if from_ms <= event["at_ms"] < to_ms])
    return sorted([*told, *ending(row)], key=lambda moment: moment.at_ms)


def line(at_ms: int, text: str, mark: Mark, why: str = "") -> Line:
    return Line(at_ms, (Part(text),), mark=mark, why=why)


def ending(row: Row) -> list[Line]:
    recovered = row["doc"].get("recovered")
    if isinstance(recovered, dict):
        order_id = clean(recovered.get("order_id", ""), 60)
        return [line(ms_of_iso(recovered["at"]), f"Recovered by the order {order_id}", "cart", how(recovered, row["currency"]))]
    if row["closed_ms"] is None:
        return []
    ends = {"bought": "Everything was bought", "emptied": "Everything was taken out", "lost": "Counted as lost"}
    return [line(row["closed_ms"], ends.get(row["state"], "Ended"), "cart" if row["state"] == "bought" else "end")]


def how(recovered: dict[str, Any], currency: str) -> str:
    way = {"organic": "came back by themselves", "link": "came back by the link in a message", "response": "with the code of a message"}
    worth = f", {money(recovered['value'], currency)}" if recovered.get("value") is not None else ""
    return f"{way.get(str(recovered.get('how')), 'came back')}{worth}"


def sessions(call: Call, row: Row) -> list[Row]:
    """Sessions of its visitors between a day before it was opened and its end."""
    until_ms = row["closed_ms"] if row["closed_ms"] is not None else call.now_ms
    return ask.sessions_of(call, row["visitor_ids"], limit=50, from_ms=row["opened_ms"] - DAY_MS, to_ms=until_ms + 1)
