"""Deletions in the embedded engine: every part is rewritten, and what refuses says so."""

from __future__ import annotations

import json
import threading

import pytest

from tests.sessionizer.world import DAY, NOON_MS, stamp
from tracker.errors import StoreDown, StoreRefused
from tracker.sites import Site
from tracker.store import REWRITE, Store

DAYS = 30


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("ALTER TABLE events DELETE WHERE 1", "events"),
        ("ALTER TABLE owner_events UPDATE url = '' WHERE 1", "owner_events"),
        ("DELETE FROM carts WHERE 1", "carts"),
        ("ALTER TABLE events MODIFY SETTING index_granularity = 1", None),
        ("INSERT INTO work SELECT 1", None),
        ("TRUNCATE TABLE forgetting", None),
    ],
)
def test_a_deletion_and_an_update_of_stored_rows_are_told_from_other_commands(sql: str, table: str | None) -> None:
    found = REWRITE.match(sql)
    assert (found and (found[1] or found[2])) == table


def test_a_deletion_has_gone_through_every_part_when_it_returns(store: Store, site: Site) -> None:
    rows = [
        {"site": site.name, "visitor_id": visitor, "event_id": f"{visitor}-{day}", "type": "page_view", "source": "tag"}
        | {"at": stamp(NOON_MS + day * DAY), "received_at": stamp(NOON_MS + day * DAY)}
        for visitor in ("goes", "stays")
        for day in range(DAYS)
    ]
    store.insert("events", "\n".join(map(json.dumps, rows)).encode())
    store.command("ALTER TABLE events DELETE WHERE site = {site:String} AND visitor_id = 'goes'", site=site.name)
    left = store.rows("SELECT visitor_id, count() AS rows FROM events WHERE site = {site:String} GROUP BY visitor_id", site=site.name)
    assert left == [{"visitor_id": "stays", "rows": DAYS}]


def test_a_deletion_that_is_refused_says_so_and_nothing_of_it_runs_on(store: Store) -> None:
    for sql in ("ALTER TABLE nowhere DELETE WHERE 1", "ALTER TABLE events DELETE WHERE no_such_column = 1"):
        with pytest.raises((StoreDown, StoreRefused)):
            store.command(sql)
    assert [thread.name for thread in threading.enumerate() if thread.name == "nudge"] == []
