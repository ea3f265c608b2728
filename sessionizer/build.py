"""Rebuild the sessions of some visitor-days: eight SQL files, one after the other.

in   a site with its rules; the table work, filled by one of the two ways here
out  rows of sessions, one version up where something differs
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from sessionizer.agents import Agents
from sessionizer.arrivals import parameter
from sessionizer.days import Days, date_of
from sessionizer.sources import own_hosts, sources
from tracker import purpose
from tracker.sites import Site
from tracker.store import Store, load

PASSAGE_MS = 2 * 3_600_000  # who comes back from paying within this time has not left; a later one is a new visit
BENCH = ("work", "doubled", "heard", "spans", "built", "stored_sessions", "changed")
PEOPLE = "folded"  # stays on the bench while the days of its visitors are built batch by batch


@dataclass
class Built:
    visitors: int = 0
    sessions: int = 0
    tombstones: int = 0

    def add(self, other: Built) -> None:
        self.visitors += other.visitors
        self.sessions += other.sessions
        self.tombstones += other.tombstones


def longest_gap_ms(site: Site) -> int:
    """The longest silence that any session of the site survives."""
    return max(site.session_gap_s * 1000, PASSAGE_MS)


class Builder:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.agents = Agents(store)

    def under(self, visitors: bytes) -> None:
        """The sessions built from here on are those of visitors as these rows tell them, and of all others as they are stored."""
        self.command("clear_folded")
        self.store.insert(PEOPLE, visitors)

    def lay_out(self, site: Site, work: Days) -> None:
        """On an otherwise empty bench."""
        self.sweep()
        pairs = ((visitor, str(date_of(day))) for visitor, numbers in work.items() for day in numbers)
        lines = (msgspec.json.encode({"site": site.name, "visitor_id": visitor, "day": day}) for visitor, day in pairs)
        self.store.insert("work", b"\n".join(lines))

    def of_days(self, site: Site, work: Days, built_ms: int, *, dry_run: bool = False) -> Built:
        self.lay_out(site, work)
        return self.run(site, built_ms, dry_run=dry_run)

    def of_range(self, site: Site, from_visitor: str, until_visitor: str, built_ms: int, *, dry_run: bool = False) -> Built:
        self.sweep()
        self.command("rebuild_work", site=site.name, from_visitor=from_visitor, until_visitor=until_visitor)
        return self.run(site, built_ms, dry_run=dry_run)

    def run(self, site: Site, built_ms: int, *, dry_run: bool = False) -> Built:
        span = self.store.one(load("sessionizer", "work_days"))
        if not span or not span["days"]:
            return Built()
        built_at = parameter(built_ms)
        self.command("doubled", site=site.name, days=span["days"])
        self.command("heard", site=site.name, days=span["days"])
        self.agents.learn()
        self.command(
            "spans", site=site.name, gap_ms=site.session_gap_s * 1000, cap_ms=site.session_cap_s * 1000, campaign_splits=int(site.campaign_splits),
            passage=sources().passage, passage_ms=PASSAGE_MS,
        )  # fmt: skip
        tables = sources().of_sessions() | purpose.model().parameters()
        self.command("sessions", site=site.name, own_hosts=own_hosts(site), built_at=built_at, **tables)
        self.command("stored_sessions", site=site.name, days=span["days"])
        self.command("changed")
        self.command("tombstones", site=site.name, built_at=built_at)
        counts = self.store.one(load("sessionizer", "count_changed")) or {}
        if not dry_run:
            self.command("publish")
        self.sweep()
        return Built(span["visitors"], counts["sessions"], counts["tombstones"])

    def command(self, name: str, **parameters: object) -> None:
        self.store.command(load("sessionizer", name), alone="sessionizer", **parameters)

    def sweep(self) -> None:
        for name in BENCH:
            self.command(f"clear_{name}")

    def clear(self) -> None:
        self.sweep()
        self.command("clear_folded")
