"""Carts on a list.

in   rows of sql/carts.sql
out  Facts to hold the conditions against; Member
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from profiles import carts
from profiles.answers import CartConsent, Item, known, number
from profiles.conditions import Facts
from profiles.conditions.facts import amounts, consent
from profiles.lists.answers import Member
from profiles.lists.subject import Asking, Found, Subject, named, reasons_of, stages
from profiles.lists.why import Why
from tracker.clock import iso
from tracker.store import Row, load


class Doc(msgspec.Struct, gc=False):
    """What a list tells of a cart's document."""

    items: list[Item]
    consent: CartConsent
    abandonments: list[msgspec.Raw] = []


class CartRow(msgspec.Struct, gc=False):
    doc: Doc
    place: str
    id: str
    customer_id: str
    visitor_ids: list[str]
    owner_keys: list[int]
    state: str
    stage: str
    items_count: Decimal
    value: Decimal
    currency: str
    marketing: bool | None
    its_items: list[str]
    its_categories: list[str]
    opened_ms: int
    touched_ms: int
    abandoned_ms: int | None
    closed_ms: int | None
    reasons: int


FACTS: Mapping[str, Callable[[CartRow], Any]] = {
    "state": lambda row: row.state, "stage": lambda row: row.stage, "value": lambda row: amounts((row.currency, row.value)),
    "currency": lambda row: known(row.currency), "age_s": lambda row: row.touched_ms, "abandoned_age_s": lambda row: row.abandoned_ms,
    "items_count": lambda row: row.items_count, "items": lambda row: frozenset(row.its_items),
    "categories": lambda row: frozenset(row.its_categories), "abandonments": lambda row: len(row.doc.abandonments),
    "consent_marketing": lambda row: consent(row.marketing), "customer_known": lambda row: bool(row.customer_id),
}  # fmt: skip


def facts(asking: Asking, rows: Sequence[CartRow]) -> list[Facts]:
    """What the conditions ask of each, as conditions.facts_of_cart says it."""
    told = [(name, FACTS[name]) for name in asking.names if name in FACTS]
    found = [{name: fact(row) for name, fact in told} for row in rows]
    if asking.mentions("lifecycle"):
        known_stages = stages(asking, ((row.customer_id, asking.now_ms) for row in rows))
        found = [each | {"lifecycle": stage} for each, stage in zip(found, known_stages, strict=True)]
    if asking.mentions("channel", "campaign"):
        found = [each | source for each, source in zip(found, sources(asking, rows), strict=True)]
    return [Facts(asking.now_ms, each) for each in found]


def sources(asking: Asking, rows: Sequence[CartRow]) -> list[dict[str, str | None]]:
    """Where the session came from in which each was opened."""
    lives = [{"visitor_ids": row.visitor_ids, "opened_ms": row.opened_ms, "closed_ms": row.closed_ms} for row in rows]
    visits = carts.visits_of(asking.store, asking.site, lives, asking.now_ms)
    found = (carts.opened_from(life, own_visits(life, visits, asking.now_ms)) for life in lives)
    return [{"channel": source.channel if source else None, "campaign": source.campaign if source else None} for source in found]


def own_visits(life: Row, visits: Mapping[str, list[Row]], now_ms: int) -> list[Row]:
    """Those while the cart lived, the earliest first."""
    until_ms = life["closed_ms"] or now_ms
    found = [visit for each in life["visitor_ids"] for visit in visits.get(each, ())]
    meanwhile = [visit for visit in found if visit["started_ms"] <= until_ms and visit["ended_ms"] >= life["opened_ms"]]
    return sorted(meanwhile, key=lambda visit: (visit["started_ms"], visit["session_id"]))


def members(asking: Asking, found: Sequence[Found]) -> list[Member]:
    identified = identifications(asking, [row for row, _ in found])
    why = Why(asking.conditions)
    return [member(row, each, why, identified) for row, each in found]


def member(row: CartRow, facts: Facts, why: Why, identified: Mapping[tuple[str, str], str]) -> Member:
    customer_id, visitor_ids = row.customer_id, row.visitor_ids
    how = next((identified[customer_id, each] for each in visitor_ids if (customer_id, each) in identified), None) if customer_id else None
    return Member(
        subject="cart", id=row.id, customer_id=known(customer_id), visitor_ids=visitor_ids, state=row.state, stage=row.stage,
        lifecycle=facts.values.get("lifecycle"), items=named(row.doc.items), value=number(row.value), currency=known(row.currency),
        at=iso(row.touched_ms), abandoned_at=None if row.abandoned_ms is None else iso(row.abandoned_ms), consent=row.doc.consent, identified_how=how,
        why=why.of(facts), suppressed=reasons_of(row.reasons),
    )  # fmt: skip


def identifications(asking: Asking, rows: Sequence[CartRow]) -> dict[tuple[str, str], str]:
    """How a browser came to be a customer's, by both; of several times the latest."""
    if not any(row.customer_id for row in rows):
        return {}
    claimed = asking.store.rows(load("profiles.lists", "identified"), site=asking.site.name, first=rows[0].id, last=rows[-1].id)
    return {(row["customer_id"], row["visitor_id"]): row["how"] for row in claimed}


def parameters(asking: Asking) -> Row:
    return {"wants_items": asking.mentions("items", "categories")}


def place(after: str, until: str) -> Row:
    return {"after": after, "until": until}


def marks(asking: Asking, after: str) -> list[str]:
    found: list[str] = asking.store.rows(load("profiles.lists", "carts_marks"), site=asking.site.name, after=after)[0]["ids"]
    return found


SUBJECT = Subject("carts", CartRow, facts, members, parameters, place, marks)
