"""Questions to the store, for pages: rows as dictionaries.

in   a Call and what narrows the question
out  rows of profiles/sql/page_*.sql
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from profiles.views.guard import Call
from profiles.views.words import money
from tracker.store import Row, load

FAR_MS = 9_999_999_999_999
LAST_ID = "\x7f"  # above every id
DAY_MS = 86_400_000
BOUGHT_LATELY_MS = 30 * DAY_MS
START = (FAR_MS, LAST_ID)
SESSION_FILTER: dict[str, Any] = {"who": "", "purpose": "", "status": "", "from_ms": 0, "to_ms": FAR_MS, "pages_min": 0, "bought": 0}
CART_FILTER: dict[str, Any] = {"state": "", "stage": "", "min_value": "0", "from_ms": 0, "contact": ""}
Cursor = tuple[int, str]


def rows(call: Call, name: str, **parameters: Any) -> list[Row]:
    return call.deps.store.rows(load("profiles", name), site=call.shop.name, **parameters)


# --- sessions ------------------------------------------------------------------------------------------------------


def sessions(call: Call, *, limit: int, cursor: Cursor = START, customer_id: str = "", **narrowed: Any) -> list[Row]:
    """The sessions a filter finds, newest first."""
    wanted = {"customer_id": customer_id, "cursor_ms": cursor[0], "cursor_id": cursor[1], "limit": limit, "open_since_ms": open_since_ms(call)}
    keys = rows(call, "page_session_keys", **(SESSION_FILTER | narrowed), **wanted)
    if not keys:
        return []
    visitors = sorted({key["visitor_id"] for key in keys})
    return shown_sessions(call, limit=limit, visitors=visitors, ids=[key["session_id"] for key in keys])


def session(call: Call, session_id: str) -> Row | None:
    found = shown_sessions(call, limit=1, ids=[session_id])
    return found[0] if found else None


def sessions_of(call: Call, visitors: Sequence[str], *, limit: int, from_ms: int = 0, to_ms: int = FAR_MS) -> list[Row]:
    """All sessions of some visitors, quarantined ones too, newest first."""
    return shown_sessions(call, limit=limit, visitors=visitors, from_ms=from_ms, to_ms=to_ms) if visitors else []


def shown_sessions(call: Call, *, limit: int, visitors: Sequence[str] = (), ids: Sequence[str] = (), from_ms: int = 0,
                   to_ms: int = FAR_MS) -> list[Row]:  # fmt: skip
    times = {"from_ms": from_ms, "to_ms": to_ms, "open_since_ms": open_since_ms(call)}
    return rows(call, "page_sessions", visitors=list(visitors), sessions=list(ids), limit=limit, **times)


def session_sums(call: Call, **narrowed: Any) -> Row:
    return rows(call, "page_sessions_sums", **(SESSION_FILTER | narrowed), open_since_ms=open_since_ms(call))[0]


def open_since_ms(call: Call) -> int:
    """Whoever gave a sign of life at or after this moment is still here."""
    return call.now_ms - call.shop.session_gap_s * 1000


def cart_worths(call: Call, row: Row) -> dict[int, str]:
    """What the visitor's cart was worth after each change in a session, by time."""
    found = rows(call, "page_cart_worths", visitor_id=row["visitor_id"], from_ms=row["started_ms"], to_ms=row["ended_ms"])
    return {moment["at_ms"]: money(moment["value"], moment["currency"]) for moment in found}


# --- carts, customers ----------------------------------------------------------------------------------------------


def carts(call: Call, *, limit: int, cursor: Cursor = START, cart_id: str = "", customer_id: str = "", visitor_id: str = "",
          **narrowed: Any) -> list[Row]:  # fmt: skip
    """Rows with `doc` decoded."""
    place = {"cart_id": cart_id, "customer_id": customer_id, "visitor_id": visitor_id, "cursor_ms": cursor[0], "cursor_id": cursor[1], "limit": limit}
    found = rows(call, "page_carts", **(CART_FILTER | narrowed), **place, bought_since_ms=call.now_ms - BOUGHT_LATELY_MS)
    return [row | {"doc": msgspec.json.decode(row["doc"] or "{}")} for row in found]


def cart_sums(call: Call, **narrowed: Any) -> list[Row]:
    return rows(call, "page_carts_sums", **(CART_FILTER | narrowed), bought_since_ms=call.now_ms - BOUGHT_LATELY_MS)


def customers(call: Call, ids: Sequence[str]) -> dict[str, Row]:
    if not ids:
        return {}
    return {row["customer_id"]: row for row in rows(call, "page_customers", customers=list(ids))}


# --- cursors -------------------------------------------------------------------------------------------------------


def cursor(at_ms: int, row_id: str) -> str:
    """Where a page of a list ended."""
    return f"{at_ms}.{row_id}"


def cursor_of(text: str) -> Cursor:
    """1732233601123.id -> (1732233601123, 'id'); what is no cursor is the start."""
    at, dot, found = text.partition(".")
    if not dot or not at.isascii() or not at.isdigit() or len(at) > 13:
        return START
    return int(at), found[:200]
