"""Fold owners anew and write what is different: `visitors`, `customers`, `carts`, and before the carts what is to be told of them.

in   a site, owners something happened to, the horizon
out  rows one version up, messages; Refolded says what changed, and for each visitor since when
A tick writes them only when the sessions that follow from them are written (`keep`), the carts last, as these say whose time has come: so whatever
breaks off before is found to differ again, and the sessions of the days since then are built.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from sessionizer.cart import Horizon
from sessionizer.components import Circle, chunks, circle_of, fetch
from sessionizer.documents import TEXT, Row
from sessionizer.fold import Rows, fold
from sessionizer.model import mark, seconds
from sessionizer.telling import Teller
from tracker.clock import iso
from tracker.collection import no_collection
from tracker.sites import Site
from tracker.store import Store, load


@dataclass
class Refolded:
    since_ms: dict[str, int] = field(default_factory=dict)  # visitor -> earliest moment at which anything about it changed
    visitors: int = 0
    carts: int = 0
    customers: int = 0
    owners: set[str] = field(default_factory=set)  # all that were folded on the way
    next_ms: int | None = None  # when the clock will change the first of their carts
    people: bytes = b""  # the rows of `visitors` that differ
    keep: Callable[[], None] = lambda: None  # write what was found to differ

    def add(self, other: Refolded) -> None:
        self.since_ms.update(other.since_ms)
        self.visitors += other.visitors
        self.carts += other.carts
        self.customers += other.customers
        self.owners |= other.owners


@dataclass(frozen=True, slots=True)
class Refolder:
    store: Store
    dry_run: bool = False
    teller: Teller = field(default_factory=Teller)

    def refold(self, site: Site, owners: Iterable[str], horizon: Horizon, built_ms: int, *, side_by_side: bool = False) -> Refolded:
        with no_collection():
            circle = circle_of(self.store, site.name, owners, side_by_side=side_by_side)
            rows = Rows()
            for events in circle.components():
                rows.add(fold(events, site, horizon))
        waiting = [ms_of(row["next_at"]) for row in rows.carts.values() if row["next_at"]]
        done = Refolded(owners=set(circle.events), next_ms=min(waiting, default=None))
        self.forgotten_visitors(site, circle, rows)
        self.buried_carts(site, circle, rows)
        self.say_since_when(circle, rows, done)
        stored = circle.stored
        visitors = self.changed(rows.visitors, stored.visitors, built_ms)
        carts = self.changed(rows.carts, stored.carts, built_ms)
        customers = self.changed(rows.customers, stored.customers, built_ms)
        done.visitors = len(visitors)
        done.carts = len(carts) + len(gone(rows.carts, stored.carts))
        done.customers = len(customers) + len(gone(rows.customers, stored.customers))
        done.people = b"\n".join(visitors.values())
        if not self.dry_run:
            done.keep = partial(self.keep, site, circle, rows, done.people, customers, carts, built_ms)
        return done

    def keep(
        self, site: Site, circle: Circle, rows: Rows, people: bytes, customers: dict[str, bytes], carts: dict[str, bytes], built_ms: int
    ) -> None:
        self.store.insert("visitors", people)
        self.store.insert("customers", b"\n".join(customers.values()))
        self.bury(site, "customers", gone(rows.customers, circle.stored.customers), built_ms)
        # What was announced is what stands in `messages`: they come first, so that a kill in between leads to the same messages again, or to their
        # retraction, never to silence.
        with self.teller.telling(self.store, site, circle, rows, carts, built_ms):
            self.store.insert("carts", b"\n".join(carts.values()))
            self.bury(site, "carts", gone(rows.carts, circle.stored.carts), built_ms)

    def forgotten_visitors(self, site: Site, circle: Circle, rows: Rows) -> None:
        """A visitor without a single event left keeps an empty row."""
        for visitor in circle.stored.visitors.keys() - rows.visitors.keys():
            empty = {"claims": [], "cart_moments": [], "orders": [], "released": False, "cart_ids": [], "marks": []}
            rows.visitors[visitor] = {"site": site.name, "visitor_id": visitor, **empty}

    def buried_carts(self, site: Site, circle: Circle, rows: Rows) -> None:
        """A cart that nobody's row names may be new, or one that was buried and is back: then its version goes on from there."""
        fetch(self.store, "stored_carts", circle.stored.carts, rows.carts.keys() - circle.stored.carts.keys(), site=site.name, name="carts")

    def say_since_when(self, circle: Circle, rows: Rows, done: Refolded) -> None:
        for visitor, row in rows.visitors.items():
            before = circle.stored.visitors.get(visitor)
            old = set(zip(before["mark_times_ms"], before["mark_numbers"], strict=True)) if before else set()
            new = {(ms_of(mark["at"]), mark["mark"]) for mark in row["marks"]}
            if old != new:
                done.since_ms[visitor] = min(at_ms for at_ms, _ in old ^ new)

    def changed(self, rows: dict[str, Row], stored: dict[str, Row], built_ms: int) -> dict[str, bytes]:
        """Only what differs from the stored latest, one version up: the lines to insert, by name."""
        lines = {}
        for name, row in rows.items():
            content = TEXT.encode(row)
            content_hash = mark(content)
            before = stored.get(name)
            if before is None or before["content_hash"] != content_hash or before.get("tombstone"):
                version = before["version"] + 1 if before else 1
                versioned = TEXT.encode({"version": version, "content_hash": content_hash, "built_at": seconds(built_ms)})
                lines[name] = content[:-1] + b"," + versioned[1:]
        return lines

    def bury(self, site: Site, table: str, names: list[str], built_ms: int) -> None:
        for some in chunks(names):
            parameters = {table: some}
            self.store.command(load("sessionizer", f"bury_{table}"), alone="refolder", site=site.name, built_at=iso(built_ms)[:-1], **parameters)


def gone(rows: dict[str, Row], stored: dict[str, Row]) -> list[str]:
    return [name for name, row in stored.items() if name not in rows and not row["tombstone"]]


def ms_of(text: str) -> int:
    """The way back from model.seconds."""
    whole, _, thousandths = text.partition(".")
    return int(whole) * 1000 + int(thousandths)
