"""What the API answers about customers and visitors, as types; see answers.py."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import msgspec

from profiles.answers import Cart, CustomerLifecycle, PurposeLabel, SessionProfile, Time
from profiles.answers_cart import CartEvent
from profiles.answers_event import Event


class Claim(msgspec.Struct, rename={"from_at": "from", "until_at": "until"}):
    """Who the visitor was, and when; `until` null = still."""

    customer_id: str
    from_at: Time
    until_at: Time | None
    identified_at: Time
    how: str
    because: str


class CustomerVisitor(msgspec.Struct):
    """`claims` are this customer's times on that browser; none = known by an order only."""

    visitor_id: str
    first_seen: Time | None
    last_seen: Time | None
    sessions_count: int
    claims: list[Claim]


class Money(msgspec.Struct):
    currency: str | None
    value: Decimal


class CategoryInterest(msgspec.Struct):
    category: str
    views: int
    seen_ms: int


class ProductInterest(msgspec.Struct):
    id: str
    name: str | None
    views: int
    seen_ms: int


class Interests(msgspec.Struct):
    categories: list[CategoryInterest]
    products: list[ProductInterest]


class Readiness(msgspec.Struct):
    """How likely an order is within `horizon_days`, 0 to 1; null = too little is known to say, and `evidence` says what is missing."""

    score: float | None
    evidence: list[str]
    horizon_days: int
    model: str


class SessionBrief(msgspec.Struct):
    session_id: str
    started_at: Time
    ended_at: Time
    status: Literal["open", "closed"]
    purpose: PurposeLabel
    page_views: int
    device: str


class CustomerProfile(msgspec.Struct):
    customer_id: str
    site: str
    lifecycle: CustomerLifecycle
    first_seen: Time
    last_seen: Time | None
    visitors: list[CustomerVisitor]
    sessions_count: int
    orders_count: int
    revenue: list[Money]
    average_order: Money | None
    last_order_at: Time | None
    interests: Interests
    readiness: Readiness
    open_cart: Cart | None
    abandoned_cart: Cart | None
    attributes: dict[str, Any]
    consent: dict[str, Any]
    recent_sessions: list[SessionBrief]
    version: int


class Compared(msgspec.Struct):
    """What the company says and what was observed; null = that side said nothing, and `agrees` is null then."""

    name: str
    company: Any
    company_at: Time | None
    observed: Any
    observed_at: Time | None
    agrees: bool | None


class ComparedList(msgspec.Struct):
    data: list[Compared]
    next_cursor: None = None


class VisitorProfile(msgspec.Struct):
    visitor_id: str
    site: str
    status: Literal["anonymous", "registered"]
    customer_id: str | None
    first_seen: Time | None
    last_seen: Time | None
    sessions_count: int
    claims: list[Claim]
    open_cart: Cart | None
    abandoned_cart: Cart | None
    released: bool
    recent_sessions: list[SessionBrief]
    version: int


class Erased(msgspec.Struct):
    """Rows deleted, by table; pieces deleted, by folder. A `customer_id` of null: only the browser was erased."""

    customer_id: str | None
    visitor_ids: list[str]
    deleted: dict[str, int]


class DeadLetter(msgspec.Struct):
    """An event that could not be stored, as it came; what mentions the person."""

    at: Time
    reason: str
    message: str
    line: str


class Correction(msgspec.Struct):
    """What somebody said a session was for; `label` null = taken back."""

    session_id: str
    label: PurposeLabel | None
    by: str
    at: Time


class Contact(msgspec.Struct):
    """A pull of a campaign this person was in; `held_out`: for comparison, so nobody was told of them. `member`: what the list said of them then."""

    at: Time
    campaign_id: str
    program_id: str
    list_id: str
    pull_id: str
    cell: str
    held_out: bool
    response_code: str
    member: dict[str, Any]


class RuleMet(msgspec.Struct):
    """A business rule this person met; `held_out` or with `suppressed`: nothing was done. `target`: the webhook or the offer."""

    at: Time
    rule_id: str
    subject: str
    subject_id: str
    cell: str
    held_out: bool
    response_code: str
    suppressed: list[str]
    action: str
    target: str
    why: list[str]


class MessageTold(msgspec.Struct):
    """What was told of a person: `told` is the JSON that was sent or waits to be, `taken_by` the addresses that took it."""

    message_id: str
    type: str
    at: Time
    told: str
    taken_by: list[str]


class Export(msgspec.Struct):
    """Everything stored about a person. Of a browser that others used too: what happened in this customer's time."""

    customer_id: str
    site: str
    exported_at: Time
    profile: CustomerProfile
    sessions: list[SessionProfile]
    carts: list[Cart]
    cart_history: dict[str, list[CartEvent]]
    events: list[Event]
    dead_letters: list[DeadLetter]
    corrections: list[Correction]
    contacts: list[Contact]
    rule_matches: list[RuleMet]
    messages: list[MessageTold]


class VisitorExport(msgspec.Struct):
    """Everything stored about a browser."""

    visitor_id: str
    site: str
    exported_at: Time
    profile: VisitorProfile | None
    sessions: list[SessionProfile]
    carts: list[Cart]
    cart_history: dict[str, list[CartEvent]]
    events: list[Event]
    dead_letters: list[DeadLetter]
    corrections: list[Correction]
    contacts: list[Contact]
    rule_matches: list[RuleMet]
    messages: list[MessageTold]
