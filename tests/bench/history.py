"""A database with a made-up history, for the benchmarks that need one. The embedded engine takes one directory per process,
so each measurement runs in a process of its own (`in_own_process`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

from sessionizer.loop import Sessionizer
from tracker.clock import SystemClock
from tracker.migrate import migrate
from tracker.registry import Registry
from tracker.store import Store, load

SITE = "bench"
ORIGIN = "https://shop.example"
EVENTS_PER_VISITOR = 20
STEP = 500_000


T = TypeVar("T")
P = ParamSpec("P")


def in_own_process(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *args, **kwargs).result()


@contextmanager
def opened(data: Path) -> Iterator[tuple[Store, Registry]]:
    store = Store(f"chdb://{(data / 'clickhouse').resolve()}", query_max_s=600)
    try:
        migrate(store)
        yield store, Registry(store, data, SystemClock())
    finally:
        store.close()


def fill(store: Store, registry: Registry, events: int) -> None:
    """So many events of site `bench` on the 20 days before today."""
    registry.add_site(SITE, [ORIGIN])
    first_day = datetime.now(UTC).date() - timedelta(days=21)
    for first in range(0, events, STEP):
        store.command(load("tests.bench", "synthetic"), site=SITE, first=first, count=min(STEP, events - first), first_day=first_day)


def visitor_id(number: int) -> str:
    return f"0199c0de-0000-7000-8000-{number:012x}"


def rebuild(store: Store, registry: Registry) -> float:
    """Add the whole history up; gives the seconds it took."""
    started = time.perf_counter()
    Sessionizer(store, registry.sites, SystemClock()).rebuild(SITE)
    return time.perf_counter() - started


def settle(store: Store, registry: Registry) -> None:
    """The history is added up and nothing waits: a rebuild, and then the queue of arrivals is emptied."""
    rebuild(store, registry)
    rest(store)


def rest(store: Store) -> None:
    store.command("TRUNCATE TABLE arrivals")
