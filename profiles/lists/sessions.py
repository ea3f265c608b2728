"""Sessions on a list.

in   rows of sql/sessions.sql
out  Facts to hold the conditions against; Member
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from profiles import corrections, sessions
from profiles.answers import Item, known, number
from profiles.conditions import Facts, with_parents
from profiles.conditions.facts import amounts
from profiles.lists.answers import Member
from profiles.lists.consenting import consents, unknown
from profiles.lists.subject import Asking, Found, Subject, named, reasons_of, stages
from profiles.lists.why import Why
from tracker.clock import iso
from tracker.store import Row, load


class SessionRow(msgspec.Struct, gc=False):
    place: str
    id: str
    visitor_id: str
    customer_id: str
    owner_keys: list[int]
    value: Decimal
    currency: str
    items: list[Item]
    started_ms: int
    ended_ms: int
    engaged_ms: int
    page_views: int
    channel: str
    campaign: str
    device_type: str
    label: str
    confidence: Decimal
    is_corrected: bool
    identified_how: str
    product_ids: list[str]
    product_categories: list[str]
    content_ids: list[str]
    orders: int
    reasons: int


FACTS: Mapping[str, Callable[[SessionRow], Any]] = {
    "purpose": lambda row: row.label, "confidence": lambda row: Decimal(1) if row.is_corrected else row.confidence,
    "device": lambda row: row.device_type or "unknown", "channel": lambda row: known(row.channel), "campaign": lambda row: known(row.campaign),
    "page_views": lambda row: row.page_views, "duration_s": lambda row: Decimal(row.ended_ms - row.started_ms) / 1000,
    "engaged_s": lambda row: Decimal(row.engaged_ms) / 1000, "quiet_age_s": lambda row: row.ended_ms,
    "products_viewed": lambda row: frozenset(row.product_ids), "categories_viewed": lambda row: with_parents(row.product_categories),
    "content_seen": lambda row: frozenset(row.content_ids), "cart_value": lambda row: amounts((row.currency, row.value)),
    "purchases": lambda row: row.orders, "customer_known": lambda row: bool(row.customer_id),
}  # fmt: skip


def facts(asking: Asking, rows: Sequence[SessionRow]) -> list[Facts]:
    """What the conditions ask of each, as conditions.facts_of_session says it."""
    told = [(name, FACTS[name]) for name in asking.names if name in FACTS]
    found = [{name: fact(row) for name, fact in told} for row in rows]
    open_since_ms = open_since(asking)
    if asking.mentions("status"):
        found = [each | {"status": "open" if row.ended_ms >= open_since_ms else "closed"} for each, row in zip(found, rows, strict=True)]
    if asking.mentions("lifecycle"):
        known_stages = stages(asking, ((row.customer_id, row.ended_ms) for row in rows))
        found = [each | {"lifecycle": stage} for each, stage in zip(found, known_stages, strict=True)]
    return [Facts(asking.now_ms, each) for each in found]


def open_since(asking: Asking) -> int:
    return asking.now_ms - asking.site.session_gap_s * 1000


def members(asking: Asking, found: Sequence[Found]) -> list[Member]:
    why, told = Why(asking.conditions), consents(asking, (row.customer_id for row, _ in found))
    return [
        Member(
            subject="session", id=row.id, customer_id=known(row.customer_id), visitor_ids=[row.visitor_id], state=row.label, stage=None,
            lifecycle=facts.values.get("lifecycle"), items=named(row.items), value=number(row.value) if row.currency else None,
            currency=known(row.currency), at=iso(row.ended_ms), abandoned_at=None, consent=told.get(row.customer_id, unknown()),
            identified_how=known(row.identified_how), why=why.of(facts), suppressed=reasons_of(row.reasons),
        )
        for row, facts in found
    ]  # fmt: skip


def parameters(asking: Asking) -> Row:
    """Sessions that a person judged: few, so they are told to the query."""
    told = corrected(asking) if asking.mentions("purpose", "confidence") else {}
    labels = told or {"": ""}
    return {"open_since_ms": open_since(asking), "corrected": list(labels), "corrected_labels": list(labels.values())}


def corrected(asking: Asking) -> dict[str, str]:
    store, site = asking.store, asking.site
    visitor_ids = [row["visitor_id"] for row in store.rows(load("profiles.lists", "corrected"), site=site.name)]
    if not visitor_ids:
        return {}
    judged = sessions.latest(sessions.read(store, site, visitor_ids=visitor_ids), "session_id")
    return {session_id: said.label for session_id, said in corrections.of_sessions(store, site, judged).items()}


def place(after: str, until: str) -> Row:
    """An id of a session has no stroke in it; that of a browser may."""
    visitor_id, _, session_id = after.rpartition("/")
    return {"after_visitor": visitor_id, "after_session": session_id}


SUBJECT = Subject("sessions", SessionRow, facts, members, parameters, place)
