"""One stored event as the API tells it, and how it is made from its row.

in   a row of session_events.sql or person_events.sql
out  Event: a field is there where the type has it and it was given
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from profiles.answers import Time, number
from tracker.clock import iso
from tracker.store import Row


class EventItem(msgspec.Struct, omit_defaults=True):
    id: str
    name: str = ""
    category: str = ""
    brand: str = ""
    variant: str = ""
    price: Decimal | None = None
    quantity: Decimal | None = None
    currency: str = ""


class Event(msgspec.Struct):
    """Beyond the first five, a field is there where the type has it and it was given (docs/api.md)."""

    id: str
    type: str
    at: Time
    received_at: Time
    source: Literal["tag", "server", "import"]
    visitor_id: str | UnsetType = UNSET
    user_agent: str | UnsetType = UNSET
    webdriver: bool | UnsetType = UNSET
    ip: str | UnsetType = UNSET
    page_id: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    referrer: str | UnsetType = UNSET
    customer_id: str | UnsetType = UNSET
    how: str | UnsetType = UNSET
    traits: dict[str, Any] | UnsetType = UNSET
    kind: str | UnsetType = UNSET
    content_id: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    category: str | UnsetType = UNSET
    price: Decimal | UnsetType = UNSET
    position: int | UnsetType = UNSET
    seen_ms: int | UnsetType = UNSET
    seen_ratio: float | UnsetType = UNSET
    touched_ms: int | UnsetType = UNSET
    touches: int | UnsetType = UNSET
    clicks: int | UnsetType = UNSET
    engaged_ms: int | UnsetType = UNSET
    scroll_pct: int | UnsetType = UNSET
    query: str | UnsetType = UNSET
    results: int | UnsetType = UNSET
    cart_id: str | UnsetType = UNSET
    items: list[EventItem] | UnsetType = UNSET
    step: int | UnsetType = UNSET
    step_name: str | UnsetType = UNSET
    order_id: str | UnsetType = UNSET
    value: Decimal | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    tax: Decimal | UnsetType = UNSET
    shipping: Decimal | UnsetType = UNSET
    discount: Decimal | UnsetType = UNSET
    coupon: str | UnsetType = UNSET
    response_code: str | UnsetType = UNSET
    state: str | UnsetType = UNSET
    purposes: list[str] | UnsetType = UNSET
    props: dict[str, Any] | UnsetType = UNSET


class EventList(msgspec.Struct):
    data: list[Event]
    next_cursor: str | None


# `number` of JSON in columns that are always there: told only for the types that have them, zero included.
LADDER = ("position", "seen_ms", "seen_ratio", "touched_ms", "touches", "clicks")
ALWAYS = {"content": LADDER, "engagement": ("engaged_ms", "scroll_pct"), "checkout": ("step",)}
TEXTS = (
    "visitor_id", "page_id", "url", "title", "referrer", "customer_id", "kind", "content_id", "name", "category", "query", "step_name", "order_id",
    "currency", "user_agent", "ip",
)  # fmt: skip
READERS: dict[str, Callable[[Any], Any]] = {
    "how": str, "cart_id": str, "coupon": str, "response_code": str, "state": str,
    "tax": lambda value: number(Decimal(str(value))), "shipping": lambda value: number(Decimal(str(value))),
    "discount": lambda value: number(Decimal(str(value))), "traits": dict, "purposes": list,
}  # fmt: skip


def event(row: Row) -> Event:
    told: dict[str, Any] = {name: row[name] for name in TEXTS if row[name]}
    told |= {name: row[name] for name in ALWAYS.get(row["type"], ())}
    if "seen_ratio" in told:
        told["seen_ratio"] = round(told["seen_ratio"], 4)  # stored in 32 bits, which would show as 0.800000011920929
    if row["webdriver"]:
        told["webdriver"] = True
    if row["value"] is not None:
        told["price" if row["type"] == "content" else "value"] = number(row["value"])
    if row["results"] is not None:
        told["results"] = row["results"]
    if row["items"]:
        told["items"] = [event_item(item) for item in row["items"]]
    return Event(
        id=row["event_id"], type=row["type"], at=iso(row["at_ms"]), received_at=iso(row["received_ms"]), source=row["source"],
        **told | from_props(row["type"], row["props"]),
    )  # fmt: skip


def from_props(kind: str, text: str) -> dict[str, Any]:
    """The fields that have no column of their own; what nobody named stays under `props`."""
    props = msgspec.json.decode(text or "{}")
    if not isinstance(props, dict):
        return {}
    if kind in ("custom", "customer_update"):
        return {"props": props} if props else {}
    named = {name: READERS[name](value) for name, value in props.items() if name in READERS and value is not None}
    rest = {name: value for name, value in props.items() if name not in READERS}
    return named | ({"props": rest} if rest else {})


def event_item(item: Row) -> EventItem:
    given: dict[str, Any] = {name: number(value) if isinstance(value, Decimal) else value for name, value in item.items()}
    return EventItem(**given)
