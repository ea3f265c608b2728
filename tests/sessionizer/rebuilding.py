"""A process that rebuilds a site, and kills itself after so many ranges if it is told to.

in   the folder of its database; after how many ranges it dies, 0 = never
out  one line a range: how many of how many are done; then what Rebuilt says, and how many sessions have their entry page
The first life fills the database; nobody has added anything up before.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from sessionizer.loop import Sessionizer
from tests.sessionizer.world import MovingClock, World
from tracker.migrate import migrate
from tracker.sites import Site
from tracker.store import Store

RANGES = 5
SITE = Site(name="shop", site_key="pk_shop")


def main(folder: Path, dies_after: int) -> None:
    is_new = not folder.exists()
    store = Store(f"chdb://{folder}")
    migrate(store)
    if is_new:
        world = World(store, SITE)
        for number in range(40):
            world.visitor().view(f"/{number}").add("X1").log_in(f"c-{number}")
        world.send()

    def progress(done: int, of: int) -> None:
        say(f"{done} {of}")
        if done == dies_after:
            os.kill(os.getpid(), signal.SIGKILL)

    say(str(Sessionizer(store, lambda: {SITE.name: SITE}, MovingClock()).rebuild(SITE.name, chunks=RANGES, progress=progress)))
    row = store.one("SELECT uniqExact(entry_url, customer_id) AS sessions FROM sessions FINAL WHERE NOT tombstone AND version = 1")
    say(str(row and row["sessions"]))
    store.close()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
