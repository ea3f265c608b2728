"""A database that noted a token, and was killed before it kept the rows: it drops every repetition, and nothing is lost all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tracker.spooled import AT_S, Killed, Through, row, segment, stored
from tracker.sites import Site
from tracker.store import Store
from tracker.writer import Writer

LINK = "https://shop.example/?rc=C7-A"
EVENTS: list[dict[str, Any]] = [
    {"type": "page_view", "page_id": "p1"}, {"type": "page_view", "url": LINK}, {"type": "cart_add"}, {"type": "cart_set", "at": AT_S - 86_400},
    {"type": "identify", "customer_id": "ann"}, {"type": "order", "order_id": "o1", "customer_id": "ann"}, {"type": "logout"},
    {"type": "order", "order_id": "o2", "customer_id": "bob", "visitor_id": ""}, {"type": "order_updated", "order_id": "o1"},
    {"type": "content", "event_id": "0198c0de-0000-7000-8000-000000000001"}, *({"type": name} for name in ("response", "release", "consent")),
]  # fmt: skip
KEPT = {  # what must be the same afterwards; where events are lost alone, their views are filled twice, and every query counts by event id
    "events": "SELECT * EXCEPT inserted_at FROM events WHERE site = {site:String} ORDER BY event_id",
    "owner_events": "SELECT DISTINCT * EXCEPT inserted_at FROM owner_events WHERE site = {site:String} ORDER BY event_id",
    "event_ids": "SELECT DISTINCT * EXCEPT inserted_at FROM event_ids WHERE site = {site:String} ORDER BY id",
    "visitor_days": "SELECT * REPLACE arraySort(ties) AS ties FROM visitor_days FINAL WHERE site = {site:String} ORDER BY visitor_id, day",
    "links": "SELECT * FROM links FINAL WHERE site = {site:String} ORDER BY kind, id, owner",
    "arrivals": "SELECT DISTINCT * EXCEPT inserted_at FROM arrivals WHERE site = {site:String} ORDER BY owner, day",
    "dead_letters": "SELECT * EXCEPT at FROM dead_letters WHERE site = {site:String}",
    "ledger": "SELECT outcome, reason, sum(events) FROM ledger WHERE site = {site:String} GROUP BY outcome, reason ORDER BY outcome, reason",
}
LOSE = {"ledger": "site = {site:String} OR (outcome = 'segment' AND reason = {segment:String})"}


@pytest.mark.parametrize("lost", KEPT)
def test_what_a_killed_database_only_believes_to_have_is_found_missing_and_stored(store: Store, site: Site, tmp_path: Path, lost: str) -> None:
    poison = row(site, 5).replace(b'"at":1764000000.123', b'"at":"never"')
    path = segment(tmp_path, [*(row(site, number, **fields) for number, fields in enumerate(EVENTS)), poison])
    with pytest.raises(Killed):
        Writer(DyingOf(store, "ledger"), [tmp_path]).drain()
    before = kept(store, site)
    assert all(before.values())
    where = LOSE.get(lost, "site = {site:String}")
    store.command(f"DELETE FROM {lost} WHERE {where}", site=site.name, segment=path.stem)
    assert not kept(store, site)[lost]
    Writer(store, [tmp_path]).drain()
    assert kept(store, site) == before
    assert not path.exists()


def kept(store: Store, site: Site) -> dict[str, list[dict[str, Any]]]:
    return {table: store.rows(sql, site=site.name) for table, sql in KEPT.items()}


def test_a_day_that_is_missing_comes_back_and_the_others_are_not_doubled(store: Store, site: Site, tmp_path: Path) -> None:
    """A segment's events of each day are kept, or lost, by themselves."""
    segment(tmp_path, [row(site, number, at=AT_S - number % 2 * 86_400) for number in range(1_100)])
    with pytest.raises(Killed):
        Writer(DyingOf(store, "events"), [tmp_path]).drain()
    store.command("DELETE FROM events WHERE site = {site:String} AND event_id < 'e00600' AND at < '2025-11-24 12:00:00'", site=site.name)
    assert len(stored(store, site)) == 800
    Writer(store, [tmp_path]).drain()
    assert stored(store, site) == [f"e{number:05d}" for number in range(1_100)]


def test_a_segment_that_was_never_tried_is_asked_about_nothing(store: Store, site: Site, tmp_path: Path) -> None:
    segment(tmp_path, [row(site, 1)])
    asked = Asked(store)
    Writer(asked, [tmp_path]).drain()
    assert (stored(store, site), asked.questions) == (["e00001"], [])


class DyingOf(Through):
    """Dies after its first insert into this table."""

    def __init__(self, store: Store, table: str) -> None:
        super().__init__(store)
        self.table = table

    def after(self, table: str) -> None:
        if table == self.table:
            raise Killed


class Asked(Through):
    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.questions: list[str] = []

    def rows(self, sql: str, **parameters: Any) -> list[dict[str, Any]]:
        self.questions.append(sql)
        return super().rows(sql, **parameters)
