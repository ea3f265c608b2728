"""A session as one row of a table on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from profiles.views import phrases
from profiles.views.words import money, sums
from tracker.store import Row


@dataclass(frozen=True, slots=True)
class SessionRow:
    """Everything is text or a figure, ready to be escaped."""

    session_id: str
    visitor_id: str
    customer_id: str
    started_ms: int
    ended_ms: int
    stayed_ms: int
    engaged_ms: int
    page_views: int
    is_open: bool
    quarantine: str
    purpose: str
    score: float
    why: str
    source: str
    device: str
    looked_at: str
    cart_id: str
    cart_items: str
    cart_worth: str
    bought: str


@dataclass(frozen=True, slots=True)
class Tile:
    name: str
    figure: str
    href: str = ""
    more: str = ""


def session_row(row: Row) -> SessionRow:
    return SessionRow(
        session_id=row["session_id"], visitor_id=row["visitor_id"], customer_id=row["customer_id"],
        started_ms=row["started_ms"], ended_ms=row["ended_ms"], stayed_ms=max(0, row["ended_ms"] - row["started_ms"]), engaged_ms=row["engaged_ms"],
        page_views=row["page_views"], is_open=bool(row["is_open"]),
        quarantine=phrases.quarantine(row["quarantine_reason"]) if row["quarantine_reason"] else "",
        purpose=row["purpose"], score=phrases.score(row), why=phrases.short_why(row),
        source=phrases.source(row), device=phrases.device(row), looked_at=phrases.looked_at(row),
        cart_id=row["cart_id"], cart_items=phrases.items(row["cart_items"], 3),
        cart_worth=money(row["cart_value"], row["cart_currency"]) if row["cart_value"] else "",
        bought=sums([(order["value"], order["currency"]) for order in row["purchases"]], "ordered") if row["purchases"] else "",
    )  # fmt: skip


def session_rows(rows: Sequence[Row]) -> list[SessionRow]:
    return [session_row(row) for row in rows]
