"""The benchmarks measure what they say: the made-up history is as told, pandas does the job, wrk's words are read right."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from sessionizer.loop import Sessionizer
from tests.bench import loss, pandas_check, pandas_sessions
from tests.bench.wrk import Load, read
from tests.faults.oracle import Oracle
from tests.faults.stored import Stored
from tests.house.tree import ROOT
from tracker.clock import SystemClock
from tracker.sites import Site
from tracker.store import Store, load

EVENTS = 4_000


@pytest.fixture
def history(store: Store, site: Site) -> Site:
    first_day = datetime.now(UTC).date() - timedelta(days=21)
    store.command(load("tests.bench", "synthetic"), site=site.name, first=0, count=EVENTS, first_day=first_day)
    return site


def test_the_made_up_history_has_two_visits_of_ten_events_per_visitor(store: Store, history: Site) -> None:
    assert store.rows(load("tests.bench", "scan"), site=history.name) == [{"visitors": EVENTS // 20, "events": EVENTS}]
    [owner_events] = store.rows("SELECT count() AS rows FROM owner_events WHERE site = {site:String}", site=history.name)
    assert 0.03 < owner_events["rows"] / EVENTS < 0.07


def test_pandas_finds_the_same_sessions_and_carts_as_the_product(store: Store, history: Site) -> None:
    clock = SystemClock()
    Sessionizer(store, lambda: {history.name: history}, clock).rebuild(history.name)
    rows = store.rows(load("tests.bench", "for_pandas"), site=history.name, limit=EVENTS)
    built = pandas_sessions.sessions(pd.DataFrame(rows, columns=list(pandas_sessions.COLUMNS)), history, clock.now_ms())
    assert 0.98 * EVENTS / 10 < len(built.sessions) <= EVENTS / 10  # a few visitors have both visits within the gap
    assert built.sessions["events"].sum() == EVENTS
    assert pandas_check.differences(store, history.name, built) == []
    built.sessions.loc[7, "page_views"] += 1
    built.folded.states["bought"] += 1
    assert ["page_views is" in each or "carts {" in each for each in pandas_check.differences(store, history.name, built)] == [True, True]


def test_a_visitor_that_comes_back_leaves_one_page_view_more(store: Store, history: Site) -> None:
    store.command(load("tests.bench", "touch"), site=history.name, every=2, count=50, now=datetime.now(UTC), round=1)
    assert store.rows(load("tests.bench", "scan"), site=history.name) == [{"visitors": EVENTS // 20, "events": EVENTS + 50}]


def test_what_wrk_says_is_read() -> None:
    assert read("Requests/sec:  16654.21\n") == Load(16654.21, 0)
    assert read("  Non-2xx or 3xx responses: 7\nRequests/sec:    100.00\n") == Load(100.0, 7)
    with pytest.raises(SystemExit, match="nothing that can be read"):
        read("unable to connect")


def test_an_unknown_benchmark_is_refused_with_the_names_there_are() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.bench", "speed"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there are: collector, sessions, api, tag, purpose, readiness" in done.stderr


def test_a_lost_event_and_a_doubled_one_are_counted() -> None:
    oracle = Oracle(lambda: "", "pk_bench", events_per_batch=4)
    batch = oracle.claim()
    batch.sent, batch.fate = 1, "acknowledged"
    kept, copied, buried, _missing = batch.ids
    events = [{"event_id": kept, "copies": 1}, {"event_id": copied, "copies": 2}]
    dead = [{"line": json.dumps({"event_id": buried})}]
    assert loss.counted(oracle, Stored(events, dead, Counter())) == (1, 1)
    assert loss.counted(oracle, Stored([events[0], events[0]], dead, Counter())) == (2, 1)
