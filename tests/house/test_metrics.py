"""docs/operations.md names every figure that /metrics tells about events, spool and writer."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from profiles.metrics import Ledger, Metrics
from tests.house.tree import ROOT
from tracker.accounting import Account, Accounting, Spooled
from tracker.store import Store

TEXT = (ROOT / "docs" / "operations.md").read_text()


def test_every_figure_is_explained(store: Store, tmp_path: Path) -> None:
    metrics = Metrics(dict, Accounting(store, [tmp_path], threading.Lock()))
    names = {family.name for family in text_string_to_metric_families(metrics.text().decode())}
    assert len(names) > 10
    assert "tracker_events_dead_total" in names
    assert {name for name in names if f"`{name}" not in TEXT} == set()


def test_a_counter_never_falls(store: Store, tmp_path: Path) -> None:
    """A segment seen in the spool and in the table at once makes a total too high for a moment; a fall would read as a restart."""
    ledger = Ledger(Accounting(store, [tmp_path], threading.Lock()))
    high, low = (Account(Counter({("a-site", "received", ""): events}), Spooled()) for events in (7, 5))
    told = [next(iter(ledger.totals(account))).samples[0].value for account in (low, high, low)]
    assert told == [5, 7, 7]
