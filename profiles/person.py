"""Who a person is: the browsers of a customer, wholly or for a time, and what is stored under them.

in   a customer's or a visitor's id
out  Person; the dead letters that mention them
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from tracker.sites import Site
from tracker.store import Row, Store, load

Span = tuple[int, int]  # ms, both inclusive
EVER: Span = (0, 9_000_000_000_000)


@dataclass(frozen=True)
class Person:
    """`visitor_ids` are this person's alone. `shared` are other browsers, with the times of this person there: some on which more people were
    identified, and unknown ones that told of an order of this customer.
    """

    site: Site
    customer_id: str = ""
    visitor_ids: Sequence[str] = ()
    shared: dict[str, list[Span]] = field(default_factory=dict)

    @property
    def everywhere(self) -> list[str]:
        return sorted({*self.visitor_ids, *self.shared})

    @property
    def stretches(self) -> list[tuple[str, int, int]]:
        return [(visitor_id, from_ms, until_ms) for visitor_id, spans in self.shared.items() for from_ms, until_ms in spans]

    def owns(self, visitor_id: str, customer_id: str, at_ms: int) -> bool:
        """Whether an event of a browser at a time is this person's."""
        if visitor_id in self.visitor_ids or (self.customer_id and customer_id == self.customer_id):
            return True
        return any(from_ms <= at_ms <= until_ms for from_ms, until_ms in self.shared.get(visitor_id, ()))


def of_visitor(site: Site, visitor_id: str) -> Person:
    return Person(site, visitor_ids=(visitor_id,))


def of_customer(store: Store, site: Site, customer_id: str) -> Person:
    given = {"site": site.name, "customer_id": customer_id}
    rows = store.rows(load("profiles", "person_visitors"), **given)
    alone = [row["visitor_id"] for row in rows if row["customers"] == [customer_id]]
    shared = {row["visitor_id"]: times(store, site, row["visitor_id"], customer_id) for row in rows if row["customers"] != [customer_id]}
    for row in store.rows(load("profiles", "person_orders"), **given):
        if row["visitor_id"] not in alone:
            shared.setdefault(row["visitor_id"], []).extend((at_ms, at_ms) for at_ms in row["times"])
    return Person(site, customer_id, alone, shared)


def times(store: Store, site: Site, visitor_id: str, customer_id: str) -> list[Span]:
    """When this browser was this customer's (sessionizer/claims.py)."""
    row = store.one(load("profiles", "visitor_row"), site=site.name, visitor_id=visitor_id)
    if row is None:
        return []
    claims = zip(row["claims_customer_id"], row["claims_from_ms"], row["claims_until_ms"], strict=True)
    return [(from_ms, until_ms - 1) for claimed_by, from_ms, until_ms in claims if claimed_by == customer_id]


def mentions(person: Person) -> list[str]:
    """The person's ids as a line of JSON says them."""
    return [
        *(f'"visitor_id":{quoted(visitor_id)}' for visitor_id in person.visitor_ids),
        *([f'"customer_id":{quoted(person.customer_id)}'] if person.customer_id else []),
    ]


def quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()


def letters(store: Store, person: Person) -> list[Row]:
    site = person.site.name
    found = []
    if mentions(person):
        found += store.rows(load("profiles", "person_letters"), site=site, mentions=mentions(person), from_ms=EVER[0], until_ms=EVER[1])
    for visitor_id, from_ms, until_ms in person.stretches:
        named = [f'"visitor_id":{quoted(visitor_id)}']
        found += store.rows(load("profiles", "person_letters"), site=site, mentions=named, from_ms=from_ms, until_ms=until_ms)
    return sorted({row["letter"]: row for row in found}.values(), key=lambda row: (row["at_ms"], row["letter"]))
