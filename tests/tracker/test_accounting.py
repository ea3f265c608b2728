"""The accounting: what became of every event, exact whenever it is quiet and never unbalanced."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

from tests.tracker.spooled import DyingStore, Killed, row, segment
from tracker import ledger
from tracker.accounting import Account, Accounting
from tracker.contents import admitted
from tracker.ledger import Tally
from tracker.segment import framed, new_name
from tracker.sites import Site
from tracker.store import Store
from tracker.writer import Writer


def account(store: Store, site: Site, *spools: Path) -> Account:
    return Accounting(store, spools, threading.Lock()).read(site.name)


def figures(found: Account, site: Site) -> dict[str, int]:
    outcomes = {outcome: found.total(outcome, site.name) for outcome in ledger.OUTCOMES}
    return {name: events for name, events in {**outcomes, "in_spool": found.in_spool(site.name)}.items() if events}


def test_an_event_is_counted_from_the_spool_and_from_the_table_alike(store: Store, site: Site, tmp_path: Path) -> None:
    tally: Tally = admitted([row(site, 1), row(site, 2)])
    ledger.add(tally, Counter({(site.name, "received", ""): 3, (site.name, "refused", "id_invalid"): 2, (site.name, "dropped", "erased"): 1}))
    segment(tmp_path, [row(site, 1), row(site, 2)], tally)
    before = account(store, site, tmp_path)
    assert figures(before, site) == {"received": 5, "accepted": 2, "refused": 2, "dropped": 1, "in_spool": 2}
    Writer(store, [tmp_path]).drain()
    after = account(store, site, tmp_path)
    assert figures(after, site) == {"received": 5, "accepted": 2, "refused": 2, "dropped": 1, "stored": 2}
    assert before.differences() == after.differences() == {"received": 0, "accepted": 0}
    assert after.reasons("refused", site.name) == {"id_invalid": 2}


def test_a_growing_segment_counts_up_to_its_last_whole_group(store: Store, site: Site, tmp_path: Path) -> None:
    whole = framed([row(site, 1), ledger.line(admitted([row(site, 1)]))])
    torn = framed([row(site, 2), ledger.line(admitted([row(site, 2)]))])[:-9]
    (tmp_path / f"{new_name()}.open").write_bytes(whole + torn)
    found = account(store, site, tmp_path)
    assert figures(found, site) == {"received": 1, "accepted": 1, "in_spool": 1}
    assert (found.spooled.segments, found.spooled.bytes) == (1, len(whole + torn))


def test_a_segment_is_read_once_however_often_it_is_counted(store: Store, site: Site, tmp_path: Path) -> None:
    path = segment(tmp_path, [row(site, 1)])
    accounting = Accounting(store, [tmp_path], threading.Lock())
    assert accounting.read(site.name).in_spool(site.name) == 1
    path.write_bytes(b"#" * path.stat().st_size)  # what was counted is not read again
    assert accounting.read(site.name).in_spool(site.name) == 1
    path.unlink()
    assert accounting.read(site.name).in_spool(site.name) == 0


def test_a_backlog_is_counted_bit_by_bit_and_said_to_be_unfinished(store: Store, site: Site, tmp_path: Path) -> None:
    for number in range(3):
        segment(tmp_path, [row(site, number)])
    accounting = Accounting(store, [tmp_path], threading.Lock())
    assert accounting.spooled(patience_s=-1).uncounted == 3
    assert accounting.spooled(patience_s=60).uncounted == 0


def test_what_is_missing_shows_as_a_difference(store: Store, site: Site, tmp_path: Path) -> None:
    segment(tmp_path, [row(site, 1)], Counter({(site.name, "received", ""): 4, (site.name, "accepted", ""): 2, (site.name, "refused", "x"): 1}))
    assert account(store, site, tmp_path).differences() == {"received": 1, "accepted": 1}


def test_a_crash_between_ledger_and_unlink_never_unbalances_it(store: Store, site: Site, tmp_path: Path) -> None:
    for nth in range(1, 3):  # events, ledger
        segment(tmp_path, [row(site, nth)])
        try:
            Writer(DyingStore(store, nth), [tmp_path]).drain()
        except Killed:
            assert account(store, site, tmp_path).differences() == {"received": 0, "accepted": 0}
        Writer(store, [tmp_path]).drain()
    assert figures(account(store, site, tmp_path), site) == {"received": 2, "accepted": 2, "stored": 2}


def test_it_is_balanced_at_every_moment_while_the_writer_works(store: Store, site: Site, tmp_path: Path) -> None:
    writer = Writer(store, [tmp_path])
    accounting = Accounting(store, [tmp_path], writer.settling)
    done = threading.Event()

    def work() -> None:
        try:
            for number in range(20):
                segment(tmp_path, [row(site, number), row(site, 1000 + number)])
                writer.drain()
        finally:
            done.set()

    thread = threading.Thread(target=work)
    thread.start()
    totals = [0]
    while not done.is_set():
        found = accounting.read(site.name)
        assert found.differences() == {"received": 0, "accepted": 0}
        totals.append(found.total("received", site.name))
    thread.join()
    assert totals == sorted(totals), "a segment was seen twice or not at all while it moved"
    assert figures(accounting.read(site.name), site) == {"received": 40, "accepted": 40, "stored": 40}
