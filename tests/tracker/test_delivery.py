"""A chunk of an import that goes straight into the database: exactly once, counted like a segment."""

from __future__ import annotations

import pytest

from tests.tracker.spooled import DyingStore, Killed, Refusing, letters, row, stored, told
from tracker.contents import Contents
from tracker.delivery import Delivery, bounds, store_chunk
from tracker.errors import StoreRefused
from tracker.sites import Site
from tracker.store import Store


def everybody(lines: list[bytes]) -> list[bytes]:
    return lines


def test_a_chunk_that_dies_anywhere_and_comes_again_counts_once(store: Store, site: Site) -> None:
    lines = [row(site, 1), row(site, 2)[:-1] + b',"position":"many"}', row(site, 3)]
    for nth in (1, 2, 3, 4):  # events, events, letter, ledger
        with pytest.raises(Killed):
            store_chunk(DyingStore(store, nth), lines, f"import-{site.name}:1", everybody)
    store_chunk(store, lines, f"import-{site.name}:1", everybody)
    assert stored(store, site) == ["e00001", "e00003"]
    assert len(letters(store, site)) == 1
    assert told(store, site) == {("received", ""): 3, ("accepted", ""): 3, ("stored", ""): 2, ("dead", "code_27"): 1}


def test_erased_people_do_not_come_back_with_a_file(store: Store, site: Site) -> None:
    lines = [row(site, 1), row(site, 2)]
    store_chunk(store, lines, f"import-{site.name}:2", lambda given: given[:1])
    assert stored(store, site) == ["e00001"]
    assert told(store, site) == {("received", ""): 2, ("accepted", ""): 2, ("stored", ""): 1, ("dead", "erased"): 1}


def test_lines_that_are_refused_only_together_are_stored_in_smaller_parts(store: Store, site: Site) -> None:
    asked = Refusing(store, lambda body: StoreRefused("Code: 252. Too many partitions for single INSERT", 252) if body.count(b"\n") > 3 else None)
    lines = [row(site, number) for number in range(16)]
    delivery = Delivery(asked, site.name, Contents(lines), believe=lambda refused: None)
    delivery.store_events()
    assert (delivery.letters, len(stored(store, site))) == ([], 16)


def test_where_an_insert_ends_follows_from_the_lines_alone(site: Site) -> None:
    day = 86_400
    short = [row(site, number, at=1.7e9 + number % 5 * day) for number in range(250)]
    assert list(bounds(short)) == [(0, 250)]
    many_days = [row(site, number, at=1.6e9 + number * day) for number in range(200)]
    assert list(bounds(many_days)) == [(0, 90), (90, 180), (180, 200)]
    heavy = [b"x" * 6_000_000] * 5
    assert list(bounds(heavy)) == [(0, 2), (2, 4), (4, 5)]
    assert list(bounds([])) == []
