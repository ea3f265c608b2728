"""docs/operations.md names every figure that /metrics tells about events, spool and writer."""

from __future__ import annotations

import threading
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from profiles.metrics import Metrics
from tests.house.tree import ROOT
from tracker.accounting import Accounting
from tracker.store import Store

TEXT = (ROOT / "docs" / "operations.md").read_text()


def test_every_figure_is_explained(store: Store, tmp_path: Path) -> None:
    metrics = Metrics(dict, Accounting(store, [tmp_path], threading.Lock()))
    names = {family.name for family in text_string_to_metric_families(metrics.text().decode())}
    assert len(names) > 10
    assert {name for name in names if f"`{name}" not in TEXT} == set()
