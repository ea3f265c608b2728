"""Carts on a list.

in   rows of sql/carts.sql
out  Facts to hold the conditions against; Member
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from profiles import carts
from profiles.answers import CartConsent, Item, known, number
from profiles.conditions import Facts
from profiles.conditions.facts import amounts, consent
from profiles.lists.answers import Member
from profiles.lists.subject import Asking, Found, Subject, reasons_of, stages
from profiles.lists.why import Why
from tracker.clock import iso
from tracker.store import Row, load


class Doc(msgspec.Struct):
    """What a list tells of a cart's document."""

    items: list[Item]
    consent: CartConsent
    abandonments: list[Any] = []


_doc = msgspec.json.Decoder(Doc)


def facts(asking: Asking, rows: Sequence[Row]) -> list[Facts]:
    """What the API would say of each, as conditions.facts_of_cart; what no condition mentions and costs a query is left out."""
    found = [columns(row) for row in rows]
    if asking.mentions("abandonments"):
        found = [each | {"abandonments": len(_doc.decode(row["doc"]).abandonments)} for each, row in zip(found, rows, strict=True)]
    if asking.mentions("lifecycle"):
        told = stages(asking, ((row["customer_id"], asking.now_ms) for row in rows))
        found = [each | {"lifecycle": stage} for each, stage in zip(found, told, strict=True)]
    if asking.mentions("channel", "campaign"):
        found = [each | source for each, source in zip(found, sources(asking, rows), strict=True)]
    return [Facts(asking.now_ms, each) for each in found]


def columns(row: Row) -> dict[str, Any]:
    return {
        "state": row["state"], "stage": row["stage"], "value": amounts((row["currency"], row["value"])), "currency": known(row["currency"]),
        "age_s": row["touched_ms"], "abandoned_age_s": row["abandoned_ms"], "items_count": row["items_count"], "items": frozenset(row["item_ids"]),
        "categories": frozenset(row["categories"]), "consent_marketing": consent(row["marketing"]), "customer_known": bool(row["customer_id"]),
    }  # fmt: skip


def sources(asking: Asking, rows: Sequence[Row]) -> list[dict[str, str | None]]:
    """Where the session came from in which each was opened."""
    visits = carts.visits_of(asking.store, asking.site, rows, asking.now_ms)
    found = (carts.opened_from(row, own_visits(row, visits, asking.now_ms)) for row in rows)
    return [{"channel": source.channel if source else None, "campaign": source.campaign if source else None} for source in found]


def own_visits(row: Row, visits: Mapping[str, list[Row]], now_ms: int) -> list[Row]:
    """Those while it lived, the earliest first."""
    until_ms = row["closed_ms"] or now_ms
    found = [visit for each in row["visitor_ids"] for visit in visits.get(each, ())]
    meanwhile = [visit for visit in found if visit["started_ms"] <= until_ms and visit["ended_ms"] >= row["opened_ms"]]
    return sorted(meanwhile, key=lambda visit: (visit["started_ms"], visit["session_id"]))


def members(asking: Asking, found: Sequence[Found]) -> list[Member]:
    identified = identifications(asking, [row for row, _ in found])
    why = Why(asking.conditions)
    return [member(row, each, why, identified) for row, each in found]


def member(row: Row, facts: Facts, why: Why, identified: dict[tuple[str, str], str]) -> Member:
    doc = _doc.decode(row["doc"])
    how = next((identified[row["customer_id"], each] for each in row["visitor_ids"] if (row["customer_id"], each) in identified), None)
    return Member(
        subject="cart", id=row["cart_id"], customer_id=known(row["customer_id"]), visitor_ids=row["visitor_ids"], state=row["state"],
        stage=row["stage"], lifecycle=facts.values.get("lifecycle"), items=doc.items, value=number(row["value"]), currency=known(row["currency"]),
        at=iso(row["touched_ms"]), abandoned_at=None if row["abandoned_ms"] is None else iso(row["abandoned_ms"]), consent=doc.consent,
        identified_how=how, why=why.of(facts), suppressed=reasons_of(row),
    )  # fmt: skip


def identifications(asking: Asking, rows: Sequence[Row]) -> dict[tuple[str, str], str]:
    """How a browser came to be a customer's, by both; of several times the latest."""
    wanted = sorted({visitor_id for row in rows if row["customer_id"] for visitor_id in row["visitor_ids"]})
    if not wanted:
        return {}
    claimed = asking.store.rows(load("profiles.lists", "identified"), site=asking.site.name, visitor_ids=wanted)
    return {(row["customer_id"], row["visitor_id"]): row["how"] for row in claimed}


SUBJECT = Subject("carts", "cart_id", facts, members)
