"""What /metrics tells, for Prometheus: requests by route, and the figures of the process's health."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

BUCKETS_S = (0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """A registry of its own: two apps in one process never meet in it."""

    def __init__(self, health: Callable[[], dict[str, Any]]) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("tracker_api_requests", "Answered requests of the API", ("route", "method", "status"), registry=self.registry)
        self.seconds = Histogram("tracker_api_seconds", "Time to answer", ("route",), buckets=BUCKETS_S, registry=self.registry)
        self.registry.register(Health(health))

    def note(self, route: str, method: str, status: int, took_s: float) -> None:
        self.requests.labels(route, method, str(status)).inc()
        self.seconds.labels(route).observe(took_s)

    def text(self) -> bytes:
        return generate_latest(self.registry)


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
