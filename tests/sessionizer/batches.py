"""Several worlds side by side on one site, as a tick or a rebuild costs the same for one and for ten.

in   worlds as hypothesis draws them
out  their rows under names of their own, all ending at the same time; what the tables and the oracle say of each
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.sessionizer.oracle.events import Rules, ms
from tests.sessionizer.oracle.told import told
from tests.sessionizer.tables import tables
from tests.sessionizer.world import DAY, HOUR, MINUTE, NOON_MS, Row, World, stamp
from tests.sessionizer.worlds import Steps, copied, played, steps
from tracker.sites import Site

AFTERWARDS_MS = (0, 1, 60 * MINUTE - 1, 60 * MINUTE, 5 * HOUR, 30 * DAY - 1, 30 * DAY, 31 * DAY)
FEEDS_MS = (None, None, 0, HOUR, DAY)  # how far behind the feed of orders is; None = there is none
RULES: tuple[Row, ...] = (
    {},
    {},
    {"campaign_splits": True},
    {"session_gap_s": 600, "session_cap_s": 7200, "cart_cutoff_s": 1800, "cart_lost_s": 86_400, "claim_back_s": 3600},
)
NOW_MS = NOON_MS + 1000 * DAY
NAMED = ("visitor_id", "customer_id", "order_id", "event_id", "page_id")


@dataclass(frozen=True)
class Batch:
    worlds: list[list[Row]]
    feed: list[Row]
    rules: Row

    def site(self) -> Site:
        name = f"shop-{uuid.uuid4().hex[:8]}"
        return Site(name=name, site_key=f"pk_{name}", **self.rules)

    def rows(self, site: str) -> list[Row]:
        return [row | {"site": site} for row in [*self.feed, *(row for world in self.worlds for row in world)]]

    def told(self) -> list[dict[str, list[Row]]]:
        return [told([*self.feed, *rows], Rules.of(self.site()), NOW_MS) for rows in self.worlds]

    def tables(self, world: World) -> list[dict[str, list[Row]]]:
        found = tables(world)
        return [{name: [row for row in rows if is_of(row, number)] for name, rows in found.items()} for number in range(len(self.worlds))]


def is_of(row: Row, number: int) -> bool:
    names = [row.get("visitor_id"), row.get("visitor"), row.get("customer_id"), *row.get("visitor_ids", [])]
    return any(name and name.startswith(prefix(number)) for name in names)


def prefix(number: int) -> str:
    return f"w{number:02d}-"


def placed(rows: list[Row], number: int, later_ms: int) -> list[Row]:
    """The world under its own names, so late that its last event was received `later_ms` ago."""
    shift_ms = NOW_MS - later_ms - max(max(ms(row["received_at"]), ms(row["at"])) for row in rows)
    return [renamed(row, number) | {name: stamp(ms(row[name]) + shift_ms) for name in ("at", "received_at")} for row in rows]


def renamed(row: Row, number: int) -> Row:
    return row | {name: prefix(number) + row[name] for name in NAMED if row.get(name)}


def watermark(feed_ms: int) -> Row:
    at = stamp(NOW_MS - feed_ms)
    return {"visitor_id": "", "event_id": "feed", "type": "order_watermark", "at": at, "received_at": at, "source": "server", "props": "{}"}


def batch(drawn: tuple[list[tuple[Steps, int]], int | None, Row, int]) -> Batch:
    worlds, feed_ms, rules, seed = drawn
    chance = random.Random(seed)
    lines = [placed(copied(played(acts), chance), number, later_ms) for number, (acts, later_ms) in enumerate(worlds)]
    return Batch(lines, [] if feed_ms is None else [watermark(feed_ms)], rules)


def batches(least: int, most: int) -> st.SearchStrategy[Any]:
    worlds = st.lists(st.tuples(steps, st.sampled_from(AFTERWARDS_MS)), min_size=least, max_size=most)
    return st.tuples(worlds, st.sampled_from(FEEDS_MS), st.sampled_from(RULES), st.integers(0, 999)).map(batch)
