"""The accounting: what became of every event, over all time and up to now, so that nothing can be missing unseen.

in   the table `ledger`, and the segments that still lie in the spools of this machine
out  an Account: totals by site, outcome and reason, what is in the spool, and whether the two equations of tracker/ledger.py hold
Every segment is balanced by itself: in the spool its ledger line counts its event lines, in the table the writer has added what became of just
those. So a segment that is seen twice or not at all while it moves makes the totals stale by that segment and never unbalanced. The totals are exact
too where the writer runs in this process: its `settling` is held from the look at the table to the last look at the spool.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tracker.contents import contents, sites_of
from tracker.files import DISK, Files
from tracker.ledger import Tally, add
from tracker.segment import ours
from tracker.store import Store, load

SETTLING_S = 2.0

log = logging.getLogger("tracker.accounting")


@dataclass(slots=True)
class Spooled:
    """What lies in the spools; `uncounted` segments were left for the next look, so the totals are too low."""

    tally: Tally = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)  # by site
    bytes: int = 0
    segments: int = 0
    uncounted: int = 0
    oldest_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Account:
    totals: Tally
    spooled: Spooled

    def total(self, outcome: str, site: str | None = None) -> int:
        return sum(events for (of, what, _), events in self.totals.items() if what == outcome and site in (None, of))

    def reasons(self, outcome: str, site: str | None = None) -> Counter[str]:
        found: Counter[str] = Counter()
        for (of, what, reason), events in self.totals.items():
            if what == outcome and site in (None, of):
                found[reason] += events
        return Counter({reason: events for reason, events in found.items() if events})

    def in_spool(self, site: str | None = None) -> int:
        return self.spooled.events.total() if site is None else self.spooled.events[site]

    def differences(self) -> dict[str, int]:
        """By equation, how many events are unaccounted for, added up over the sites without sign. 0 and 0 = balanced."""
        sums: Counter[tuple[str, str]] = Counter()
        for (site, outcome, _), events in self.totals.items():
            sums[site, outcome] += events
        received = accepted = 0
        for site in {site for site, _ in sums} | set(self.spooled.events):
            received += abs(sums[site, "received"] - sums[site, "accepted"] - sums[site, "refused"] - sums[site, "dropped"])
            accepted += abs(sums[site, "accepted"] - sums[site, "stored"] - sums[site, "dead"] - self.spooled.events[site])
        return {"received": received, "accepted": accepted}


@dataclass(frozen=True, slots=True)
class _Counted:
    tally: Tally
    events: Counter[str]
    bytes: int


class Accounting:
    """Safe to share between threads; one reads at a time. A sealed segment never changes, so it is read once."""

    def __init__(self, store: Store, directories: Sequence[Path], settling: threading.Lock, files: Files = DISK) -> None:
        self.store, self.directories, self.settling, self.files = store, directories, settling, files
        self._lock = threading.Lock()
        self._sealed: dict[Path, _Counted] = {}

    def read(self, site: str | None = None, *, patience_s: float = 60.0) -> Account:
        """All sites, or one. Raises StoreDown. A backlog that takes longer to count than `patience_s` is counted on by the next call."""
        with self._lock:
            self.spooled(patience_s)  # the bulk of it, without holding up the writer
            settled = self.settling.acquire(timeout=SETTLING_S)  # a writer that hangs in the database makes it stale, not late
            try:
                rows = self.store.rows(load("tracker", "ledger_totals"), every=site is None, site=site or "")
                spooled = self.spooled(min(patience_s, 1.0))
            finally:
                if settled:
                    self.settling.release()
        totals: Tally = Counter({(row["site"], row["outcome"], row["reason"]): row["events"] for row in rows})
        add(totals, spooled.tally if site is None else Counter({key: events for key, events in spooled.tally.items() if key[0] == site}))
        return Account(totals, spooled)

    def waiting(self, patience_s: float) -> Spooled:
        """The spools alone, for when the database does not answer."""
        with self._lock:
            return self.spooled(patience_s)

    def spooled(self, patience_s: float) -> Spooled:
        until = time.monotonic() + patience_s
        found = Spooled()
        paths = self._paths()
        for path in paths:
            counted = self._sealed.get(path)
            if counted is None:
                if time.monotonic() > until:
                    found.uncounted += 1
                    continue
                counted = self._count(path)
            add(found.tally, counted.tally)
            found.events.update(counted.events)
            found.bytes += counted.bytes
        self._sealed = {path: counted for path, counted in self._sealed.items() if path in paths}
        found.segments = len(paths)
        found.oldest_s = max((age_s(path) for path in paths), default=0.0)
        return found

    def _paths(self) -> dict[Path, None]:
        """Each segment once, even where it is sealed during the look."""
        named: dict[Path, Path] = {}
        for directory in self.directories:
            if directory.is_dir():
                for ending in (".open", ".seg"):
                    named |= {(directory / name).with_suffix(""): directory / name for name in ours(directory, ending, self.files)}
        return dict.fromkeys(named.values())

    def _count(self, path: Path) -> _Counted:
        for at in (path, path.with_suffix(".seg")):
            try:
                data = self.files.read(at)
            except FileNotFoundError:  # sealed, or written, since it was listed
                continue
            except OSError as error:
                log.warning("%s cannot be counted: %s", at, error.strerror)
                break
            found = contents(data)
            counted = _Counted(found.tally, sites_of(found.lines), len(data))
            if at.suffix == ".seg":
                self._sealed[at] = counted
            return counted
        return _Counted(Counter(), Counter(), 0)


def age_s(path: Path) -> float:
    return max(0.0, time.time() - int(path.name.split("-", 1)[0]) / 1e9)
