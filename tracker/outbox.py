"""The outbox: what is to be told to other systems, put down durably before anybody is told (docs/webhooks.md).

in   Message, by whoever has something to tell
out  rows of `messages`; profiles/webhooks delivers them, at least once and in the order of `sequence` for each webhook and subject
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec

from tracker.store import Store

STAGES = ("put", "ready", "done")
TYPES = ("session.closed", "cart.abandoned", "cart.recovered", "cart.retracted", "customer.lifecycle_changed", "list.pulled", "rule.matched")

Why = Literal["bought", "touched", "moved", "gone", "no_order"]


class Retracts(msgspec.Struct, omit_defaults=True):
    """Which message is taken back, and why (docs/webhooks.md). `order_id` where an order took the goods, `cart_id` where they are in another cart."""

    message_id: str
    type: str
    at: Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
    why: Why
    order_id: str | None = None
    cart_id: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """`payload` is `{"type","timestamp","data"}` as JSON. `target` '' = every webhook of the site that takes the type, else the id of one.

    `visitor_ids` and `customer_ids` are the people it tells of: with them it is erased, and handed out to them.
    """

    site: str
    message_id: str
    type: str
    subject: str  # cart:ID | session:ID | customer:ID | list:ID
    sequence: int
    at_ms: int
    payload: bytes
    target: str = ""
    visitor_ids: tuple[str, ...] = field(kw_only=True)
    customer_ids: tuple[str, ...] = field(kw_only=True)


def message_id(*parts: str | int) -> str:
    """The same parts give the same id: what is announced twice is one message."""
    return "msg_" + name_of(parts)


def name_of(parts: Iterable[str | int]) -> str:
    digest = hashlib.sha256(msgspec.json.encode([str(part) for part in parts])).digest()
    return b32encode(digest[:20]).decode().lower()


def put(store: Store, messages: Iterable[Message], created_ms: int) -> None:
    """Returns when they are stored. A repetition changes nothing once the message is on its way. Raises StoreDown."""
    store.insert("messages", b"\n".join(line(message, created_ms) for message in messages))


def line(message: Message, created_ms: int, stage: str = "put", body: str = "") -> bytes:
    """A row of `messages`; later stages are the fan-out's (profiles/webhooks/fanout.py)."""
    row = {
        "site": message.site, "subject": message.subject, "sequence": message.sequence, "message_id": message.message_id, "type": message.type,
        "target": message.target, "at": seconds(message.at_ms), "created_at": seconds(created_ms), "visitor_ids": message.visitor_ids,
        "customer_ids": message.customer_ids, "payload": message.payload.decode(), "stage": stage, "body": body,
        "version": STAGES.index(stage) + 1,
    }  # fmt: skip
    return msgspec.json.encode(row)


def seconds(at_ms: int) -> str:
    """As the database reads a time."""
    return f"{at_ms // 1000:010d}.{at_ms % 1000:03d}"
