"""The rhythm of each site: asked of the database at most every five minutes, for it reads every customer."""

from __future__ import annotations

from profiles import lifecycle
from tracker.clock import Clock
from tracker.store import Store, load

KEPT_MS = 300_000


class Rhythms:
    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self._known: dict[str, tuple[int, lifecycle.Rhythm]] = {}

    def of(self, site: str) -> lifecycle.Rhythm:
        now = self.clock.now_ms()
        asked_ms, rhythm = self._known.get(site, (None, None))
        if asked_ms is None or rhythm is None or abs(now - asked_ms) >= KEPT_MS:
            row = self.store.rows(load("profiles", "site_rhythm"), site=site)[0]
            rhythm = lifecycle.site_rhythm(row["intervals"], row["rhythm_ms"])
            self._known[site] = (now, rhythm)
        return rhythm
