"""A cart as one row of a table on a page; who owns it and what that session was about are asked once for all rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from profiles.views import ask, phrases
from profiles.views.guard import Call
from profiles.views.people import short_life, unique
from profiles.views.words import count
from tracker.store import Row

DAY_MS = 86_400_000
WAITING = ("open", "abandoned", "lost")


@dataclass(frozen=True, slots=True)
class CartRow:
    """Everything is text or a figure, ready to be escaped."""

    cart_id: str
    customer_id: str
    visitor_id: str
    who_why: str
    items: str
    items_why: str
    worth: str
    state: str
    happened_ms: int
    when_why: str
    purpose: str
    score: float
    purpose_why: str
    session_id: str
    standing_kind: str
    standing: str
    may_contact: bool


def cart_rows(call: Call, rows: Sequence[Row]) -> list[CartRow]:
    customers = ask.customers(call, unique([row["customer_id"] for row in rows]))
    sessions = sessions_of(call, rows)
    return [cart_row(call, row, customers.get(row["customer_id"]), last_session(row, sessions)) for row in rows]


def sessions_of(call: Call, rows: Sequence[Row]) -> dict[str, list[Row]]:
    """visitor -> sessions that may have touched these carts, newest first."""
    visitors = unique([visitor for row in rows for visitor in row["visitor_ids"]])
    if not visitors:
        return {}
    times = {"from_ms": min(row["opened_ms"] for row in rows) - DAY_MS, "to_ms": max(row["touched_ms"] for row in rows) + 1}
    found: dict[str, list[Row]] = {}
    for session in ask.sessions_of(call, visitors, limit=20 * len(rows) + 100, **times):
        found.setdefault(session["visitor_id"], []).append(session)
    return found


def last_session(row: Row, sessions: dict[str, list[Row]]) -> Row | None:
    """The session in which the cart was touched last."""
    near = [session for visitor in row["visitor_ids"] for session in sessions.get(visitor, []) if session["started_ms"] <= row["touched_ms"]]
    return max(near, key=lambda session: session["started_ms"], default=None)


def cart_row(call: Call, row: Row, customer: Row | None, session: Row | None) -> CartRow:
    doc = row["doc"]
    kind, standing = standing_of(row, customer, session, call.now_ms)
    return CartRow(
        cart_id=row["cart_id"],
        customer_id=row["customer_id"],
        visitor_id=row["visitor_ids"][0] if row["visitor_ids"] else "",
        who_why=short_life(call, customer) if row["customer_id"] else anonymous_why(session),
        items=phrases.items(doc.get("items", [])) or phrases.items(bought_items(doc)),
        items_why=items_why(row),
        worth=phrases.cart_worth(row),
        state=row["state"],
        happened_ms=row["happened_ms"],
        when_why=phrases.cart_why(row, call.shop.cart_cutoff_s, call.shop.cart_lost_s),
        purpose=session["purpose"] if session else "",
        score=phrases.score(session) if session else 0.0,
        purpose_why=phrases.short_why(session) if session else "",
        session_id=session["session_id"] if session else "",
        standing_kind=kind,
        standing=standing,
        may_contact=kind == "on",
    )


def bought_items(doc: Row) -> list[Row]:
    """A cart that ended with an order is empty; its order tells what was in it, where the document keeps that."""
    recovered = doc.get("recovered")
    return list(recovered.get("items", [])) if isinstance(recovered, dict) else []


def anonymous_why(session: Row | None) -> str:
    if session is None:
        return "not logged in"
    earlier = session["earlier_sessions"]
    return phrases.device(session) + (f", {count(earlier + 1, 'session')} that day" if earlier else "")


def items_why(row: Row) -> str:
    """took out: Descaler. Stopped at payment."""
    removed = phrases.items(row["doc"].get("removed_items", []))
    took_out = f"took out: {removed}" if removed else ""
    if row["stage"] not in ("checkout", "payment") or row["state"] not in WAITING:
        return took_out
    return f"{took_out}. Stopped {phrases.STAGES[row['stage']]}" if took_out else f"stopped {phrases.STAGES[row['stage']]}"


def standing_of(row: Row, customer: Row | None, session: Row | None, now_ms: int) -> phrases.Standing:
    """A cart that was bought or emptied asks nobody to write."""
    if row["state"] not in WAITING:
        return "", ""
    return phrases.standing(row["customer_id"], row["doc"].get("consent"), suppressed(customer, row, session, now_ms))


def suppressed(customer: Row | None, row: Row, session: Row | None, now_ms: int) -> list[str]:
    """Reasons not to write although it is allowed: a robot, or the same thing was ordered in the last 30 days."""
    if session and session["quarantine_reason"]:
        return ["quarantined"]
    if customer is None:
        return []
    wanted = {item.get("id") for item in row["doc"].get("items", [])}
    lately = [order for order in customer["orders"] if order["status"] != "cancelled" and now_ms - order["at_ms"] < 30 * DAY_MS]
    return ["bought_same_item_30d"] if any(item["id"] in wanted for order in lately for item in order["items"]) else []
