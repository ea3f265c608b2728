"""Questions to the store, for pages: rows as dictionaries.

in   a Call and what narrows the question
out  rows of profiles/sql/page_*.sql
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from profiles.views.guard import Call
from profiles.views.words import local
from tracker.store import Row, load

FAR_MS = 10_000_000_000_000 - 1
LAST_ID = "\x7f"  # above every id
SESSION_FILTER: dict[str, Any] = {"who": "", "purpose": "", "status": "", "from_ms": 0, "to_ms": FAR_MS, "pages_min": 0, "bought": 0}
CART_FILTER: dict[str, Any] = {"state": "", "stage": "", "min_value": "0", "from_ms": 0, "contact": ""}


def rows(call: Call, name: str, **parameters: Any) -> list[Row]:
    return call.deps.store.rows(load("profiles", name), site=call.shop.name, **parameters)


def sessions(call: Call, *, limit: int, cursor: tuple[int, str] = (FAR_MS, LAST_ID), session_id: str = "", visitors: Sequence[str] = (),
             customer_id: str = "", **narrowed: Any) -> list[Row]:  # fmt: skip
    times = {"now_ms": call.now_ms, "gap_ms": call.shop.session_gap_s * 1000}
    place = {"session_id": session_id, "visitors": list(visitors), "customer_id": customer_id, "cursor_ms": cursor[0], "cursor_id": cursor[1], "limit": limit}
    return rows(call, "page_sessions", **(SESSION_FILTER | narrowed), **times, **place)


def session_sums(call: Call, **narrowed: Any) -> Row:
    return rows(call, "page_sessions_sums", **(SESSION_FILTER | narrowed), now_ms=call.now_ms, gap_ms=call.shop.session_gap_s * 1000)[0]


def carts(call: Call, *, limit: int, cursor: tuple[int, str] = (FAR_MS, LAST_ID), cart_id: str = "", customer_id: str = "", visitor_id: str = "",
          **narrowed: Any) -> list[Row]:  # fmt: skip
    """Rows with `doc` decoded."""
    place = {"cart_id": cart_id, "customer_id": customer_id, "visitor_id": visitor_id, "cursor_ms": cursor[0], "cursor_id": cursor[1], "limit": limit}
    found = rows(call, "page_carts", **(CART_FILTER | narrowed), **place)
    return [row | {"doc": msgspec.json.decode(row["doc"] or "{}")} for row in found]


def cart_sums(call: Call, **narrowed: Any) -> list[Row]:
    return rows(call, "page_carts_sums", **(CART_FILTER | narrowed))


def customers(call: Call, ids: Sequence[str]) -> dict[str, Row]:
    if not ids:
        return {}
    return {row["customer_id"]: row for row in rows(call, "page_customers", customers=list(ids))}


def observations(call: Call, session: Row) -> list[Row]:
    """The stored events of a session, each once, oldest first."""
    days = {"first_day": local(session["started_ms"], "UTC").date(), "last_day": local(session["ended_ms"], "UTC").date()}
    times = {"started_ms": session["started_ms"], "ended_ms": session["ended_ms"]}
    return rows(call, "page_story", visitor_id=session["visitor_id"], **times, **days)


def cursor(at_ms: int, row_id: str) -> str:
    """Where a page of a list ended."""
    return f"{at_ms}.{row_id}"


def cursor_of(text: str) -> tuple[int, str] | None:
    """1732233601123.id -> (1732233601123, 'id'); None where it is no cursor."""
    at, dot, found = text.partition(".")
    if not dot or not at.isascii() or not at.isdigit() or len(at) > 13:
        return None
    return int(at), found[:200]
