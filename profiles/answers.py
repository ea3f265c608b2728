"""What the API answers, as types. The same types make the JSON, the JSON Schemas and the OpenAPI document.

Field names and their order are those of docs/api.md. Times are ISO-8601 with Z and milliseconds; money is a decimal number beside its currency.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Stage = Literal["prospect", "new", "active", "loyal", "at_risk", "lapsed", "won_back"]
PurposeLabel = Literal["information", "browsing", "purchase"]
CartState = Literal["open", "abandoned", "bought", "recovered", "emptied", "lost"]
CartStage = Literal["cart", "checkout", "payment"]


# --- session -----------------------------------------------------------------------------------------------------------------


class Lifecycle(msgspec.Struct, frozen=True):
    """`source` is crm where the CRM overruled what the orders say."""

    stage: Annotated[str, Meta(description="prospect, new, active, loyal, at_risk, lapsed or won_back")]
    since: Time
    source: Literal["derived", "crm"]
    evidence: list[str]


class StageChange(msgspec.Struct, frozen=True):
    """From `since` on the customer was in this stage."""

    stage: Annotated[str, Meta(description="prospect, new, active, loyal, at_risk, lapsed or won_back")]
    since: Time
    source: Literal["derived", "crm"]
    because: str


class CustomerLifecycle(Lifecycle, frozen=True):
    """`log` is how it came to this: every stage so far, oldest first."""

    log: list[StageChange]


class SessionVisitor(msgspec.Struct, omit_defaults=True):
    """`cookieless`, told where it is true: a visit without consent, under an id that holds for a day.
    `because`, told of registered ones: what made this visit theirs, as in `claims` of the visitor."""

    visitor_id: str
    status: Literal["anonymous", "registered"]
    customer_id: str | None
    lifecycle: Lifecycle | None
    cookieless: bool = False
    because: str | None = None


class Scores(msgspec.Struct):
    information: float
    browsing: float
    purchase: float


class Corrected(msgspec.Struct):
    """What a person says the session was for; `by` is the id of the key, or `local admin`."""

    label: PurposeLabel
    by: str
    at: Time


class Purpose(msgspec.Struct):
    """The model's answer, which a correction never overwrites."""

    label: PurposeLabel
    confidence: float
    scores: Scores
    evidence: list[str]
    model: str
    corrected: Corrected | None = None


class ProductViewed(msgspec.Struct):
    id: str
    name: str | None
    category: str | None
    views: int
    seen_ms: int
    touched_ms: int
    touches: int
    clicks: int


class ContentSeen(msgspec.Struct):
    kind: str
    id: str
    name: str | None
    seen_ms: int
    touched_ms: int
    touches: int
    clicks: int


class Item(msgspec.Struct):
    """One line of a cart or an order; `price` is for one unit, null where nobody gave it."""

    id: str
    name: str | None = None
    price: Decimal | None = None
    quantity: Decimal = Decimal(1)


class SessionCart(msgspec.Struct):
    """The owner's cart when the session ended; `cart_id` null = there was none by then."""

    cart_id: str | None
    items: list[Item]
    items_count: Decimal
    value: Decimal
    currency: str | None
    added: Decimal
    removed: Decimal


class Purchase(msgspec.Struct):
    order_id: str
    value: Decimal
    currency: str | None
    items: list[Item]
    at: Time


class Source(msgspec.Struct):
    channel: str | None
    campaign: str | None
    medium: str | None
    referrer: str | None


class Device(msgspec.Struct):
    type: str
    browser: str | None
    os: str | None


class Quarantine(msgspec.Struct):
    reason: str
    bot_class: str | None


class SessionProfile(msgspec.Struct):
    session_id: str
    site: str
    version: int
    status: Literal["open", "closed"]
    built_at: Time
    visitor: SessionVisitor
    purpose: Purpose
    products_viewed: list[ProductViewed]
    content: list[ContentSeen]
    cart: SessionCart | None
    purchases: list[Purchase]
    started_at: Time
    ended_at: Time
    duration_s: float
    engaged_s: float
    page_views: int
    searches: list[str]
    entry_url: str | None
    exit_url: str | None
    source: Source
    device: Device
    quarantine: Quarantine | None


# --- cart --------------------------------------------------------------------------------------------------------------------


class Owner(msgspec.Struct):
    customer_id: str | None = None
    visitor_ids: list[str] = []


class RemovedItem(Item):
    """Taken out by the visitor, last at that time."""

    at: Time | None = None


class Abandonment(msgspec.Struct):
    """One spell; `until` null = it lasts."""

    at: Time
    until: Time | None = None
    ended_by: str | None = None


class Recovered(msgspec.Struct):
    at: Time
    order_id: str
    how: Literal["organic", "link", "response"]
    value: Decimal


class CartConsent(msgspec.Struct):
    """`marketing` null = never asked."""

    marketing: bool | None = None
    at: Time | None = None
    how: str | None = None


class CartDoc(msgspec.Struct):
    """A cart as the sessionizer stores it (table `carts`, column doc)."""

    cart_id: str
    site: str
    owner: Owner
    state: CartState
    stage: CartStage
    items: list[Item]
    removed_items: list[RemovedItem]
    items_count: Decimal
    value: Decimal
    currency: str | None
    opened_at: Time
    touched_at: Time
    abandoned_at: Time | None
    abandonments: list[Abandonment]
    closed_at: Time | None
    recovered: Recovered | None
    consent: CartConsent


class Cart(CartDoc):
    """`suppressed` says why this cart should not be written to: no_consent, bought_same_item_30d, quarantined."""

    suppressed: list[str]
    session_ids: list[str]
    source: Source | None
    version: int


# --- lists and the rest ------------------------------------------------------------------------------------------------------


class SessionList(msgspec.Struct):
    data: list[SessionProfile]
    next_cursor: str | None


class CartList(msgspec.Struct):
    data: list[Cart]
    next_cursor: str | None


class Refusal(msgspec.Struct):
    index: int
    reason: str
    message: str


class Accepted(msgspec.Struct):
    accepted: int
    refused: list[Refusal]


class ErrorBody(msgspec.Struct):
    code: str
    message: str
    superseded_by: str | UnsetType = UNSET


class Error(msgspec.Struct):
    error: ErrorBody


class Gone(msgspec.Struct, kw_only=True):
    """A session or a cart that is no more. `superseded_by`: the session that has its events now; null = nobody's."""

    session_id: str | UnsetType = UNSET
    cart_id: str | UnsetType = UNSET
    superseded_by: str | UnsetType | None = UNSET
    version: int


class SourceCount(msgspec.Struct):
    source: str
    events: int
    duplicates: int


class ReasonCount(msgspec.Struct):
    reason: str
    count: int


class Accounting(msgspec.Struct):
    """What became of every event of the site, over all time. received = accepted + refused + dropped; accepted = stored + dead + in_spool."""

    received: int
    accepted: int
    refused: list[ReasonCount]
    dropped: list[ReasonCount]
    stored: int
    dead: list[ReasonCount]
    in_spool: int
    cut: int
    noted: Annotated[list[ReasonCount], Meta(description="What the tags of the site reported about themselves; no events")]


class Confusion(msgspec.Struct):
    """So many sessions the model called `label`, and a person `corrected`."""

    model: str
    label: PurposeLabel
    corrected: PurposeLabel
    count: int


class Agreement(msgspec.Struct):
    """Of the sessions that a person judged, over all time; `share` null = none."""

    judged: int
    agreed: int
    share: float | None
    confusion: list[Confusion]


class Suspicious(msgspec.Struct):
    """More browsers were identified as this customer within 30 days than a person has."""

    customer_id: str
    visitors: int


class Quality(msgspec.Struct, rename={"from_at": "from", "to_at": "to"}):
    """How far the figures can be trusted, for the events that happened in this time."""

    site: str
    from_at: Time
    to_at: Time
    events: list[SourceCount]
    conflicts: Annotated[int, Meta(description="Copies of an event whose content differs from its other copies")]
    last_event_at: Time | None
    dead_letters: list[ReasonCount]
    sessions: int
    quarantined: list[ReasonCount]
    suspicious: list[Suspicious]
    accounting: Accounting
    purpose: Agreement


# --- rendering ---------------------------------------------------------------------------------------------------------------

encode = msgspec.json.Encoder(decimal_format="number").encode


def number(value: Decimal | int) -> Decimal:
    """199.9000 -> 199.9 and 2.000 -> 2, so that JSON shows what a person would write."""
    value = Decimal(value)
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def known(text: str) -> str | None:
    """The database has no null in texts: '' = not known."""
    return text or None
