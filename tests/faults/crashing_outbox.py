"""The way from a cart to a receiver on the real engine: `python -m tests.faults.crashing_outbox DATA URL PART [MOMENT OPERATION HIT]`.

PART is `first` (two carts are filled, both abandoned at a tick, one recovered by an order, and all is sent) or `again` (what a process does that
finds all this). Ends at its point, or when nothing is left to do.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from profiles.webhooks import keeping
from profiles.webhooks.deliverer import Deliverer
from profiles.webhooks.ladder import Outcome
from profiles.webhooks.sending import Sender
from tests.faults.crashing import Point
from tests.faults.crashing_writer import CrashingStore
from tests.profiles.webhooks.conftest import play
from tests.sessionizer.world import MINUTE, NOON_MS, World
from tracker.migrate import migrate
from tracker.sites import Site

SITE = Site(name="shop", site_key="pk_shop")


class CrashingSender(Sender):
    def __init__(self, point: Point) -> None:
        super().__init__(local=True)
        self.point = point

    async def send(self, url: str, headers: Mapping[str, str], body: bytes, now_ms: int) -> Outcome:
        self.point.reach("before", "post")
        outcome = await super().send(url, headers, body, now_ms)
        self.point.reach("after", "post")
        return outcome


def begin(world: World, url: str) -> None:
    migrate(world.store)
    keeping.save(world.store, keeping.new(SITE.name, url, ("cart.abandoned", "cart.recovered", "cart.retracted"), "", NOON_MS))
    world.visitor("anna").view().add("X1@10")
    world.visitor("bert").view().add("X2@10")
    world.send()


def main(data: str, url: str, part: str, *arguments: str) -> None:
    point = Point.of([*arguments])
    store = CrashingStore(f"chdb://{Path(data) / 'clickhouse'}", point)
    world = World(store, SITE)
    deliverer = Deliverer(store, lambda: world.sites, world.clock, partial(CrashingSender, point))
    if part == "first":
        begin(world, url)
        world.tick(minutes=61)
        asyncio.run(play(deliverer, 100))
    world.clock.at_ms = NOON_MS + 90 * MINUTE
    world.order_from_server("o-1", visitor_id="anna")
    world.tick(minutes=30)
    asyncio.run(play(deliverer, 100))
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
