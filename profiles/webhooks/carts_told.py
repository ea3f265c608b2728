"""A cart on its way out: completed with what only profiles know, in the state that was announced.

in   rows of `messages` whose data is a cart as the sessionizer put it
out  the bytes to send; b'' = to be held back
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from profiles import carts
from profiles.answers import Cart, encode
from profiles.message import Message
from tracker.clock import ms_of_iso
from tracker.outbox import Retracts
from tracker.sites import Site
from tracker.store import Row, Store

SETTLING_MS = 60_000  # a cart without any session yet may still get one, and be a robot's


class CartAbandoned(Message, tag="cart.abandoned"):
    """A cart was left behind and still is."""

    data: Cart


class CartRecovered(Message, tag="cart.recovered"):
    """An order came for a cart that had been left behind, and has some of it."""

    data: Cart


class RetractedCart(Cart):
    """The cart as it is now, or as it was last told where it is no more; and what is not so."""

    retracts: Retracts


class CartRetracted(Message, tag="cart.retracted"):
    """What was told of a cart is not so: forget the message that `retracts` names."""

    data: RetractedCart


OF_CARTS: dict[str, Any] = {"cart.abandoned": CartAbandoned, "cart.recovered": CartRecovered, "cart.retracted": CartRetracted}


class Owner(msgspec.Struct):
    customer_id: str | None
    visitor_ids: list[str]


class Facts(msgspec.Struct):
    cart_id: str
    owner: Owner
    opened_at: str
    closed_at: str | None
    version: int
    retracts: Retracts | None = None


class Payload(msgspec.Struct):
    type: str
    timestamp: str
    data: msgspec.Raw


def completed(store: Store, site: Site, rows: Sequence[Row], now_ms: int) -> list[bytes]:
    """The cart as the API tells it."""
    payloads = [msgspec.json.decode(row["payload"], type=Payload) for row in rows]
    facts = [msgspec.json.decode(payload.data, type=Facts) for payload in payloads]
    told = carts.carts(store, site, [as_stored(fact, payload) for fact, payload in zip(facts, payloads, strict=True)], now_ms)
    return [
        b"" if is_held(cart, now_ms - row["created_ms"]) else body(payload, cart, fact.retracts)
        for payload, fact, cart, row in zip(payloads, facts, told, rows, strict=True)
    ]


def as_stored(facts: Facts, payload: Payload) -> Row:
    """The row of `carts` of which it was said."""
    return {
        "cart_id": facts.cart_id, "version": facts.version, "customer_id": facts.owner.customer_id or "", "visitor_ids": facts.owner.visitor_ids,
        "opened_ms": ms_of_iso(facts.opened_at), "closed_ms": ms_of_iso(facts.closed_at) if facts.closed_at else None,
        "doc": bytes(payload.data).decode(),
    }  # fmt: skip


def is_held(cart: Cart, age_ms: int) -> bool:
    is_settling = not cart.session_ids and age_ms < SETTLING_MS
    return is_settling or "quarantined" in cart.suppressed


def body(payload: Payload, cart: Cart, retracts: Retracts | None) -> bytes:
    data = RetractedCart(**msgspec.structs.asdict(cart), retracts=retracts) if retracts else cart
    return encode(OF_CARTS[payload.type](payload.timestamp, data))
