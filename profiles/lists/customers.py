"""Customers on a list.

in   rows of sql/customers.sql, and what is asked of their visits, carts and interests
out  Facts to hold the conditions against; Member
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, get_args

import msgspec

from profiles import lifecycle
from profiles.answers import Stage, known
from profiles.conditions import Condition, Facts
from profiles.conditions.facts import amounts, consent, known_fact
from profiles.lists import visits
from profiles.lists.answers import Member
from profiles.lists.consenting import marketing
from profiles.lists.subject import Asking, Found, Subject, reasons_of, rhythm
from profiles.lists.why import Why
from tracker.clock import iso
from tracker.store import Row

STAGE_ORDERS = {"prospect": (0, 0), "new": (1, MANY := 2**32 - 1), "won_back": (2, MANY), "loyal": (3, MANY)}  # others: at least one


class Order(msgspec.Struct, array_like=True):
    at_ms: int
    value: Decimal
    currency: str
    status: str
    refunded: Decimal


class CustomerRow(msgspec.Struct, gc=False):
    place: str
    id: str
    visitor_ids: list[str]
    owner_keys: list[int]
    value: Decimal
    currency: str
    registered_ms: int
    attributes: str
    consent: str
    cart_ids: list[str]
    crm_stage: str
    crm_ms: int
    all_orders: list[Order]
    reasons: int

    @property
    def kept(self) -> list[Order]:
        return [order for order in self.all_orders if order.status != "cancelled"]


def facts(asking: Asking, rows: Sequence[CustomerRow]) -> list[Facts]:
    """What the conditions ask of each, as conditions.facts_of_customer says it."""
    found = [of_row(row) for row in rows]
    if asking.mentions("lifecycle"):
        site_rhythm = rhythm(asking)
        found = [each | {"lifecycle": stage(row, site_rhythm, asking.now_ms)} for each, row in zip(found, rows, strict=True)]
    for names, ask in visits.QUESTIONS:
        if asking.mentions(*names):
            told = ask(asking, rows)
            found = [each | told[row.id] for each, row in zip(found, rows, strict=True)]
    return [Facts(asking.now_ms, each) for each in found]


def of_row(row: CustomerRow) -> dict[str, Any]:
    kept, revenue = row.kept, dict[str, Decimal]()
    for order in kept:
        revenue[order.currency] = revenue.get(order.currency, Decimal(0)) + order.value - order.refunded
    return {
        "orders_count": len(kept), "revenue": amounts(*revenue.items()), "last_order_age_s": max((order.at_ms for order in kept), default=None),
        **{f"attributes.{name}": known_fact(value) for name, value in msgspec.json.decode(row.attributes or "{}").items()},
        **{f"consent.{name}": consent(said.get("granted")) for name, said in msgspec.json.decode(row.consent or "{}").items()},
    }  # fmt: skip


def stage(row: CustomerRow, site_rhythm: lifecycle.Rhythm, now_ms: int) -> str:
    life = lifecycle.Life(row.registered_ms, sorted(order.at_ms for order in row.kept), row.crm_stage, row.crm_ms)
    return lifecycle.lifecycle(life, site_rhythm, now_ms).stage


def members(asking: Asking, found: Sequence[Found]) -> list[Member]:
    why = Why(asking.conditions)
    return [member(row, facts, why) for row, facts in found]


def member(row: CustomerRow, facts: Facts, why: Why) -> Member:
    last_ms = facts.values["last_order_age_s"]
    return Member(
        subject="customer", id=row.id, customer_id=known(row.id), visitor_ids=row.visitor_ids, state=None, stage=None,
        lifecycle=facts.values.get("lifecycle"), items=[], value=None, currency=None, at=None if last_ms is None else iso(last_ms), abandoned_at=None,
        consent=marketing(row.consent), identified_how=None, why=why.of(facts), suppressed=reasons_of(row.reasons),
    )  # fmt: skip


def parameters(asking: Asking) -> Row:
    """Each life-cycle stage needs some orders; a condition that stands alone narrows by that."""
    stages = set(get_args(Stage))
    for part in asking.conditions.all:
        if isinstance(part, Condition) and part.field.name == "lifecycle":
            named = set(part.value if isinstance(part.value, tuple) else (part.value,))
            stages &= named if part.operator in ("is", "any_of") else set(get_args(Stage)) - named
    limits = [STAGE_ORDERS.get(each, (1, MANY)) for each in stages] or [(MANY, 0)]
    return {"stage_orders_min": min(least for least, _ in limits), "stage_orders_max": max(most for _, most in limits)}


def place(after: str, until: str) -> Row:
    return {"after": after}


SUBJECT = Subject("customers", CustomerRow, facts, members, parameters, place)
