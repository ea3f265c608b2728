"""Who somebody is, for pages: stage of the life cycle, why a session counts as what it does."""

from __future__ import annotations

from collections.abc import Sequence

from profiles import evidence
from profiles.answers import Lifecycle
from profiles.lifecycle import Life, lifecycle
from profiles.views import ask
from profiles.views.guard import Call
from profiles.views.words import clean, count, day_name
from tracker.clock import ms_of_iso
from tracker.store import Row

STAGES = {"prospect": "known, no order", "new": "new customer", "at_risk": "at risk", "won_back": "won back"}


def purpose_evidence(row: Row) -> list[str]:
    return [clean(sentence) for sentence in evidence.purpose(row)]


def life_of(customer: Row) -> Life:
    orders = sorted(order["at_ms"] for order in customer["orders"] if order["status"] != "cancelled")
    return Life(customer["registered_ms"], orders, customer["lifecycle"], customer["lifecycle_ms"])


def life(call: Call, customer: Row) -> Lifecycle:
    return lifecycle(life_of(customer), call.deps.rhythms.of(call.shop.name), call.now_ms)


def stage(found: Lifecycle) -> str:
    """The other stages are called what they are: active, loyal, lapsed, or the CRM's own word."""
    return STAGES.get(found.stage, clean(found.stage, 40))


def standing_in_life(call: Call, customer_id: str) -> str:
    """loyal since 3 March; '' where nothing is known."""
    customer = ask.customers(call, [customer_id]).get(customer_id) if customer_id else None
    if customer is None:
        return ""
    return stage_since(call, life(call, customer))


def stage_since(call: Call, found: Lifecycle) -> str:
    day = day_name(ms_of_iso(found.since), call.now_ms, call.shop.timezone)
    return f"known since {day}, no order yet" if found.stage == "prospect" else f"{stage(found)} since {day}"


def short_life(call: Call, customer: Row | None) -> str:
    """4 orders, loyal."""
    if customer is None:
        return "known by name"
    orders = sum(1 for order in customer["orders"] if order["status"] != "cancelled")
    said = stage(life(call, customer))
    return f"{count(orders, 'order')}, {said}" if orders else said


def contactable(consent: object) -> bool | None:
    """What the customer said about being written to; None = was not asked."""
    said = consent.get("marketing") if isinstance(consent, dict) else None
    granted = said.get("granted") if isinstance(said, dict) else said
    return granted if isinstance(granted, bool) else None


def unique(ids: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(found for found in ids if found))
