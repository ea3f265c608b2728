"""What /metrics tells, for Prometheus: requests by route, what became of every event, and the figures of the process's health."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from tracker.accounting import Account, Accounting, Spooled
from tracker.errors import StoreError
from tracker.failures import FAILURES

log = logging.getLogger(__name__)

PATIENCE_S = 2.0
COUNTERS = {
    "received": "Events that reached a door", "accepted": "Events that are or were safely on disk", "refused": "Events not taken, by reason",
    "dropped": "Events left out on purpose, by reason", "stored": "Events written to the database",
    "cut": "Texts that were too long and were cut", "noted": "What tags reported about themselves, by code",
}  # fmt: skip
BY_REASON = ("refused", "dropped", "noted")
BUCKETS_S = (0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """A registry of its own: two apps in one process never meet in it."""

    def __init__(self, health: Callable[[], dict[str, Any]], accounting: Accounting) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("tracker_api_requests", "Answered requests of the API", ("route", "method", "status"), registry=self.registry)
        self.seconds = Histogram("tracker_api_seconds", "Time to answer", ("route",), buckets=BUCKETS_S, registry=self.registry)
        self.registry.register(Health(health))
        self.registry.register(Ledger(accounting))
        self.registry.register(Failed())

    def note(self, route: str, method: str, status: int, took_s: float) -> None:
        self.requests.labels(route, method, str(status)).inc()
        self.seconds.labels(route).observe(took_s)

    def text(self) -> bytes:
        """Asks the database and reads new segments: not on the event loop."""
        return generate_latest(self.registry)


class Ledger:
    """The accounting, all sites together. Totals are left out while they cannot be told: the database is away, or a backlog is being counted.

    A counter that falls reads as a restart to Prometheus, so none does: a segment that was seen twice while it moved is made up for by the next ones.
    """

    def __init__(self, accounting: Accounting) -> None:
        self.accounting = accounting
        self._told: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        try:
            account = self.accounting.read(patience_s=PATIENCE_S)
        except StoreError as error:
            log.warning("The totals are left out of /metrics: %s", error)
            yield from spool_figures(self.accounting.waiting(PATIENCE_S))
            return
        yield from spool_figures(account.spooled)
        if not account.spooled.uncounted:
            with self._lock:
                yield from list(self.totals(account))

    def totals(self, account: Account) -> Iterable[Metric]:
        for outcome, text in COUNTERS.items():
            if outcome in BY_REASON:
                family = CounterMetricFamily(f"tracker_events_{outcome}", text, labels=("reason",))
                for reason, events in sorted(account.reasons(outcome).items()):
                    family.add_metric((reason,), self.risen(outcome, reason, events))
                yield family
            else:
                yield CounterMetricFamily(f"tracker_events_{outcome}", text, value=self.risen(outcome, "", account.total(outcome)))
        dead = GaugeMetricFamily("tracker_events_dead_total", "Events in the dead letters, by reason; falls with a replay", labels=("reason",))
        for reason, events in sorted(account.reasons("dead").items()):
            dead.add_metric((reason,), events)
        difference = GaugeMetricFamily("tracker_accounting_difference", "Events unaccounted for, by equation; 0 = balanced", labels=("equation",))
        for equation, events in account.differences().items():
            difference.add_metric((equation,), events)
        yield from (dead, difference)

    def risen(self, outcome: str, reason: str, events: int) -> int:
        self._told[outcome, reason] = max(events, self._told.get((outcome, reason), 0))
        return self._told[outcome, reason]


def spool_figures(spooled: Spooled) -> Iterable[Metric]:
    yield GaugeMetricFamily("tracker_spool_events", "Events on disk that are not in the database yet", value=spooled.events.total())
    yield GaugeMetricFamily("tracker_spool_bytes", "Their size", value=spooled.bytes)
    yield GaugeMetricFamily("tracker_spool_segments", "Files they are in", value=spooled.segments)
    yield GaugeMetricFamily("tracker_spool_uncounted_segments", "Files that are not counted yet", value=spooled.uncounted)
    yield GaugeMetricFamily("tracker_spool_oldest_seconds", "Age of the oldest of them", value=spooled.oldest_s)


class Failed:
    """What parts of this process met, and went on from."""

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        family = CounterMetricFamily("tracker_failures", "Failures that a part went on from, by part and cause", labels=("part", "why"))
        for (part, why), failures in sorted(FAILURES.told().items()):
            family.add_metric((part, why), failures)
        yield family


class Health:
    """Every number in `health` as a gauge; true and false as 1 and 0, nested names joined by _."""

    def __init__(self, health: Callable[[], dict[str, Any]]) -> None:
        self.health = health

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        for name, value in flat(self.health()):
            yield GaugeMetricFamily(f"tracker_{name}", f"{name} of this process", value=value)


def flat(figures: dict[str, Any], prefix: str = "") -> Iterable[tuple[str, float]]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}_")
        elif isinstance(value, int | float):
            yield f"{prefix}{name}", float(value)
