"""From a sealed segment to rows: exactly once, whatever dies in between, and a bad line alone in the dead letters."""

from __future__ import annotations

import errno
import itertools
import json
import math
import threading
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.disk import Failing
from tests.product import until
from tests.tracker.spooled import DyingDisk, DyingStore, Killed, Refusing, Through, letters, row, segment, stored, told
from tracker import ledger
from tracker.delivery import PART_DAYS_MAX
from tracker.errors import StoreDown, StoreMisfit, StoreRefused
from tracker.files import DISK, Files
from tracker.in_flight import CRASHES_MAX, InFlight
from tracker.segment import framed, new_name
from tracker.sites import Site
from tracker.store import Store
from tracker.writer import BACK_OFF_MAX_S, Writer, back_off_s

VIEWS = {"arrivals": "count()", "visitor_days": "uniqExact(visitor_id)", "owner_events": "count()", "links": "uniqExact(id, owner)"}


def test_a_segment_becomes_rows_and_is_gone(store: Store, site: Site, tmp_path: Path) -> None:
    path = segment(tmp_path, [row(site, 1), row(site, 2)])
    drained = Writer(store, [tmp_path]).drain()
    assert (drained.segments, drained.rows, drained.dead) == (1, 2, 0)
    assert stored(store, site) == ["e00001", "e00002"]
    assert not path.exists()


def test_a_segment_of_tallies_alone_is_counted_and_gone(store: Store, site: Site, tmp_path: Path) -> None:
    path = segment(tmp_path, [], Counter({(site.name, "received", ""): 4, (site.name, "refused", "origin_refused"): 4}))
    Writer(store, [tmp_path]).drain()
    assert told(store, site) == {("received", ""): 4, ("refused", "origin_refused"): 4}
    assert not path.exists()


def test_a_segment_from_before_the_ledger_counts_as_received_and_accepted(store: Store, site: Site, tmp_path: Path) -> None:
    (tmp_path / f"{new_name()}.seg").write_bytes(framed([row(site, 1)]) + framed([row(site, 2)]))
    Writer(store, [tmp_path]).drain()
    assert told(store, site) == {("received", ""): 2, ("accepted", ""): 2, ("stored", ""): 2}


@pytest.mark.parametrize("path", sorted((Path(__file__).parent / "golden").glob("*.seg")), ids=lambda path: path.stem)
def test_a_segment_that_an_older_version_has_written_is_read(store: Store, tmp_path: Path, path: Path) -> None:
    site = Site(name=f"golden-{path.stem}", site_key="")  # as it stands in the file
    (tmp_path / f"{new_name()}.seg").write_bytes(path.read_bytes())
    Writer(store, [tmp_path]).drain()
    assert stored(store, site) == ["e00001", "e00002"]
    assert {outcome: n for (outcome, _), n in told(store, site).items() if outcome != "refused"} == {"received": 2, "accepted": 2, "stored": 2} | (
        {"received": 3} if path.stem == "ledger" else {}
    )


def test_rows_of_a_newer_and_an_older_door_lie_in_one_segment_and_wait_for_the_newer_column(store: Store, site: Site, tmp_path: Path) -> None:
    newer = row(site, 1)[:-1] + b',"mood":"bright","moods":{"a":[1,{"b":2}]}}'  # a column this database does not have
    older = json.dumps({name: value for name, value in json.loads(row(site, 2)).items() if name != "tag_version"}).encode()
    segment(tmp_path, [newer, older])
    with pytest.raises(StoreMisfit, match="mood"):
        Writer(store, [tmp_path]).drain()
    assert letters(store, site) == []
    (waiting,) = tmp_path.glob("*.seg")
    waiting.write_bytes(framed([row(site, 1), older]))  # as if the column had come, without adding it to the database of all tests
    Writer(store, [tmp_path]).drain()
    assert stored(store, site) == ["e00001", "e00002"]


# --- dying ---------------------------------------------------------------------------------------------------------------------


def test_a_segment_met_again_and_again_counts_once_in_every_table(store: Store, site: Site, tmp_path: Path) -> None:
    lines = [row(site, n, type="order", order_id=f"o{n}", customer_id=f"c{n}") for n in range(5)]
    for _ in range(4):  # died between INSERT and unlink, three times
        segment(tmp_path, lines, name="00000000000000000001-aaaa")
        Writer(store, [tmp_path]).drain()
    assert stored(store, site) == [f"e{n:05d}" for n in range(5)]
    for table, figure in VIEWS.items():
        expected = 10 if table == "links" else 5  # a customer and an order each
        assert store.rows(f"SELECT {figure} AS n FROM {table} WHERE site = {{site:String}}", site=site.name)[0]["n"] == expected, table
    assert told(store, site) == {("received", ""): 5, ("accepted", ""): 5, ("stored", ""): 5}


def dies(store: Store, spool: Path, files: Files = DISK) -> bool:
    try:
        Writer(store, [spool], files=files).drain()
    except Killed:
        return True
    return False


def with_poison(site: Site, spool: Path) -> Path:
    bad = row(site, 3).replace(b'"at":1764000000.123', b'"at":"never"')
    return segment(spool, [row(site, 1), row(site, 2), bad, row(site, 4), row(site, 5)])


def once_and_for_all(store: Store, site: Site, spool: Path) -> None:
    assert stored(store, site) == ["e00001", "e00002", "e00004", "e00005"]
    assert len(letters(store, site)) == 1
    assert told(store, site) == {("received", ""): 5, ("accepted", ""): 5, ("stored", ""): 4, ("dead", "code_41"): 1}
    assert list(spool.glob("*.seg")) == []


def test_killed_after_any_insert_that_nobody_heard_of_nothing_is_lost_or_doubled(store: Store, site: Site, tmp_path: Path) -> None:
    with_poison(site, tmp_path)
    for nth in itertools.count(1):
        if not dies(DyingStore(store, nth), tmp_path):
            break
    assert nth > 4  # events (twice at least), the letter, the ledger
    once_and_for_all(store, site, tmp_path)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_operation_of_the_disk_nothing_is_lost_or_doubled(store: Store, site: Site, tmp_path: Path, after: bool) -> None:
    path = with_poison(site, tmp_path)
    path.write_bytes(path.read_bytes() + framed([row(site, 6)])[:-3] + b"???")  # and a damaged group, so that more is written
    for nth in itertools.count(1):
        if not dies(store, tmp_path, DyingDisk(nth, after=after)):
            break
    assert nth > 5 or (after and nth > 4)
    once_and_for_all(store, site, tmp_path)
    assert len(list((tmp_path / "quarantine").iterdir())) == 1


def test_a_segment_that_cannot_be_removed_is_stored_once_and_removed_later(store: Store, site: Site, tmp_path: Path) -> None:
    with_poison(site, tmp_path)
    writer = Writer(store, [tmp_path], files=Failing(1, errno.EIO, only="unlink"))
    with pytest.raises(OSError, match="Input/output"):
        writer.drain()
    assert "Nothing is lost" in writer.trouble.message
    writer.drain()
    once_and_for_all(store, site, tmp_path)


def test_a_note_of_what_was_in_flight_that_makes_no_sense_stops_nothing(store: Store, site: Site, tmp_path: Path) -> None:
    for number, text in enumerate((b"", b"\0\0\0", b'{"segment":"long-gone.seg","crashes":{"long-gone.seg":9}}', b'{"segment":7}')):
        (tmp_path / "in-flight").write_bytes(text)
        segment(tmp_path, [row(site, number)])
        assert Writer(store, [tmp_path]).drain().rows == 1
    assert stored(store, site) == [f"e{number:05d}" for number in range(4)]


def test_a_segment_that_takes_the_engine_down_is_tried_last_and_then_given_up_alone(store: Store, site: Site, tmp_path: Path) -> None:
    deadly = segment(tmp_path, [row(site, 1)])
    for crash in range(CRASHES_MAX):
        InFlight(tmp_path).begin(deadly)  # and the process was gone
        assert InFlight(tmp_path).crashes == {deadly.name: crash + 1}
    well = segment(tmp_path, [row(site, 2)])
    asked = Through(store)
    Writer(asked, [tmp_path]).drain()
    assert [token.split(":")[0] for table, _, token in asked.inserts if table == "events"] == [well.stem]
    assert [letter["reason"] for letter in letters(store, site)] == ["crashed"]
    assert told(store, site) == {("received", ""): 2, ("accepted", ""): 2, ("stored", ""): 1, ("dead", "crashed"): 1}


def test_a_segment_that_was_in_flight_in_every_crash_is_kept_while_nothing_else_goes_through(store: Store, site: Site, tmp_path: Path) -> None:
    """Then it is the machine or the engine that crashes, and no fault of the segment."""
    path = segment(tmp_path, [row(site, 1)])
    for _ in range(CRASHES_MAX + 2):
        InFlight(tmp_path).begin(path)
    Writer(store, [tmp_path]).drain()
    assert stored(store, site) == ["e00001"]
    assert letters(store, site) == []


# --- what the database says ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [241, 242, 243, 252, 159, 209, 210])
def test_what_passes_by_itself_is_tried_again_with_the_same_token(store: Store, site: Site, tmp_path: Path, code: int) -> None:
    """Memory, a read-only replica, a full disk, too many parts, time-outs, the network."""
    again(store, site, tmp_path, StoreDown(f"Code: {code}. DB::Exception: come back later"))


@pytest.mark.parametrize("code", [516, 192, 193, 194, 497, 60, 81, 16, 164, 201])
def test_what_a_person_must_mend_costs_no_event(store: Store, site: Site, tmp_path: Path, code: int) -> None:
    """Password, user, grants, a missing table, database or column, read-only, a quota."""
    writer = again(store, site, tmp_path, StoreMisfit(f"Code: {code}. DB::Exception: not like this", code))
    assert letters(store, site) == []
    assert not writer.trouble.needs_a_person


def again(store: Store, site: Site, spool: Path, error: StoreDown) -> Writer:
    """The database says `error` twice and is well then."""
    segment(spool, [row(site, 1), row(site, 2)])
    answers = [error, error]
    asked = Refusing(store, lambda body: answers.pop() if answers else None)
    writer = Writer(asked, [spool])
    for failures in (1, 2):
        with pytest.raises(type(error)):
            writer.drain()
        assert (writer.trouble.failures, writer.trouble.needs_a_person) == (failures, isinstance(error, StoreMisfit))
    assert writer.drain().rows == 2
    assert writer.trouble.failures == 0
    assert stored(store, site) == ["e00001", "e00002"]
    assert len({(rows, token) for table, rows, token in asked.inserts if table == "events"}) == 1
    return writer


def test_the_engine_itself_tells_a_missing_table_from_a_bad_row(store: Store) -> None:
    with pytest.raises(StoreMisfit):
        store.insert("no_such_table", b'{"a":1}\n')
    with pytest.raises(StoreMisfit):
        store.rows("INSERT INTO sites (name) VALUES ('x')")  # on a handle that may only read
    with pytest.raises(StoreRefused):
        store.insert("events", b'{"at":"never"}\n')


def test_the_wait_grows_to_a_minute_and_is_never_the_same(site: Site) -> None:
    waits = [back_off_s(failures) for failures in range(1, 200)]
    assert waits[0] <= 0.5
    assert max(waits) <= BACK_OFF_MAX_S == 60
    assert len(set(waits[20:])) > 100


# --- poison ------------------------------------------------------------------------------------------------------------------------


def poison(good: bytes) -> dict[str, bytes]:
    return {
        "half a surrogate pair": good[:-1] + b',"title":"a\\ud800b"}',
        "a path twice": good[:-1] + b',"items":[{"id":"a","id":"b"}]}',
        "a field twice": good[:-1] + b',"url":"a","url":"b"}',
        "too deep": good[:-1] + b',"items":[{"id":"a","more":' + b'{"a":' * 2000 + b"1" + b"}" * 2000 + b"}]}",
        "a wrong type": good[:-1] + b',"position":"many"}',
        "no time": good.replace(b'"at":1764000000.123', b'"at":NaN'),
        "too much money": good[:-1] + b',"value":1e30}',
        "half a line": good[:-20],
    }


def test_of_a_thousand_rows_the_one_that_is_poison_is_dead_and_no_other(store: Store, site: Site, tmp_path: Path) -> None:
    kinds = list(poison(row(site, 0)).values())
    lines = [row(site, number) for number in range(1000 * len(kinds))]
    bad = {number * 1000 + 37 * number + 11: poison(row(site, number * 1000 + 37 * number + 11)) for number in range(len(kinds))}
    for kind, (number, made) in enumerate(bad.items()):
        lines[number] = list(made.values())[kind]
    segment(tmp_path, lines)
    asked = Through(store)
    drained = Writer(asked, [tmp_path]).drain()
    assert (drained.rows, drained.dead) == (len(lines) - len(kinds), len(kinds))
    assert stored(store, site) == [f"e{number:05d}" for number in range(len(lines)) if number not in bad]
    assert {letter["line"].encode() for letter in letters(store, site)} == {lines[number] for number in bad}
    assert all(letter["reason"].startswith("code_") and letter["message"] for letter in letters(store, site))
    inserts = sum(table == "events" for table, _, _ in asked.inserts)
    assert inserts - 1 <= len(kinds) * (math.ceil(math.log2(len(lines))) + 1)


@pytest.mark.parametrize(("kind", "number"), [*((kind, 42) for kind in poison(b"")), ("a wrong type", 0), ("a wrong type", 63)])
def test_a_bad_line_alone_costs_log2_of_its_segment_and_one_insert_more(store: Store, site: Site, tmp_path: Path, kind: str, number: int) -> None:
    lines = [row(site, number) for number in range(64)]
    lines[number] = poison(lines[number])[kind]
    segment(tmp_path, lines)
    asked = Through(store)
    assert Writer(asked, [tmp_path]).drain().dead == 1
    assert sum(table == "events" for table, _, _ in asked.inserts) - 1 <= math.log2(64) + 1


def test_a_segment_of_nothing_but_bad_lines_costs_one_insert_a_line(store: Store, site: Site, tmp_path: Path) -> None:
    segment(tmp_path, [row(site, number)[:-20] for number in range(200)])
    asked = Through(store)
    assert Writer(asked, [tmp_path]).drain().dead == 200
    assert len(asked.inserts) < 200 + 25
    assert told(store, site) == {("received", ""): 200, ("accepted", ""): 200, ("dead", "code_33"): 200}


def test_damage_is_put_aside_and_the_rest_is_stored_and_counted(store: Store, site: Site, tmp_path: Path) -> None:
    groups = [framed([row(site, n), ledger.line(Counter({(site.name, "received", ""): 1, (site.name, "accepted", ""): 1}))]) for n in (1, 2, 3)]
    data = bytearray(b"".join(groups))
    data[len(groups[0]) + 60] ^= 4
    path = tmp_path / f"{new_name()}.seg"
    path.write_bytes(data)
    Writer(store, [tmp_path]).drain()
    assert stored(store, site) == ["e00001", "e00003"]
    assert told(store, site) == {("received", ""): 2, ("accepted", ""): 2, ("stored", ""): 2}
    assert len(list((tmp_path / "quarantine").iterdir())) == 1


# --- many days, erased people ----------------------------------------------------------------------------------------------------


def test_a_segment_over_many_years_goes_in_by_ninety_days_an_insert(store: Store, site: Site, tmp_path: Path) -> None:
    days = PART_DAYS_MAX + 10
    lines = [row(site, number, at=1_200_000_000.0 + number * 46 * 86_400) for number in range(days)]
    name = new_name()
    asked = Through(store)
    for _ in range(2):  # once more, as after a crash
        segment(tmp_path, lines, name=name)
        Writer(asked, [tmp_path]).drain()
    assert [rows for table, rows, _ in asked.inserts if table == "events"] == [PART_DAYS_MAX, 10] * 2
    assert len(stored(store, site)) == days
    assert told(store, site) == {("received", ""): days, ("accepted", ""): days, ("stored", ""): days}


def test_nothing_of_an_erased_person_is_stored_and_the_count_is_told(store: Store, site: Site, tmp_path: Path) -> None:
    segment(tmp_path, [row(site, number) for number in range(4)])
    Writer(store, [tmp_path], sieve=lambda lines: [line for line in lines if b'"v2"' not in line]).drain()
    assert stored(store, site) == ["e00000", "e00001", "e00003"]
    assert letters(store, site) == []
    assert told(store, site) == {("received", ""): 4, ("accepted", ""): 4, ("stored", ""): 3, ("dead", "erased"): 1}


def test_who_hears_of_a_settled_arrival_finds_its_rows_in_every_other_table(store: Store, site: Site) -> None:
    """The sessionizer is told by `arrivals`; a row it does not find yet would be missed for good."""
    done = threading.Event()

    def insert() -> None:
        for number in range(40):
            store.insert("events", row(site, number, type="order", order_id=f"o{number}", customer_id=f"c{number}"))
        done.set()

    thread = threading.Thread(target=insert)
    thread.start()
    settled = "SELECT count() AS n FROM arrivals WHERE site = {site:String} AND toUnixTimestamp64Milli(inserted_at) < {settled_ms:Int64}"

    def is_through() -> bool:
        ended, heard = done.is_set(), store.rows(settled, site=site.name, settled_ms=store.settled_ms())[0]["n"]
        for table, whose in (("owner_events", "owner"), ("visitor_days", "visitor_id"), ("links", "owner")):
            found = store.rows(f"SELECT uniqExact({whose}) AS n FROM {table} WHERE site = {{site:String}}", site=site.name)
            assert found[0]["n"] >= heard, table
        return ended and heard > 10

    until(is_through, what="the last of what was inserted")
    thread.join()
