"""The sessionizer: adds up events into sessions, carts and customers; the public face of this room.

in   events (through arrivals, owner_events, visitor_days), the sites' rules, the time
out  visitors, carts, customers, sessions: each row a version, written only where it differs

Profiles are a pure function of the set of events, so a repetition is harmless: whatever fails is done again by the next tick.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date

from sessionizer import days
from sessionizer.arrivals import Arrivals, Touched, parameter
from sessionizer.build import Builder, Built, longest_gap_ms
from sessionizer.cart import Horizon
from sessionizer.checkpoint import Checkpoint
from sessionizer.crossings import Crossings
from sessionizer.model import FOREVER_MS
from sessionizer.refold import Refolded, Refolder
from tracker.clock import Clock
from tracker.sites import Site
from tracker.store import Row, Store, load

VISITORS_AT_ONCE = 10_000
EVENTS_AT_ONCE = 500_000
Range = tuple[str, str]  # of visitors: the first, and the first of the next range; '' = no end


@dataclass(frozen=True, slots=True)
class Tick:
    """What one tick did."""

    visitors: int = 0
    sessions_changed: int = 0
    carts_changed: int = 0
    customers_changed: int = 0
    took_ms: int = 0


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild changed, or with dry_run what it would change."""

    visitors: int = 0
    sessions_changed: int = 0
    sessions_gone: int = 0
    carts_changed: int = 0
    customers_changed: int = 0
    took_ms: int = 0
    resumed: bool = False

    def __str__(self) -> str:
        whole = "going on where a rebuild was broken off: " if self.resumed else ""
        changes = f"{self.sessions_changed} sessions, {self.carts_changed} carts and {self.customers_changed} customers differ"
        return f"{whole}{self.visitors} visitors in {self.took_ms / 1000:.1f} s: {changes}, {self.sessions_gone} sessions are gone"


class Sessionizer:
    """Call it from one place at a time; it holds a lock of its own. On a cluster, run one per database."""

    def __init__(self, store: Store, sites: Callable[[], Mapping[str, Site]], clock: Clock) -> None:
        self.store = store
        self.sites = sites
        self.clock = clock
        self.arrivals = Arrivals(store)
        self.builder = Builder(store)
        self.refolder = Refolder(store)
        self.crossings = Crossings(self.builder)
        self.lock = threading.Lock()
        self.watermarks: dict[str, int | None] = {}  # of the order feeds, by site
        self.due_ms: dict[str, int] | None = None  # when the clock changes a cart next, by site; None = to be asked
        self.passed_ms = 0  # up to when carts were given their due; at the beginning everything may be overdue

    def tick(self) -> Tick:
        """Work in what arrived since the last tick, and the carts whose time has come. What fails is found again by the next tick."""
        began = time.monotonic()
        refolded, built = Refolded(), Built()
        with self.lock:
            try:
                self.work_in(self.clock.now_ms(), refolded, built)
            except BaseException:
                self.watermarks.clear()
                self.due_ms = None
                raise
        took_ms = round((time.monotonic() - began) * 1000)
        return Tick(built.visitors, built.sessions + built.tombstones, refolded.carts, refolded.customers, took_ms)

    def work_in(self, now_ms: int, refolded: Refolded, built: Built) -> None:
        touched, until_ms = self.arrivals.look()
        if touched:
            touched = self.crossings.of_tick(touched, self.arrivals.new_since_ms, until_ms)
        due = self.due_sites(now_ms)
        for name in sorted(touched.keys() | due):
            self.tick_site(self.site(name), touched.get(name) or Touched(), now_ms, name in due, refolded, built)
        if touched or until_ms > self.arrivals.until_ms:
            self.arrivals.done(until_ms)
        if due:
            self.due_ms, self.passed_ms = None, now_ms

    def tick_site(self, site: Site, touched: Touched, now_ms: int, is_due: bool, refolded: Refolded, built: Built) -> None:
        feed_moved = "c:" in touched.owners
        owners = touched.owners - {"c:"}
        if feed_moved:
            owners |= self.unsettled(site)
        horizon = self.horizon(site, now_ms)
        if is_due or feed_moved:
            owners |= self.due_owners(site, horizon)
        done = self.refolder.refold(site, owners, horizon, now_ms) if owners else Refolded()
        refolded.add(done)
        if self.due_ms is not None and done.next_ms is not None:
            self.due_ms[site.name] = min(self.due_ms.get(site.name, FOREVER_MS), done.next_ms)
        self.builder.under(done.people)
        self.build(site, touched.days, done.since_ms, now_ms, built)
        done.keep()
        self.builder.under(b"")

    def build(self, site: Site, touched: days.Days, since_ms: Mapping[str, int], now_ms: int, built: Built, *, dry_run: bool = False) -> None:
        """The sessions of the touched days, of those since somebody's claims, cart or orders changed, and of all that hangs together with them."""
        work = {visitor: set(numbers) for visitor, numbers in touched.items()}
        for visitor, numbers in days.since(self.store, site.name, since_ms).items():
            work.setdefault(visitor, set()).update(numbers)
        work = {visitor: numbers for visitor, numbers in work.items() if numbers}
        if not work:
            return
        self.builder.lay_out(site, work)
        closed = days.closed(self.store, site.name, work, longest_gap_ms(site))
        for batch in days.batches(closed, VISITORS_AT_ONCE):
            built.add(self.builder.of_days(site, batch, now_ms, dry_run=dry_run))

    # Carts that change by time alone

    def due_sites(self, now_ms: int) -> set[str]:
        if self.due_ms is None:
            rows = self.store.rows(load("sessionizer", "next_due"), after=parameter(self.passed_ms))
            self.due_ms = {row["site"]: row["due_ms"] for row in rows}
        return {site for site, due_ms in self.due_ms.items() if due_ms <= now_ms}

    def due_owners(self, site: Site, horizon: Horizon) -> set[str]:
        lost_before = parameter(max(0, horizon.now_ms - site.cart_lost_s * 1000))
        now, until = parameter(horizon.now_ms), parameter(max(0, horizon.abandoned_ms))
        return owners_of(self.store.rows(load("sessionizer", "due_carts"), site=site.name, now=now, horizon=until, lost_before=lost_before))

    def horizon(self, site: Site, now_ms: int) -> Horizon:
        if site.name not in self.watermarks:
            self.watermarks[site.name] = self.feed_watermark(site)
        return Horizon(now_ms, self.watermarks[site.name])

    def feed_watermark(self, site: Site) -> int | None:
        row = self.store.one(load("sessionizer", "feed_watermark"), site=site.name)
        return row["at_ms"] if row and row["watermarks"] else None

    def unsettled(self, site: Site) -> set[str]:
        """The order feed came further. Where it comes for the first time, carts it has not reached yet must wait for it."""
        known = self.watermarks.get(site.name)
        reached = self.watermarks[site.name] = self.feed_watermark(site)
        if known is not None or reached is None:
            return set()
        since = parameter(max(0, reached - site.cart_cutoff_s * 1000))
        return owners_of(self.store.rows(load("sessionizer", "unsettled_carts"), site=site.name, since=since))

    def site(self, name: str) -> Site:
        """A site that nobody set up (any more) is added up by the default rules."""
        return self.sites().get(name) or Site(name=name, site_key="")

    # Everything anew

    def rebuild(
        self,
        site_name: str,
        *,
        chunks: int | None = None,
        from_day: date | None = None,
        to_day: date | None = None,
        progress: Callable[[int, int], None] | None = None,
        dry_run: bool = False,
        what_if: Site | None = None,
        anew: bool = False,
    ) -> Rebuilt:
        """Add up a site's events anew, in ranges of visitors so that memory stays bounded; ticks go on in between.

        One that was killed is gone on with, where neither rules nor program changed (checkpoint.py); not with `anew`, and not one of certain days.
        With days, the sessions of these days (and what hangs together with them) are rebuilt; carts and customers always wholly.
        With dry_run nothing is written; sessions are then compared under the carts, customers and copies as stored.
        With what_if, the site under other rules, it is always dry: it says what these would change.
        """
        began = time.monotonic()
        site, dry_run = what_if or self.site(site_name), dry_run or what_if is not None
        between = (from_day or date.min, to_day or date.max) if from_day or to_day else None
        checkpoint = Checkpoint(self.store, site) if between is None and not dry_run else None
        begin = checkpoint.reached(self.clock.now_ms()) if checkpoint and not anew else ""
        ranges = self.ranges(site, chunks, begin)
        refolder = replace(self.refolder, dry_run=dry_run)
        refolded, built, done = Refolded(), Built(), Refolded()
        if not dry_run:
            with self.lock:
                self.crossings.of_site(site.name)
        for number in range(len(ranges) + 1):  # one range is folded, by this process, while the engine builds the sessions of the one before
            with self.lock, ThreadPoolExecutor(1) as beside:
                now_ms = self.clock.now_ms()
                building = beside.submit(self.build_range, site, ranges[number - 1], between, done, now_ms, dry_run=dry_run) if number else None
                if number < len(ranges):
                    done = self.refold_range(refolder, site, ranges[number], refolded, now_ms)
                if building:
                    built.add(building.result())
                self.due_ms = None
            if checkpoint and number:
                checkpoint.reach(ranges[number - 1][1], now_ms)
            if progress and number:
                progress(number, len(ranges))
        took_ms = round((time.monotonic() - began) * 1000)
        return Rebuilt(built.visitors, built.sessions, built.tombstones, refolded.carts, refolded.customers, took_ms, bool(begin))

    def refold_range(self, refolder: Refolder, site: Site, between: Range, refolded: Refolded, now_ms: int) -> Refolded:
        owners = self.owners(site, *between) - refolded.owners
        done = refolder.refold(site, owners, self.horizon(site, now_ms), now_ms, side_by_side=True)
        done.keep()
        refolded.add(done)
        return done

    def build_range(self, site: Site, visitors: Range, between: tuple[date, date] | None, done: Refolded, now_ms: int, *, dry_run: bool) -> Built:
        if between is None:
            return self.builder.of_range(site, *visitors, now_ms, dry_run=dry_run)
        built = Built()
        self.build(site, days.of_range(self.store, site.name, visitors, between), done.since_ms, now_ms, built, dry_run=dry_run)
        return built

    def ranges(self, site: Site, chunks: int | None, begin: str = "") -> list[Range]:
        """[(first visitor, first visitor of the next range)], covering all from `begin` on."""
        step = EVENTS_AT_ONCE
        if chunks:
            row = self.store.one(load("sessionizer", "count_events"), site=site.name)
            step = max(1, -(-row["events"] // chunks)) if row else step
        cuts = [row["visitor_id"] for row in self.store.rows(load("sessionizer", "ranges"), site=site.name, step=step)]
        cuts = [cut for cut in cuts if cut > begin]
        return list(zip([begin, *cuts], [*cuts, ""], strict=True))

    def owners(self, site: Site, first: str, until: str) -> set[str]:
        rows = self.store.rows(load("sessionizer", "owners_of_range"), site=site.name, from_visitor=first, until_visitor=until)
        if not first:
            rows += self.store.rows(load("sessionizer", "owners_without_visitor"), site=site.name)
        return {row["owner"] for row in rows}


def owners_of(carts: list[Row]) -> set[str]:
    return set(owners_in(carts))


def owners_in(carts: list[Row]) -> Iterator[str]:
    for cart in carts:
        yield from ("v:" + visitor for visitor in cart["visitor_ids"])
        if cart["customer_id"]:
            yield "c:" + cart["customer_id"]
