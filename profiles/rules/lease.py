"""Who looks: of the processes that hold rules against one database, one at a time.

in   the clock; the row of `rule_progress` that is of no site
out  whether it is this process

Nothing is met twice where two look at once all the same, as where one slept for long: a match and its message have one id, whoever finds them. Only
"once per customer" needs to know what was met a moment ago.
"""

from __future__ import annotations

import secrets
import time
import uuid

import msgspec

from tracker.clock import Clock
from tracker.store import Row, Store, load

LEASE_MS = 15_000  # whoever ended without a word is waited for so long
RENEW_MS = 10_000  # left of it when it is renewed
SETTLE_S = 1.5  # of two who claim at once, both find after so long the one that stands


class Lease:
    """`alone`: nobody else can have this database."""

    def __init__(self, store: Store, clock: Clock, *, alone: bool, settle_s: float = SETTLE_S) -> None:
        self.store, self.clock, self.alone, self.settle_s = store, clock, alone, settle_s
        self.name = uuid.uuid4().hex
        self.until_ms = 0

    def is_mine(self) -> bool:
        """Claims it where nobody has it. Raises StoreDown."""
        now_ms = self.clock.now_ms()
        if self.alone or RENEW_MS < self.until_ms - now_ms <= LEASE_MS:
            return True
        row = self.stored()
        if row and row["position"] != self.name and now_ms < row["clock_ms"] <= now_ms + LEASE_MS:
            self.until_ms = 0
            return False
        self.claim(row, now_ms)
        if now_ms >= self.until_ms:  # not a renewal: somebody else may claim it at this moment
            time.sleep(self.settle_s)
            standing = self.stored()
            if standing is None or standing["position"] != self.name:
                return False
        self.until_ms = now_ms + LEASE_MS
        return True

    def stored(self) -> Row | None:
        return self.store.one(load("profiles.rules", "progress"), site="")

    def claim(self, before: Row | None, now_ms: int) -> None:
        version = max(now_ms * 1000 + secrets.randbelow(1000), before["version"] + 1 if before else 0)
        row = {"site": "", "position": self.name, "clock_at": (now_ms + LEASE_MS) / 1000, "version": version}
        self.store.insert("rule_progress", msgspec.json.encode(row))
