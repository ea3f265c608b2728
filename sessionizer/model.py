"""What the folds work on: the few events of one owner, as owner_events.sql hands them over, and small helpers for money.

in   one JSON array per event (docs: tracker/schema/0001_events.sql, table owner_events)
out  Event, Item
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol

import msgspec

FOREVER_MS = 4_102_444_800_000  # 2100-01-01: an interval that has not ended yet
DAY_MS = 86_400_000
ZERO = Decimal(0)
ONE = Decimal(1)
KEPT = 8192  # numbers and times whose form is remembered: the same ones come again and again
LARGEST_QUANTITY = Decimal(999_999)  # what Decimal(12, 3) holds, with room for sums
LARGEST_MONEY = Decimal(9_999_999_999_999)


class Item(msgspec.Struct, frozen=True):
    id: str
    name: str = ""
    category: str = ""
    brand: str = ""
    variant: str = ""
    price: Decimal | None = None
    quantity: Decimal | None = None
    currency: str = ""


class Event(msgspec.Struct, array_like=True, frozen=True):
    """A row of owner_events; the order of the fields is that of owner_events.sql."""

    visitor_id: str
    event_id: str
    type: str
    at_ms: int
    received_ms: int = 0
    source: str = "tag"
    url: str = ""
    customer_id: str = ""
    items: tuple[Item, ...] = ()
    step: int = 0
    step_name: str = ""
    order_id: str = ""
    value: Decimal | None = None
    currency: str = ""
    props: str = "{}"

    @property
    def is_page(self) -> bool:
        """The visitor's own browser said so, now or in an import."""
        return self.source != "server"

    @property
    def makes_known(self) -> str:
        """The customer that is known by this event; a page that was looked at makes nobody known."""
        return "" if self.type == "page_view" else self.customer_id

    def properties(self) -> dict[str, Any]:
        if self.props == "{}":
            return {}
        try:
            found = msgspec.json.decode(self.props)
        except msgspec.DecodeError:
            return {}
        return found if isinstance(found, dict) else {}


class Timed(Protocol):
    @property
    def at_ms(self) -> int: ...
    @property
    def event_id(self) -> str: ...


def in_order(event: Timed) -> tuple[int, str]:
    """Time, and where times are equal the event's id."""
    return (event.at_ms, event.event_id)


def each_once(events: list[Event]) -> list[Event]:
    """An event counts once, however often it came: the copy received first, then the smallest by content; in order of time."""
    if len({event.event_id for event in events}) == len(events):
        return sorted(events, key=in_order)
    kept: dict[str, Event] = {}
    for event in events:
        other = kept.get(event.event_id)
        if other is None or by_reception(event) < by_reception(other):
            kept[event.event_id] = event
    return sorted(kept.values(), key=in_order)


def by_reception(event: Event) -> tuple[int | str | bytes, ...]:
    """In the order of heard.sql, as far as both know the columns, so that a session and its cart are told by the same copy."""
    named = (event.type, event.customer_id, event.order_id, event.source, event.step, event.step_name)
    return (event.received_ms, event.at_ms, *named, event.url, msgspec.json.encode(event))


@lru_cache(KEPT)
def plain(number: Decimal) -> Decimal:
    """The same number in its shortest form, so that 2.0 and 2 are the same bytes."""
    if not number:
        return ZERO  # and not -0
    return number.quantize(ONE) if number == number.to_integral_value() else number.normalize()


@lru_cache(KEPT)
def units(number: Decimal) -> Decimal:
    """A quantity as the tables can hold it."""
    return plain(min(number, LARGEST_QUANTITY))


@lru_cache(KEPT)
def money(number: Decimal) -> Decimal:
    return plain(max(-LARGEST_MONEY, min(number, LARGEST_MONEY)))


def mark(content: bytes) -> int:
    """64 bits of a hash: the same content, the same number, on every machine."""
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")


def identifier(*parts: str) -> str:
    """An id in the form of a UUID (version 8), made of these parts alone."""
    h = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return f"{h[:8]}-{h[8:12]}-8{h[13:16]}-a{h[17:20]}-{h[20:32]}"


@lru_cache(KEPT)
def seconds(at_ms: int) -> str:
    """The form in which the database takes a DateTime64 from JSON."""
    return f"{at_ms // 1000:010d}.{at_ms % 1000:03d}"
