"""Fold owners anew and write what is different: `visitors`, `carts`, `customers`, and before the carts what is to be told of them.

in   a site, owners something happened to, the horizon
out  rows one version up, messages; Refolded says what changed, and for each visitor since when
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

from sessionizer.cart import Horizon
from sessionizer.components import Circle, chunks, circle_of, fetch
from sessionizer.documents import TEXT, Row
from sessionizer.fold import Rows, fold
from sessionizer.model import mark, seconds
from sessionizer.telling import Teller
from tracker.clock import iso
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

    def refold(self, site: Site, owners: Iterable[str], horizon: Horizon, built_ms: int) -> Refolded:
        with no_collection():
            circle = circle_of(self.store, site.name, owners)
            rows = Rows()
            for events in circle.components():
                rows.add(fold(events, site, horizon))
        waiting = [ms_of(row["next_at"]) for row in rows.carts.values() if row["next_at"]]
        done = Refolded(owners=set(circle.events), next_ms=min(waiting, default=None))
        self.forgotten_visitors(site, circle, rows)
        self.buried_carts(site, circle, rows)
        done.visitors = self.write_visitors(circle, rows, done, built_ms)
        done.carts = self.write_carts(site, circle, rows, built_ms)
        done.customers = self.write("customers", rows.customers, circle.stored.customers, built_ms)
        done.customers += self.bury(site, "customers", rows.customers, circle.stored.customers, built_ms)
        return done

    def forgotten_visitors(self, site: Site, circle: Circle, rows: Rows) -> None:
        """A visitor without a single event left keeps an empty row."""
        for visitor in circle.stored.visitors.keys() - rows.visitors.keys():
            empty = {"claims": [], "cart_moments": [], "orders": [], "released": False, "cart_ids": [], "marks": []}
            rows.visitors[visitor] = {"site": site.name, "visitor_id": visitor, **empty}

    def buried_carts(self, site: Site, circle: Circle, rows: Rows) -> None:
        """A cart that nobody's row names may be new, or one that was buried and is back: then its version goes on from there."""
        fetch(self.store, "stored_carts", circle.stored.carts, rows.carts.keys() - circle.stored.carts.keys(), site=site.name, name="carts")

    def write_visitors(self, circle: Circle, rows: Rows, done: Refolded, built_ms: int) -> int:
        stored = circle.stored.visitors
        for visitor, row in rows.visitors.items():
            before = stored.get(visitor)
            old = set(zip(before["mark_times_ms"], before["mark_numbers"], strict=True)) if before else set()
            new = {(ms_of(mark["at"]), mark["mark"]) for mark in row["marks"]}
            if old != new:
                done.since_ms[visitor] = min(at_ms for at_ms, _ in old ^ new)
        return self.write("visitors", rows.visitors, stored, built_ms)

    def write_carts(self, site: Site, circle: Circle, rows: Rows, built_ms: int) -> int:
        """What was announced is what stands in `messages`: they come first, so that a kill in between leads to the same messages again, or to their
        retraction, never to silence."""
        changed = self.changed(rows.carts, circle.stored.carts, built_ms)
        with self.teller.telling(self.store, site, circle, rows, changed, built_ms) if not self.dry_run else nullcontext():
            self.insert("carts", changed)
            return len(changed) + self.bury(site, "carts", rows.carts, circle.stored.carts, built_ms)

    def write(self, table: str, rows: dict[str, Row], stored: dict[str, Row], built_ms: int) -> int:
        changed = self.changed(rows, stored, built_ms)
        self.insert(table, changed)
        return len(changed)

    def insert(self, table: str, lines: dict[str, bytes]) -> None:
        if not self.dry_run:
            self.store.insert(table, b"\n".join(lines.values()))

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

    def bury(self, site: Site, table: str, rows: dict[str, Row], stored: dict[str, Row], built_ms: int) -> int:
        gone = [name for name, row in stored.items() if name not in rows and not row["tombstone"]]
        for some in chunks(gone if not self.dry_run else []):
            parameters = {table: some}
            self.store.command(load("sessionizer", f"bury_{table}"), alone="refolder", site=site.name, built_at=iso(built_ms)[:-1], **parameters)
        return len(gone)


@contextmanager
def no_collection() -> Iterator[None]:
    """The folds make no cycles: looking for some in a million new objects, again and again, costs a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def ms_of(text: str) -> int:
    """The way back from model.seconds."""
    whole, _, thousandths = text.partition(".")
    return int(whole) * 1000 + int(thousandths)
