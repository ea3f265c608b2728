"""A part that meets a failure goes on, and everybody can see that it did: counted in /metrics, said in /readyz."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from anyio import CapacityLimiter

from profiles import channels
from profiles.channels import Channels, Page, Position, Told
from profiles.metrics import Metrics
from tracker.accounting import Accounting
from tracker.clock import SystemClock
from tracker.errors import StoreDown
from tracker.failures import FAILURES, LATELY_S, Failures
from tracker.registry import Registry
from tracker.roof import going_on
from tracker.roof.going_on import keep_going
from tracker.roof.store import Parts
from tracker.settings import Settings
from tracker.store import Store


@pytest.fixture(autouse=True)
def counts() -> Iterator[None]:
    """Of this test alone."""
    before = FAILURES.told()
    FAILURES.counts.clear()
    FAILURES._last.clear()
    yield
    FAILURES.counts.update(before)
    FAILURES._last.clear()


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(going_on, "WAIT_MIN_S", 0.01)
    monkeypatch.setattr(channels, "AGAIN_S", 0.01)


def failing_part() -> None:
    """Meets a fault, then a database that is away, then goes well."""
    stop, meets = threading.Event(), [KeyError("cart"), StoreDown("it is away")]

    def work() -> None:
        if meets:
            raise meets.pop(0)
        stop.set()

    keep_going("announcer", work, stop)


def test_a_part_that_fails_goes_on_and_is_counted_by_its_cause() -> None:
    failing_part()
    assert FAILURES.told() == {("announcer", "fault"): 1, ("announcer", "database"): 1}
    assert FAILURES.lately() == {"announcer": "StoreDown"}


def test_after_a_while_without_a_failure_a_part_counts_as_well() -> None:
    known = Failures()
    known.note("rules", ValueError("c-1 of the shop"))
    (at_s,) = (at for at, _ in known._last.values())
    assert known.lately(at_s + LATELY_S - 1) == {"rules": "ValueError"}
    assert known.lately(at_s + LATELY_S) == {}
    assert known.told() == {("rules", "fault"): 1}


def test_a_fault_in_the_stream_is_counted_and_its_readers_are_told_what_comes() -> None:
    meets = [KeyError("cart"), StoreDown("it is away")]

    def read(after: Position) -> Page:
        if meets:
            raise meets.pop(0)
        return Page(after, Position(2), [Told(Position(1, "cart", "k"), "cart", b"{}")] if after < Position(1, "cart", "k") else [], False)

    async def first() -> Page:
        hub = Channels(CapacityLimiter(1))
        async with asyncio.timeout(60), aclosing(hub.follow("shop", Position(0), Position(0), read, 10.0)) as pages:
            return await anext(pages)

    assert [told.event for told in asyncio.run(first()).told] == ["cart"]
    assert FAILURES.told() == {("stream", "fault"): 1, ("stream", "database"): 1}


def test_metrics_and_readyz_tell_it(store: Store, tmp_path: Path) -> None:
    failing_part()
    text = Metrics(dict, Accounting(store, [tmp_path], threading.Lock())).text().decode()
    assert 'tracker_failures_total{part="announcer",why="fault"} 1.0' in text
    told: dict[str, Any] = Parts(Settings(data=tmp_path), store, Registry(store, tmp_path, SystemClock()), [tmp_path]).health()["parts"]
    assert told == {"failing": 1, "says": "announcer: StoreDown"}
