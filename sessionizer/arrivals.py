"""What arrived since the sessionizer last looked.

in   the table arrivals, filled by every insert into events
out  Touched: per site the visitor-days and the owners with something new

An insert shows in `arrivals` before it shows in the tables filled after it, so only settled ones are taken (Store.settled_ms).
The watermark is a time of arrival. An insert may become visible a little after a later one, so the last OVERLAP_MS are looked at again;
rows of that time already taken are remembered, so that an idle look costs one small query.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

import msgspec

from sessionizer.model import seconds
from tracker.clock import iso
from tracker.store import Store, load

OVERLAP_MS = 10_000
LOOK_BACK_MS = 86_400_000  # after the clock went back; working something in twice is harmless
ROWS_A_TICK = 50_000
NAME = "arrivals"
EPOCH = date(1970, 1, 1)
Key = tuple[str, str, str, int, int]


def parameter(at_ms: int) -> str:
    """A time as a {…:DateTime64(3, 'UTC')} parameter."""
    return iso(at_ms)[:-1]


@dataclass
class Touched:
    days: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))  # visitor -> days, numbered from 1970
    owners: set[str] = field(default_factory=set)  # with rows that carts, orders or claims are made of


class Arrivals:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.until_ms = -1  # unknown: asked for at the first look
        self.version = 0
        self.again = 0
        self.new_since_ms = -1  # later than this came what the last look found
        self.taken: dict[Key, int] = {}

    def look(self) -> tuple[dict[str, Touched], int]:
        """What is new per site, and up to when; to be confirmed with done() once it is worked in."""
        if self.until_ms < 0:
            row = self.store.one(load("sessionizer", "watermark"), name=NAME)
            self.until_ms, self.version = (row["at_ms"], row["version"]) if row else (OVERLAP_MS, 0)
        settled_ms = self.store.settled_ms()
        if settled_ms < self.until_ms - OVERLAP_MS:  # the clock was ahead and is right now: what arrives would lie behind the watermark
            self.until_ms, self.again = settled_ms - LOOK_BACK_MS, -1
        since, known, settled = parameter(self.until_ms - OVERLAP_MS), parameter(self.until_ms), parameter(settled_ms)
        backlog = self.store.one(load("sessionizer", "backlog"), since=since, known=known, settled=settled, rows=ROWS_A_TICK) or {}
        until_ms = max(backlog["until_ms"] or 0, self.until_ms)
        if until_ms == self.until_ms and backlog["again"] == self.again:
            return {}, until_ms
        return self.read(since, until_ms), until_ms

    def read(self, since: str, until_ms: int) -> dict[str, Touched]:
        found: dict[str, Touched] = defaultdict(Touched)
        first_ms = until_ms
        self.reading: dict[Key, int] = {}
        for row in self.store.rows(load("sessionizer", "touched"), since=since, until=parameter(until_ms)):
            day = (row["day"] - EPOCH).days
            key = (row["site"], row["owner"], row["visitor_id"], day, row["inserted_ms"])
            self.reading[key] = row["rows"]
            if self.taken.get(key) == row["rows"]:
                continue
            first_ms = min(first_ms, row["inserted_ms"])
            touched = found[row["site"]]
            if row["visitor_id"]:
                touched.days[row["visitor_id"]].add(day)
            if row["owner_rows"]:
                touched.owners.add(row["owner"])
        self.new_since_ms = max(first_ms - OVERLAP_MS, self.until_ms if first_ms > self.until_ms else 0)
        return found

    def done(self, until_ms: int) -> None:
        """Everything up to here is worked in; where this is not reached, the same rows are found again."""
        moved = until_ms > self.until_ms
        self.taken = {key: rows for key, rows in self.reading.items() if key[4] > until_ms - OVERLAP_MS}
        self.again = sum(self.taken.values())
        self.until_ms = until_ms
        if moved:
            self.version += 1
            self.store.insert("watermarks", msgspec.json.encode({"name": NAME, "at": seconds(until_ms), "version": self.version}))
