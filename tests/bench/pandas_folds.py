"""Carts, orders, claims and customers for pandas: a state machine has no vectors, so this is the product's own plain Python (sessionizer/fold.py).

in   the few events that carts, orders, claims and consent are folded from, as a frame
out  Folded: what sessions ask of each visitor; every row of `visitors`, `carts` and `customers` made, written as JSON and hashed
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec
import pandas as pd

from sessionizer.cart import Horizon
from sessionizer.components import Circle
from sessionizer.documents import TEXT, Row
from sessionizer.fold import fold
from sessionizer.model import Event, Item, mark
from sessionizer.refold import ms_of
from tracker.sites import Site

TYPES = ("cart_add", "cart_remove", "cart_set", "checkout", "order", "refund", "order_cancelled", "order_updated", "order_watermark",
         "identify", "logout", "consent", "customer_update", "release")  # fmt: skip
FIELDS = ("visitor_id", "event_id", "type", "at_ms", "received_ms", "source", "url", "customer_id", "items",
          "step", "step_name", "order_id", "value", "currency", "props")  # fmt: skip
ITEMS = msgspec.json.Decoder(tuple[Item, ...])


class Held(msgspec.Struct):
    """An item of a cart or an order."""

    id: str
    name: str
    price: Decimal | None
    quantity: Decimal


class Claim(msgspec.Struct):
    from_at: str
    until_at: str
    customer_id: str
    identified_at: str
    how: str


class Moment(msgspec.Struct):
    at: str
    cart_id: str
    value: Decimal
    currency: str
    added: Decimal
    removed: Decimal
    items: tuple[Held, ...]


class Order(msgspec.Struct):
    order_id: str
    at: str
    value: Decimal
    currency: str
    status: str
    items: tuple[Held, ...]


class Person(msgspec.Struct):
    """A row of `visitors`, as the database would read it."""

    visitor_id: str
    claims: tuple[Claim, ...] = ()
    cart_moments: tuple[Moment, ...] = ()
    orders: tuple[Order, ...] = ()
    released: bool = False


PERSON = msgspec.json.Decoder(Person)


@dataclass
class Folded:
    people: dict[str, Person] = field(default_factory=dict)
    hashes: dict[str, int] = field(default_factory=dict)
    states: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)


def folded(events: pd.DataFrame, site: Site, now_ms: int) -> Folded:
    own: dict[str, list[Event]] = defaultdict(list)
    for event in events_of(events[events["type"].isin(TYPES)]):
        own["v:" + event.visitor_id if event.visitor_id else "c:" + event.customer_id].append(event)
    done = Folded()
    for together in Circle(events=dict(own)).components():
        rows = fold(together, site, Horizon(now_ms))
        for visitor, row in rows.visitors.items():
            done.people[visitor] = PERSON.decode(written(done, visitor, row))
        for name, row in (*rows.carts.items(), *rows.customers.items()):
            written(done, name, row)
        for cart in rows.carts.values():
            done.states[cart["state"]] += 1
            done.values[cart["state"]] += cart["value"]
    return done


def events_of(frame: pd.DataFrame) -> list[Event]:
    columns: dict[str, list[Any]] = {name: frame[name].tolist() for name in FIELDS}
    columns["items"] = [ITEMS.decode(items) if items != "[]" else () for items in columns["items"]]
    columns["value"] = [Decimal(value) if value else None for value in columns["value"]]
    return [Event(*row) for row in zip(*(columns[name] for name in FIELDS), strict=True)]


def written(done: Folded, name: str, row: Row) -> bytes:
    content = TEXT.encode(row)
    done.hashes[name] = mark(content)
    return content


__all__ = ["Folded", "Person", "folded", "ms_of"]
