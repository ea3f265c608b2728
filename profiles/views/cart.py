"""One cart: what is in it, what was taken out, every time it was left behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from profiles.views import ask, phrases
from profiles.views.cart_rows import CartRow, cart_rows
from profiles.views.guard import Call
from profiles.views.render import render, shown
from profiles.views.session_rows import SessionRow, session_rows
from profiles.views.words import ago, clean, duration, money
from tracker.clock import ms_of_iso
from tracker.store import Row

DAY_MS = 86_400_000
ENDED_BY = {"cart_add": "something more was put in", "cart_remove": "something was taken out", "cart_set": "the cart was changed", "checkout": "the checkout was opened again",
            "order": "an order came", "lost": "nobody came back", "emptied": "everything was taken out"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the cart's history."""

    at_ms: int
    text: str
    why: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class CartContext:
    answer: str = shown("state and worth of the cart, as a sentence")
    lead: str = shown("how far it got and what happens next, as a sentence")
    cart: CartRow = shown("its facts")
    items: list[tuple[str, str]] = shown("what is in it: goods and price")
    removed: list[str] = shown("what was taken out again")
    history: list[Moment] = shown("opened, left behind, touched again, ended: oldest first")
    sessions: list[SessionRow] = shown("the sessions of its owners while it was there")
    others: list[str] = shown("other visitors (devices) that touched it")


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
        items=[(phrases.item_label(item), price_of(item, currency)) for item in doc.get("items", [])],
        removed=[phrases.item_label(item) for item in doc.get("removed_items", [])],
        history=history(row),
        sessions=session_rows(sessions(call, row)),
        others=row["visitor_ids"][1:],
    )
    return render(call, "cart.html", context)


def price_of(item: Row, currency: str) -> str:
    return money(item["price"], currency) if item.get("price") is not None else ""


def answer(row: Row, now_ms: int) -> str:
    worth = f" worth {money(row['value'], row['currency'])}" if row["value"] else ""
    said = {"open": f"An open cart{worth}", "abandoned": f"A cart{worth}, abandoned {ago(row['happened_ms'], now_ms)}", "bought": "A cart that was bought",
            "recovered": "A cart that was left behind and came back", "emptied": "A cart that was emptied", "lost": f"A cart{worth}, lost for good"}  # fmt: skip
    return said.get(row["state"], "A cart")


def lead(row: Row, now_ms: int) -> str:
    got = f"It got as far as the {row['stage']}." if row["stage"] in ("checkout", "payment") else "It never reached the checkout."
    if row["state"] in ("open", "abandoned") and row["next_ms"]:
        becomes = "abandoned" if row["state"] == "open" else "lost"
        return f"{got} Untouched, it counts as {becomes} in {duration(max(0, row['next_ms'] - now_ms))}."
    return got


def history(row: Row) -> list[Moment]:
    doc = row["doc"]
    told = [Moment(row["opened_ms"], "The first thing was put in", mark="cart")]
    for spell in doc.get("abandonments", []):
        told += spell_moments(spell)
    recovered = doc.get("recovered")
    if isinstance(recovered, dict):
        told.append(Moment(ms_of_iso(recovered["at"]), f"Recovered by the order {clean(recovered.get('order_id', ''), 60)}", how(recovered, row["currency"]), "cart"))
    elif row["closed_ms"] is not None:
        ends = {"bought": "Bought", "emptied": "Everything was taken out", "lost": "Counted as lost"}
        told.append(Moment(row["closed_ms"], ends.get(row["state"], "Ended"), mark="end" if row["state"] != "bought" else "cart"))
    if row["closed_ms"] is None and row["state"] == "open" and row["touched_ms"] > row["opened_ms"]:
        told.append(Moment(row["touched_ms"], "Touched last", mark="cart"))
    return sorted(told, key=lambda moment: moment.at_ms)


def spell_moments(spell: dict[str, Any]) -> list[Moment]:
    told = [Moment(ms_of_iso(spell["at"]), "Counted as abandoned", mark="end")]
    ended_by = str(spell.get("ended_by") or "")
    if spell.get("until") and ended_by not in ("order", "lost"):
        told.append(Moment(ms_of_iso(spell["until"]), "Touched again", ENDED_BY.get(ended_by, clean(ended_by.replace("_", " "), 60)), "cart"))
    return told


def how(recovered: dict[str, Any], currency: str) -> str:
    way = {"organic": "came back by themselves", "link": "came back by the link in a message", "response": "with the code of a message"}
    worth = f", {money(recovered['value'], currency)}" if recovered.get("value") is not None else ""
    return f"{way.get(str(recovered.get('how')), 'came back')}{worth}"


def sessions(call: Call, row: Row) -> list[Row]:
    """Sessions of its visitors between a day before it was opened and its end."""
    if not row["visitor_ids"]:
        return []
    until_ms = row["closed_ms"] if row["closed_ms"] is not None else call.now_ms
    return ask.sessions(call, limit=50, visitors=row["visitor_ids"], status="all", from_ms=row["opened_ms"] - DAY_MS, to_ms=until_ms + 1)
