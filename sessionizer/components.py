"""Owners that meet in a customer or an order are folded together: who they are, and their events.

in   owners something happened to
out  Component: the owners that belong together, their events, and what is stored of them
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sessionizer.model import Event
from tracker.store import Row, Store, load

AT_ONCE = 2000  # ids in one query: they travel as a parameter
EVENTS = msgspec.json.Decoder(list[Event])


@dataclass
class Stored:
    """What is stored of the people being folded, by id."""

    visitors: dict[str, Row] = field(default_factory=dict)
    customers: dict[str, Row] = field(default_factory=dict)
    carts: dict[str, Row] = field(default_factory=dict)


@dataclass
class Circle:
    """Everything reachable from the owners asked for: through customers, orders, and carts stored before."""

    events: dict[str, list[Event]] = field(default_factory=dict)  # owner -> copies included
    customers: set[str] = field(default_factory=set)
    orders: set[str] = field(default_factory=set)
    stored: Stored = field(default_factory=Stored)

    def components(self) -> list[list[Event]]:
        """The events of each component, in no order."""
        groups = Groups()
        for owner, events in self.events.items():
            groups.find(owner)
            for event in events:
                if event.customer_id:
                    groups.join(owner, "customer " + event.customer_id)
                if event.order_id:
                    groups.join(owner, "order " + event.order_id)
        found: dict[str, list[Event]] = defaultdict(list)
        for owner, events in self.events.items():
            found[groups.find(owner)] += events
        return [events for events in found.values() if events]


class Groups:
    """Union-find."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}

    def find(self, name: str) -> str:
        parent = self.parent.setdefault(name, name)
        while parent != (above := self.parent[parent]):
            self.parent[name] = above
            name, parent = parent, above
        return parent

    def join(self, one: str, other: str) -> None:
        self.parent[self.find(other)] = self.find(one)


def circle_of(store: Store, site: str, owners: Iterable[str], *, side_by_side: bool = False) -> Circle:
    """Goes from owner to customers and orders to their owners, until nobody new is met.

    Owners that lie side by side in the tables, as those of a rebuild do, are read from the first to the last and not each by name.
    """
    circle = Circle()
    new = set(owners)
    while new:
        customers, orders = hear(store, site, circle, new, side_by_side=side_by_side)
        met = {row["owner"] for row in linked(store, site, customers, orders)}
        met |= remembered(store, site, circle, new, customers, side_by_side=side_by_side)
        new, side_by_side = met - circle.events.keys(), False
    return circle


def hear(store: Store, site: str, circle: Circle, owners: set[str], *, side_by_side: bool) -> tuple[set[str], set[str]]:
    """Load the events of these owners. Gives the customers and orders met for the first time."""
    customers = {owner[2:] for owner in owners if owner.startswith("c:") and owner != "c:"}
    orders: set[str] = set()
    for owner in owners:
        circle.events[owner] = []
    for some in chunks(owners):
        named = [] if side_by_side else some
        for row in store.rows(load("sessionizer", "owner_events"), site=site, first=some[0], last=some[-1], owners=named):
            if row["owner"] not in owners:
                continue
            events = circle.events[row["owner"]] = EVENTS.decode(row["events"])
            customers.update(event.customer_id for event in events if event.customer_id)
            orders.update(event.order_id for event in events if event.order_id)
    customers, orders = customers - circle.customers, orders - circle.orders
    circle.customers |= customers
    circle.orders |= orders
    return customers, orders


def linked(store: Store, site: str, customers: set[str], orders: set[str]) -> Iterator[Row]:
    for some in chunks(customers):
        yield from store.rows(load("sessionizer", "linked_owners"), site=site, customers=some, orders=[])
    for some in chunks(orders):
        yield from store.rows(load("sessionizer", "linked_owners"), site=site, customers=[], orders=some)


def remembered(store: Store, site: str, circle: Circle, owners: set[str], customers: set[str], *, side_by_side: bool) -> set[str]:
    """Whom earlier folds put together with these owners: they must part together too, where an event is gone."""
    visitors = {owner[2:] for owner in owners if owner.startswith("v:")}
    found = fetch(store, "stored_visitors", circle.stored.visitors, visitors, site=site, name="visitors", side_by_side=side_by_side)
    named = {customer for row in found for customer in row["customer_ids"]} | customers
    people = fetch(store, "stored_customers", circle.stored.customers, named, site=site, name="customers")
    cart_ids = {cart for row in (*found, *people) for cart in row["cart_ids"]}
    carts = fetch(store, "stored_carts", circle.stored.carts, cart_ids, site=site, name="carts")
    met = {"v:" + visitor for row in (*people, *carts) if not row["tombstone"] for visitor in row["visitor_ids"]}
    return met | {"c:" + row["customer_id"] for row in carts if row["customer_id"] and not row["tombstone"]}


def fetch(store: Store, query: str, into: dict[str, Row], ids: set[str], *, site: str, name: str, side_by_side: bool = False) -> list[Row]:
    found: list[Row] = []
    wanted = ids - into.keys()
    for some in chunks(wanted):
        parameters: dict[str, Any] = {name: [] if side_by_side else some}
        rows = store.rows(load("sessionizer", query), site=site, first=some[0], last=some[-1], **parameters)
        found += (row for row in rows if row["id"] in wanted)
    into.update({row["id"]: row for row in found})
    return found


def chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    listed = sorted(ids)
    for start in range(0, len(listed), AT_ONCE):
        yield listed[start : start + AT_ONCE]
