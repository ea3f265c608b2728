"""A process whose clock was an hour ahead and is put right: alone in its database, as a sessionizer then works in everything of a day once more.

in   the folder of its database; whether the sessionizer is started anew when the clock is put right
out  the visitors that have a session in the end, a line each
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from sessionizer.loop import Sessionizer
from tests.product import until
from tests.sessionizer.world import HOUR, SECOND, World, stamp
from tracker.migrate import migrate
from tracker.sites import Site
from tracker.store import Store


class Ahead:
    """The module `time` on a machine whose clock is wrong."""

    def __init__(self, ahead_ms: int) -> None:
        self.ahead_ms = ahead_ms

    def time_ns(self) -> int:
        return time.time_ns() + self.ahead_ms * 1_000_000


def main(folder: Path, restarted: bool) -> None:
    store = Store(f"chdb://{folder}")
    migrate(store)
    world = World(store, Site(name="shop", site_key="pk_shop"))
    with pytest.MonkeyPatch.context() as wrong:
        wrong.setattr("tracker.store.time", Ahead(HOUR))
        world.visitor("ann").view(inserted_at=stamp(time.time_ns() // 1_000_000 + HOUR - SECOND))
        world.tick()
        until(lambda: world.sessions() or world.sessionizer.tick() is None, what="the session of ann")
    if restarted:
        world.sessionizer = Sessionizer(store, lambda: world.sites, world.clock)
    world.visitor("bob").view()
    world.tick()
    until(lambda: len(world.sessions()) == 2 or world.sessionizer.tick() is None, what="the session of bob")
    sys.stdout.write("\n".join(sorted(session["visitor_id"] for session in world.sessions())))
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] == "True")
