"""What the API says and takes about lists, as types."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from profiles.answers import CartConsent, Item, Time

Plural = Literal["carts", "sessions", "customers"]
Reason = Literal["no_consent", "consent_unknown", "bought_same_item_30d", "quarantined", "below_value", "contacted_lately", "on_another_list"]


class SuppressionIn(msgspec.Struct, forbid_unknown_fields=True):
    """Who is left out although the conditions hold. Robots always are."""

    reasons: list[Reason] = msgspec.field(default_factory=lambda: ["no_consent", "bought_same_item_30d", "quarantined"])
    contacted_days: Annotated[int, Meta(description="How long `contacted_lately` looks back")] = 14
    min_value: Annotated[list[dict[str, Any]], Meta(description='What a cart must be worth, by currency: [{"amount":50,"currency":"EUR"}]')] = []


class ListIn(msgspec.Struct, forbid_unknown_fields=True):
    """`conditions` as {"all":[{"field","operator","value"} or {"any":[…]}]}: docs/lists.md tells fields and operators."""

    name: str
    subject: Plural = "carts"
    conditions: Any = msgspec.field(default_factory=lambda: {"all": []})
    suppression: SuppressionIn = msgspec.field(default_factory=SuppressionIn)


class CountIn(msgspec.Struct, forbid_unknown_fields=True):
    """A list before it is saved. `list_id`: of a saved one that is being changed, which is no other list to itself."""

    subject: Plural = "carts"
    conditions: Any = msgspec.field(default_factory=lambda: {"all": []})
    suppression: SuppressionIn = msgspec.field(default_factory=SuppressionIn)
    list_id: str = ""


class SavedList(msgspec.Struct):
    """`sentence` says the conditions in words."""

    list_id: str
    site: str
    version: int
    name: str
    subject: Plural
    conditions: Any
    suppression: SuppressionIn
    sentence: str
    changed_at: Time
    changed_by: str


class SavedLists(msgspec.Struct):
    data: list[SavedList]
    next_cursor: str | None


class Worth(msgspec.Struct):
    """Never added up over currencies; null = no currency is known."""

    currency: str | None
    members: int
    value: Decimal


class ReasonFound(msgspec.Struct):
    reason: Reason
    count: int


class Counted(msgspec.Struct):
    """found = members + suppressed. Somebody may be left out for several reasons, so `reasons` may sum to more than `suppressed`."""

    found: int
    members: int
    suppressed: int
    reasons: list[ReasonFound]
    worth: list[Worth]


class Member(msgspec.Struct, gc=False):
    """One cart, session or customer of a list; handed out where `suppressed` is empty.
    `at`: the last touch of a cart, the end of a session, a customer's last order."""

    subject: Literal["cart", "session", "customer"]
    id: str
    customer_id: str | None
    visitor_ids: list[str]
    state: str | None
    stage: str | None
    lifecycle: str | None
    items: list[Item]
    value: Decimal | None
    currency: str | None
    at: Time | None
    abandoned_at: Time | None
    consent: CartConsent
    identified_how: str | None
    why: list[str]
    suppressed: list[Reason]

    @property
    def person(self) -> str:
        """Whom it is about: 'c:' customer, else 'v:' and the first browser."""
        return f"c:{self.customer_id}" if self.customer_id else f"v:{self.visitor_ids[0] if self.visitor_ids else self.id}"


class MemberList(msgspec.Struct):
    data: list[Member]
    next_cursor: str | None
