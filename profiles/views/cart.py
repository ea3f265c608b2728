"""One cart: what is in it, what was taken out, every time it was left behind."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.responses import Response

from profiles import cart_history
from profiles.story_history import story
from profiles.story_line import Line, Part
from profiles.views import ask, phrases
from profiles.views.cart_rows import CartRow, cart_rows
from profiles.views.guard import Call
from profiles.views.render import render, shown
from profiles.views.session_rows import SessionRow, session_rows
from profiles.views.words import ago, duration, money
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
    """A cart from before histories were kept, and not rebuilt since, says so."""
    found, facts = cart_history.entries(call.deps.store, call.shop, [row["cart_id"]]).get(row["cart_id"], ([], None))
    if not found or facts is None:
        return [Line(row["opened_ms"], (Part("Opened"),), mark="cart", why="what came after was not written down yet; tracker rebuild does it")]
    return story(found, facts)


def sessions(call: Call, row: Row) -> list[Row]:
    """Sessions of its visitors between a day before it was opened and its end."""
    until_ms = row["closed_ms"] if row["closed_ms"] is not None else call.now_ms
    return ask.sessions_of(call, row["visitor_ids"], limit=50, from_ms=row["opened_ms"] - DAY_MS, to_ms=until_ms + 1)
