"""What the API answers of a cart's history, as types (see answers.py)."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from profiles.answers import Item, Time


class CartEvent(msgspec.Struct, kw_only=True):
    """One change. `who`: visitor (not logged in), customer, server or clock; `event_id`: the event that caused it, null = the clock did."""

    at: Time
    type: str
    who: Literal["visitor", "customer", "server", "clock"]
    visitor_id: str | None
    event_id: str | None
    why: str
    items: list[Item]
    stage: str | None
    customer_id: str | None
    cart_id: str | None
    order_id: str | None
    value: Decimal | None
    how: str | None
    response_code: str | None


class CartHistory(msgspec.Struct):
    data: list[CartEvent]
    next_cursor: str | None
