"""From a sealed segment to rows: exactly once, and a bad line alone in the dead letters."""

from __future__ import annotations

import json
import threading
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from tracker import ledger
from tracker.errors import StoreDown
from tracker.event import EventRow
from tracker.ledger import Tally
from tracker.segment import framed, new_name
from tracker.sites import Site
from tracker.store import Store
from tracker.writer import Writer


def row(site: Site, number: int) -> bytes:
    at = 1_764_000_000.123
    return msgspec.json.encode(
        EventRow(site=site.name, visitor_id=f"v{number}", event_id=f"e{number}", type="page_view", at=at, received_at=at + 0.5, source="tag")
    )


def segment(directory: Path, lines: list[bytes], name: str = "") -> Path:
    directory.mkdir(exist_ok=True)
    path = directory / f"{name or new_name()}.seg"
    path.write_bytes(framed(lines))
    return path


def told(store: Store, site: Site) -> dict[tuple[str, str], int]:
    """What the ledger says of a site."""
    rows = store.rows("SELECT outcome, reason, sum(events) AS n FROM ledger WHERE site = {site:String} GROUP BY outcome, reason", site=site.name)
    return {(row["outcome"], row["reason"]): row["n"] for row in rows if row["n"]}


def stored(store: Store, site: Site) -> list[str]:
    return [found["event_id"] for found in store.rows("SELECT event_id FROM events WHERE site = {site:String} ORDER BY event_id", site=site.name)]


def test_a_segment_becomes_rows_and_is_gone(store: Store, site: Site, tmp_path: Path) -> None:
    path = segment(tmp_path, [row(site, 1), row(site, 2)])
    drained = Writer(store, [tmp_path]).drain()
    assert (drained.segments, drained.rows, drained.dead) == (1, 2, 0)
    assert stored(store, site) == ["e1", "e2"]
    assert not path.exists()


def test_a_segment_met_again_after_a_crash_adds_nothing(store: Store, site: Site, tmp_path: Path) -> None:
    writer = Writer(store, [tmp_path])
    lines = [row(site, n) for n in range(5)]
    for _ in range(3):  # died between INSERT and unlink, twice
        segment(tmp_path, lines, name="00001-aaaa")
        writer.drain()
    assert stored(store, site) == [f"e{n}" for n in range(5)]
    for table in ("arrivals", "visitor_days"):
        assert store.rows(f"SELECT count() AS n FROM {table} WHERE site = {{site:String}}", site=site.name)[0]["n"] == 5


def test_what_became_of_every_event_is_counted_once_however_often_a_segment_is_met(store: Store, site: Site, tmp_path: Path) -> None:
    bad = row(site, 3).replace(b'"at":1764000000.123', b'"at":"never"')
    tally: Tally = Counter({(site.name, "received", ""): 5, (site.name, "accepted", ""): 3, (site.name, "refused", "id_invalid"): 2})
    lines = [row(site, 1), row(site, 2), bad, ledger.line(tally)]
    for _ in range(3):
        segment(tmp_path, lines, name="01764000000000000000-aaaa")
        Writer(store, [tmp_path]).drain()
    assert told(store, site) == {
        ("received", ""): 5, ("accepted", ""): 3, ("refused", "id_invalid"): 2, ("stored", ""): 2, ("dead", "code_41"): 1,
    }  # fmt: skip
    assert stored(store, site) == ["e1", "e2"]


def test_a_segment_of_tallies_alone_is_counted_and_gone(store: Store, site: Site, tmp_path: Path) -> None:
    tally: Tally = Counter({(site.name, "received", ""): 4, (site.name, "refused", "origin_refused"): 4})
    path = segment(tmp_path, [ledger.line(tally)])
    Writer(store, [tmp_path]).drain()
    assert told(store, site) == {("received", ""): 4, ("refused", "origin_refused"): 4}
    assert not path.exists()


def test_a_segment_from_before_the_ledger_counts_as_received_and_accepted(store: Store, site: Site, tmp_path: Path) -> None:
    segment(tmp_path, [row(site, 1), row(site, 2)])
    Writer(store, [tmp_path]).drain()
    assert told(store, site) == {("received", ""): 2, ("accepted", ""): 2, ("stored", ""): 2}


def test_a_poison_line_stands_alone_in_the_dead_letters(store: Store, site: Site, tmp_path: Path) -> None:
    bad = row(site, 3).replace(b'"at":1764000000.123', b'"at":"never"')
    segment(tmp_path, [row(site, 1), row(site, 2), bad, row(site, 4), row(site, 5)])
    drained = Writer(store, [tmp_path]).drain()
    assert (drained.rows, drained.dead) == (4, 1)
    assert stored(store, site) == ["e1", "e2", "e4", "e5"]
    (letter,) = store.rows("SELECT line, reason, message FROM dead_letters WHERE site = {site:String}", site=site.name)
    assert letter["line"].encode().strip() == bad
    assert letter["reason"].startswith("code_")
    assert letter["message"]


def test_damage_is_put_aside_and_the_rest_is_stored(store: Store, site: Site, tmp_path: Path) -> None:
    data = bytearray(framed([row(site, 1)]) + framed([row(site, 2)]) + framed([row(site, 3)]))
    data[len(data) // 2] ^= 4
    (tmp_path / "00002-bbbb.seg").write_bytes(data)
    Writer(store, [tmp_path]).drain()
    assert stored(store, site) == ["e1", "e3"]
    assert (tmp_path / "quarantine" / f"00002-bbbb.{len(data) // 3}.bad").exists()


def test_who_hears_of_a_settled_arrival_finds_its_rows_in_every_other_table(store: Store, site: Site) -> None:
    """The sessionizer is told by `arrivals`; a row it does not find yet would be missed for good."""
    done = threading.Event()

    def insert() -> None:
        for number in range(150):
            line = json.loads(row(site, number)) | {"type": "order", "order_id": f"o{number}", "customer_id": f"c{number}"}
            store.insert("events", json.dumps(line).encode())
        done.set()

    thread = threading.Thread(target=insert)
    thread.start()
    heard = 0
    settled = "SELECT count() AS n FROM arrivals WHERE site = {site:String} AND toUnixTimestamp64Milli(inserted_at) < {settled_ms:Int64}"
    while not done.is_set():
        heard = store.rows(settled, site=site.name, settled_ms=store.settled_ms())[0]["n"]
        for table, whose in (("owner_events", "owner"), ("visitor_days", "visitor_id"), ("links", "owner")):
            found = store.rows(f"SELECT uniqExact({whose}) AS n FROM {table} WHERE site = {{site:String}}", site=site.name)
            assert found[0]["n"] >= heard, table
    thread.join()
    assert heard > 10


def test_while_the_database_is_down_segments_stay(site: Site, tmp_path: Path) -> None:
    class Down(Store):
        """A database that is away: the only end that is swapped here."""

        def __init__(self) -> None:
            self.embedded = False

        def insert(self, table: str, body: bytes, token: str = "") -> None:
            raise StoreDown("connection refused")

    path = segment(tmp_path, [row(site, 1)])
    with pytest.raises(StoreDown):
        Writer(Down(), [tmp_path]).drain()
    assert path.exists()
