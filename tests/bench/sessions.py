"""The sessionizer: rebuilding a whole history against the plain scan of it and against pandas, and the cost of one tick.

Each size has a database and a process of its own, one after the other.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from sessionizer.loop import Sessionizer
from tests.bench import history, pandas_sessions
from tests.bench.figures import Figures, Options
from tests.bench.servers import scratch
from tracker.clock import SystemClock
from tracker.store import Store, load

EVENTS, PANDAS_EVENTS = 5_000_000, 500_000
TOUCHED, TICKS = 5_000, 5
SMALL, BIG = 2_000_000, 20_000_000


@dataclass(frozen=True, slots=True)
class Rebuild:
    rebuild_s: float
    scan_s: float
    pandas_s: float
    sessions: int


def run(options: Options) -> Figures:
    figures = Figures()
    with scratch("sessions") as folder:
        took = history.in_own_process(rebuilt, folder / "rebuild", EVENTS)
        ours, pandas_rate = EVENTS / took.rebuild_s, PANDAS_EVENTS / took.pandas_s
        figures.set("rebuild_events_per_s", ours)
        figures.set("ratio_scan", took.scan_s / took.rebuild_s)
        figures.set("ratio_pandas", ours / pandas_rate)
        figures.remark(f"{EVENTS:,} events into {took.sessions:,} sessions, carts, customers: {took.rebuild_s:.1f} s; the scan {took.scan_s:.2f} s")
        figures.remark(f"pandas: {PANDAS_EVENTS:,} events, already in memory, in {took.pandas_s:.1f} s ({pandas_rate:,.0f} events/s); it does less")
        for key, events in {"tick_s_2m": SMALL, **({"tick_s_20m": BIG} if options.big else {})}.items():
            times = history.in_own_process(ticks, folder / key, events)
            figures.set(key, sorted(times)[len(times) // 2])
            figures.remark(f"tick over {events:,} events, {TOUCHED:,} touched visitors: {', '.join(f'{s:.2f}' for s in times)} s; the median counts")
    return figures


def rebuilt(folder: Path, events: int) -> Rebuild:
    with history.opened(folder) as (store, registry):
        history.fill(store, registry, events)
        rebuild_s = history.rebuild(store, registry)
        sessions = int(store.rows("SELECT count() AS sessions FROM sessions FINAL WHERE NOT tombstone")[0]["sessions"])
        return Rebuild(rebuild_s, min(scan(store) for _ in range(3)), in_pandas(store), sessions)


def scan(store: Store) -> float:
    started = time.perf_counter()
    store.rows(load("tests.bench", "scan"), site=history.SITE)
    return time.perf_counter() - started


def in_pandas(store: Store) -> float:
    rows = store.rows(load("tests.bench", "for_pandas"), site=history.SITE, limit=PANDAS_EVENTS)
    frame = pd.DataFrame(rows, columns=list(pandas_sessions.COLUMNS))
    started = time.perf_counter()
    built = pandas_sessions.sessions(frame)
    took_s = time.perf_counter() - started
    if len(built) < PANDAS_EVENTS / history.EVENTS_PER_VISITOR:
        raise SystemExit(f"pandas found {len(built)} sessions only: it does not do the same")
    return took_s


def ticks(folder: Path, events: int) -> list[float]:
    """Seconds of a tick after 5,000 visitors, spread over the whole history, have come back."""
    with history.opened(folder) as (store, registry):
        history.fill(store, registry, events)
        history.settle(store, registry)
        runner = Sessionizer(store, registry.sites, SystemClock())
        runner.tick()
        return [tick(store, runner, events, number) for number in range(TICKS)]


def tick(store: Store, runner: Sessionizer, events: int, number: int) -> float:
    every = events // history.EVENTS_PER_VISITOR // TOUCHED
    store.command(load("tests.bench", "touch"), site=history.SITE, every=every, count=TOUCHED, now=datetime.now(UTC), round=number)
    started = time.perf_counter()
    done = runner.tick()
    took_s = time.perf_counter() - started
    if done.visitors < TOUCHED:
        raise SystemExit(f"the tick saw {done.visitors} of {TOUCHED} touched visitors: the figure would mean nothing")
    return took_s
