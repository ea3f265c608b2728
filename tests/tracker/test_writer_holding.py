"""One bad segment never holds up the others, and a database that is away is never taken for a bad segment."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from pathlib import Path

import pytest

from tests.tracker.spooled import Refusing, Through, letters, row, segment, stored, told
from tracker.errors import StoreDown, StoreMisfit, StoreRefused
from tracker.sites import Site
from tracker.store import Store
from tracker.writer import Writer


def test_a_segment_that_fails_for_ever_holds_up_no_other(store: Store, site: Site, tmp_path: Path) -> None:
    now = [0.0]
    segment(tmp_path, [row(site, 1)])
    for number in range(2, 6):
        segment(tmp_path, [row(site, number)])
    asked = Refusing(store, lambda body: StoreDown("Code: 241. Memory limit exceeded") if b"e00001" in body else None)
    writer = Writer(asked, [tmp_path], now=lambda: now[0])
    writer.drain()
    assert stored(store, site) == ["e00002", "e00003", "e00004", "e00005"]
    assert writer.held == 1
    tried = len(asked.inserts)
    assert writer.drain().segments == 0
    assert len(asked.inserts) == tried, "it waits by itself"
    now[0] += 60
    with pytest.raises(StoreDown):  # nothing else is there to show that the database is well
        writer.drain()
    writer.store = store
    assert writer.drain().rows == 1
    assert writer.held == 0


def test_while_the_database_is_away_two_segments_are_tried_and_all_stay(store: Store, site: Site, tmp_path: Path) -> None:
    for number in range(5):
        segment(tmp_path, [row(site, number)])
    asked = Refusing(store, lambda body: StoreDown("connection refused"))
    writer = Writer(asked, [tmp_path])
    with pytest.raises(StoreDown):
        writer.drain()
    assert (len(asked.inserts), writer.held, len(list(tmp_path.glob("*.seg")))) == (2, 0, 5)


def test_a_refusal_of_a_kind_nobody_knows_is_believed_once_something_else_has_gone_through(store: Store, site: Site, tmp_path: Path) -> None:
    segment(tmp_path, [row(site, 1)])
    asked = Refusing(store, lambda body: StoreRefused("Code: 9999. Something new", 9999) if b"e00001" in body else None)
    now = [0.0]
    writer = Writer(asked, [tmp_path], now=lambda: now[0])
    for _ in range(3):
        with pytest.raises(StoreMisfit, match="Something new"):
            writer.drain()
    assert letters(store, site) == []
    segment(tmp_path, [row(site, 2)])
    writer.drain()
    now[0] += 60
    writer.drain()
    assert stored(store, site) == ["e00002"]
    assert [letter["reason"] for letter in letters(store, site)] == ["code_9999"]


def test_a_refusal_of_a_letter_or_of_a_tally_holds_up_no_other_segment(store: Store, site: Site, tmp_path: Path) -> None:
    class Odd(Through):
        """Takes no ledger rows of the first segment."""

        def before(self, table: str, body: bytes) -> None:
            if table == "ledger" and b"e00001" not in body and len([asked for asked in self.inserts if asked[0] == "ledger"]) == 1:
                raise StoreRefused("Code: 27. Cannot parse input", 27)

    segment(tmp_path, [row(site, 1)])
    segment(tmp_path, [row(site, 2)])
    writer = Writer(Odd(store), [tmp_path])
    assert writer.drain().segments == 1
    assert writer.held == 1
    Writer(store, [tmp_path]).drain()
    assert stored(store, site) == ["e00001", "e00002"]
    assert told(store, site) == {("received", ""): 2, ("accepted", ""): 2, ("stored", ""): 2}


def test_a_disk_that_is_too_full_for_a_note_does_not_keep_the_writer_from_making_room(store: Store, site: Site, tmp_path: Path) -> None:
    (tmp_path / "in-flight").mkdir()  # so that it cannot be written
    segment(tmp_path, [row(site, 1)])
    assert Writer(store, [tmp_path]).drain().rows == 1


def test_a_writer_that_is_told_to_stop_leaves_a_long_backlog_to_the_next_one(store: Store, site: Site, tmp_path: Path) -> None:
    for number in range(12):
        segment(tmp_path, [row(site, number)])
    seconds = itertools.count(1)
    stop = threading.Event()
    stop.set()
    writer = Writer(store, [tmp_path], now=lambda: float(next(seconds)))
    writer.run(stop)
    left = len(list(tmp_path.glob("*.seg")))
    assert 0 < left < 12
    Writer(store, [tmp_path], now=lambda: 0.0).run(stop)
    assert (len(stored(store, site)), list(tmp_path.glob("*.seg"))) == (12, [])


def test_that_tallies_go_through_proves_nothing_about_events(store: Store, site: Site, tmp_path: Path) -> None:
    """A door under attack sends tallies alone; they go into another table."""
    tallies = Counter({(site.name, "received", ""): 1, (site.name, "refused", "not_json"): 1})
    segment(tmp_path, [row(site, 1)])
    segment(tmp_path, [], tallies)
    unknown = StoreRefused("Code: 9999. Something new", 9999)
    for error, raised in ((StoreDown("Code: 241. Memory limit"), StoreDown), (unknown, StoreMisfit), (unknown, StoreMisfit)):
        writer = Writer(Refusing(store, lambda body, error=error: error), [tmp_path])  # type: ignore[misc]  # bound now
        for _ in range(3):
            with pytest.raises(raised):
                writer.drain()
            segment(tmp_path, [], tallies)
        assert (writer.held, writer.trouble.failures) == (0, 3)
    assert letters(store, site) == []
