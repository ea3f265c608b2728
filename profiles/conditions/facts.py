"""What is known of one cart, session or customer, by the names of the fields.

in   a profile as the API tells it, and the time now; of a cart also what its document does not carry
out  Facts: None or no entry = not known; an age is the ms of its moment; money is the amount by currency
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from profiles.answers import Cart, SessionProfile, Source
from profiles.answers_people import CustomerProfile
from tracker.clock import ms_of_iso


@dataclass(frozen=True, slots=True)
class Facts:
    now_ms: int
    values: Mapping[str, Any]


def facts_of_cart(cart: Cart, now_ms: int, *, categories: Iterable[str] = (), lifecycle: str | None = None) -> Facts:
    """`categories` of its items and the `lifecycle` stage of its customer are no part of a cart's document."""
    return Facts(now_ms, {
        "state": cart.state, "stage": cart.stage, "value": amounts((cart.currency, cart.value)), "currency": cart.currency,
        "age_s": ms_of_iso(cart.touched_at), "abandoned_age_s": moment(cart.abandoned_at), "items_count": Decimal(cart.items_count),
        "items": frozenset(item.id for item in cart.items), "categories": with_parents(categories), "abandonments": len(cart.abandonments),
        "consent_marketing": consent(cart.consent.marketing), "customer_known": cart.owner.customer_id is not None, "lifecycle": lifecycle,
        **source(cart.source),
    })  # fmt: skip


def facts_of_session(session: SessionProfile, now_ms: int) -> Facts:
    """What a person said of its purpose counts, not what the model says."""
    said = session.purpose.corrected
    stage = session.visitor.lifecycle
    return Facts(now_ms, {
        "status": session.status, "purpose": said.label if said else session.purpose.label,
        "confidence": Decimal(1) if said else Decimal(str(session.purpose.confidence)), "device": session.device.type, **source(session.source),
        "page_views": session.page_views, "duration_s": Decimal(str(session.duration_s)), "engaged_s": Decimal(str(session.engaged_s)),
        "quiet_age_s": ms_of_iso(session.ended_at), "products_viewed": frozenset(product.id for product in session.products_viewed),
        "categories_viewed": with_parents(product.category for product in session.products_viewed),
        "content_seen": frozenset(content.id for content in session.content),
        "cart_value": amounts((session.cart.currency, session.cart.value)) if session.cart else {}, "purchases": len(session.purchases),
        "customer_known": session.visitor.customer_id is not None, "lifecycle": stage.stage if stage else None,
    })  # fmt: skip


def facts_of_customer(customer: CustomerProfile, now_ms: int) -> Facts:
    aside, score = customer.abandoned_cart, customer.readiness.score
    return Facts(now_ms, {
        "lifecycle": customer.lifecycle.stage, "orders_count": customer.orders_count,
        "revenue": amounts(*((money.currency, money.value) for money in customer.revenue)), "last_order_age_s": moment(customer.last_order_at),
        "last_seen_age_s": moment(customer.last_seen), "sessions_count": customer.sessions_count,
        "readiness": None if score is None else Decimal(str(score)), "has_abandoned_cart": aside is not None,
        "abandoned_value": amounts((aside.currency, aside.value)) if aside else {},
        "interests": with_parents(interest.category for interest in customer.interests.categories),
        **{f"attributes.{name}": known_fact(value) for name, value in customer.attributes.items()},
        **{f"consent.{name}": consent(said.get("granted")) for name, said in customer.consent.items()},
    })  # fmt: skip


def moment(at: str | None) -> int | None:
    return None if at is None else ms_of_iso(at)


def amounts(*money: tuple[str | None, Decimal]) -> dict[str, Decimal]:
    """Without a currency it is no amount."""
    return {currency: Decimal(value) for currency, value in money if currency}


def consent(granted: bool | None) -> str:
    return "never_asked" if granted is None else "granted" if granted else "denied"


def source(source: Source | None) -> dict[str, str | None]:
    return {"channel": source.channel if source else None, "campaign": source.campaign if source else None}


def known_fact(value: Any) -> Any:
    """Numbers as decimals; what is neither text, number nor yes or no is told as it is written."""
    if isinstance(value, bool | str) or value is None:
        return value
    return Decimal(str(value)) if isinstance(value, int | float | Decimal) else str(value)


def with_parents(categories: Iterable[str | None]) -> frozenset[str]:
    """kitchen/coffee is of kitchen too."""
    found: set[str] = set()
    for category in categories:
        parts = (category or "").split("/")
        found |= {"/".join(parts[:many]) for many in range(1, len(parts) + 1)}
    return frozenset(found - {""})
