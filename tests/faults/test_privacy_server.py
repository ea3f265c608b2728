"""On a ClickHouse server a person is erased as on the embedded engine; and what another machine erased is followed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from profiles.erasing import TABLES, Eraser
from tests.faults.clickhouse import ClickHouse
from tracker.clock import SystemClock
from tracker.migrate import migrate
from tracker.sites import Site
from tracker.store import Store
from tracker.tombstones import Sieve

SITE = Site(name="shop", site_key="pk_shop")


@pytest.fixture
def far(server: ClickHouse) -> Iterator[Store]:
    store = Store(server.dsn(server.new_database()))
    migrate(store)
    yield store
    store.close()


def row(visitor_id: str, kind: str, number: int, **more: object) -> bytes:
    told = {
        "site": "shop",
        "visitor_id": visitor_id,
        "event_id": f"{visitor_id}-{number}",
        "type": kind,
        "at": 1_790_000_000 + number,
        "source": "tag",
    }
    return msgspec.json.encode(told | {"received_at": 1_790_000_000 + number} | more)


def test_a_server_forgets_too_and_another_machines_writer_hears_of_it(far: Store, tmp_path: Path) -> None:
    ann = [row("ann-phone", "page_view", 1), row("ann-phone", "identify", 2, customer_id="customer-ann")]
    ben = [row("ben-laptop", "page_view", 1), row("ben-laptop", "identify", 2, customer_id="customer-ben")]
    far.insert("events", b"\n".join(ann + ben))
    elsewhere, here = Sieve.of(tmp_path, far), tmp_path / "here"
    here.mkdir()

    erased = Eraser(far, SystemClock(), here).erase(SITE, customer_id="customer-ann", asked_by="test")

    assert erased is not None
    assert (erased.visitor_ids, erased.deleted["events"]) == (["ann-phone"], 2)
    lines = {table: [each["line"] for each in far.rows(f"SELECT formatRow('JSONEachRow', *) AS line FROM {table}")] for table in TABLES}
    assert [table for table, rows in lines.items() if any("ann" in line.replace("channel", "") for line in rows)] == []
    assert len(lines["events"]) == 2
    assert elsewhere(ann + ben) == ben
