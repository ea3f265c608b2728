"""The sessionizer: rebuilding a whole history against the plain scan of it and against pandas, how that grows, and the cost of one tick.

Each size has a database and a process of its own, one after the other.
"""

from __future__ import annotations

import resource
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from sessionizer.loop import Sessionizer
from tests.bench import history, pandas_check, pandas_sessions
from tests.bench.figures import Figures, Options
from tests.bench.servers import scratch
from tracker.clock import SystemClock
from tracker.sites import Site
from tracker.store import Store, load

MILLION = 1_000_000
CURVE, HUGE = (MILLION, 5 * MILLION, 20 * MILLION), 100 * MILLION
MAIN = 5 * MILLION  # the size whose figures are kept
TICKED = {2 * MILLION: "tick_s_2m", 20 * MILLION: "tick_s_20m"}
PANDAS_EVENTS = 200_000
TOUCHED, TICKS = 5_000, 5


@dataclass(frozen=True, slots=True)
class Took:
    events: int
    rebuild_s: float
    cpu_s: float
    rss_mb: float
    scan_s: float
    pandas_s: float
    sessions: int
    ticks_s: list[float]


def run(options: Options) -> Figures:
    figures = Figures()
    with scratch("sessions") as folder:
        for events in sorted({*CURVE, *TICKED, *((HUGE,) if options.big else ())}):
            data = folder / str(events)
            tell(figures, history.in_own_process(measured, data, events))
            shutil.rmtree(data)
    return figures


def tell(figures: Figures, took: Took) -> None:
    rate = took.events / took.rebuild_s
    figures.remark(
        f"{took.events:,} events into {took.sessions:,} sessions, carts, customers: {took.rebuild_s:.1f} s ({rate:,.0f} events/s), "
        f"{took.cpu_s:.1f} s of processors, at most {took.rss_mb:,.0f} MB of memory; the scan {took.scan_s:.2f} s"
    )
    if took.events == MAIN:
        pandas_rate = PANDAS_EVENTS / took.pandas_s
        figures.set("rebuild_events_per_s", rate)
        figures.set("ratio_scan", took.scan_s / took.rebuild_s)
        figures.set("ratio_pandas", rate / pandas_rate)
        figures.remark(f"pandas: {PANDAS_EVENTS:,} events, already in memory, in {took.pandas_s:.1f} s ({pandas_rate:,.0f} events/s)")
    if took.events in TICKED:
        figures.set(TICKED[took.events], sorted(took.ticks_s)[len(took.ticks_s) // 2])
        ticks = ", ".join(f"{s:.2f}" for s in took.ticks_s)
        figures.remark(f"tick over {took.events:,} events, {TOUCHED:,} touched visitors: {ticks} s; the median counts")


def measured(folder: Path, events: int) -> Took:
    with history.opened(folder) as (store, registry):
        history.fill(store, registry, events)
        before_s = time.process_time()
        rebuild_s = history.rebuild(store, registry)
        cpu_s = time.process_time() - before_s
        rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sessions = int(store.rows("SELECT count() AS sessions FROM sessions FINAL WHERE NOT tombstone")[0]["sessions"])
        scan_s = min(scan(store) for _ in range(3))
        pandas_s = in_pandas(store, registry.sites()[history.SITE]) if events == MAIN else 0.0
        ticks_s: list[float] = []
        if events in TICKED:
            history.rest(store)
            runner = Sessionizer(store, registry.sites, SystemClock())
            runner.tick()
            ticks_s = [tick(store, runner, events, number) for number in range(TICKS)]
        return Took(events, rebuild_s, cpu_s, rss_mb, scan_s, pandas_s, sessions, ticks_s)


def scan(store: Store) -> float:
    started = time.perf_counter()
    store.rows(load("tests.bench", "scan"), site=history.SITE)
    return time.perf_counter() - started


def in_pandas(store: Store, site: Site) -> float:
    """Seconds that pandas takes for as many visitors as have so many events; it has to find what the product found."""
    rows = store.rows(load("tests.bench", "for_pandas"), site=site.name, limit=PANDAS_EVENTS)
    frame = pd.DataFrame(rows, columns=list(pandas_sessions.COLUMNS))
    del rows
    started = time.perf_counter()
    built = pandas_sessions.sessions(frame, site, SystemClock().now_ms())
    took_s = time.perf_counter() - started
    if unequal := pandas_check.differences(store, site.name, built):
        raise SystemExit("pandas does not do the same: " + "; ".join(unequal))
    return took_s


def tick(store: Store, runner: Sessionizer, events: int, number: int) -> float:
    """Seconds of a tick after 5,000 visitors, spread over the whole history, have come back."""
    every = events // history.EVENTS_PER_VISITOR // TOUCHED
    store.command(load("tests.bench", "touch"), site=history.SITE, every=every, count=TOUCHED, now=datetime.now(UTC), round=number)
    started = time.perf_counter()
    done = runner.tick()
    took_s = time.perf_counter() - started
    if done.visitors < TOUCHED:
        raise SystemExit(f"the tick saw {done.visitors} of {TOUCHED} touched visitors: the figure would mean nothing")
    return took_s
