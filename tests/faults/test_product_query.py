"""A question that would never end: it is ended, and nobody else waits for it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from tracker.errors import StoreDown
from tracker.row import EventRow
from tracker.segment import framed, new_name
from tracker.sites import Site
from tracker.store import Store
from tracker.writer import Writer

ENDLESS = "SELECT count() AS n FROM numbers(1000000000000) WHERE sipHash64(number) = 1"


def test_a_query_of_death_is_ended_at_its_limit_and_events_are_stored_meanwhile(store: Store, site: Site, tmp_path: Path) -> None:
    writer, stored_meanwhile = Writer(store, [tmp_path]), 0
    asked = Store(store.dsn, readers=1, query_max_s=1)
    with ThreadPoolExecutor(1) as someone:
        answer = someone.submit(asked.rows, ENDLESS)
        while not answer.done():
            row = EventRow(site.name, "ann", f"e{stored_meanwhile}", "page_view", at=1_764_000_000.0, received_at=1_764_000_000.0, source="tag")
            (tmp_path / f"{new_name()}.seg").write_bytes(framed([msgspec.json.encode(row)]))
            stored_meanwhile += writer.drain().rows
    asked.close()
    with pytest.raises(StoreDown, match="159"):
        answer.result()
    assert stored_meanwhile > 0
    assert store.rows("SELECT count() AS n FROM events WHERE site = {site:String}", site=site.name) == [{"n": stored_meanwhile}]
