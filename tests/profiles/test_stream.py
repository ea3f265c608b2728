"""GET /v1/stream: every change reaches every reader, in order, whatever is cut."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles import channels, stream
from profiles.channels import Position
from tests.explain import read
from tests.product import until
from tests.profiles.samples import cart, put, session
from tests.profiles.streaming import Event, Reader, Served, key_of, served
from tracker.sites import Site
from tracker.store import Store, load

GAP_MS = 1_800_000


@pytest.fixture(scope="module")
def running(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(store, tmp_path_factory.mktemp("stream")) as up:
        yield up


@pytest.fixture(scope="module")
def hurried() -> Iterator[None]:
    """A reader of nothing hears soon that there is nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "BEAT_S", 0.2)
        yield


@pytest.fixture
def reader(running: Served, site: Site) -> Reader:
    return Reader(running.url, key_of(running, site))


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def news(events: Iterator[Event]) -> Event:
    """The next that is more than a sign of life."""
    return next(event for event in events if event.data is not None)


def api(running: Served, key: str, path: str, **parameters: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.get(running.url + path, headers=headers, params=parameters, trust_env=False, timeout=60)


def test_a_change_is_told_as_the_api_tells_it(running: Served, reader: Reader, site: Site, store: Store) -> None:
    with reader.opened() as events:
        assert next(events).id
        put(store, "sessions", [session(site, "v-1", "s-1", now_ms() - 600_000)])
        put(store, "carts", [cart(site, "k-1", now_ms())])
        told = {each.event: each.data for each in (next(events), next(events))}
    assert told["session"] == api(running, reader.key, "/v1/sessions/s-1").json()
    assert told["cart"] == api(running, reader.key, "/v1/carts/k-1").json()


def test_another_site_is_told_nothing(running: Served, reader: Reader, site: Site, store: Store) -> None:
    other = Site(name=f"{site.name}-b", site_key="", origins=("https://other.example",))
    stranger = Reader(running.url, key_of(running, other))
    with reader.opened() as events, stranger.opened() as others:
        next(events), next(others)
        put(store, "sessions", [session(site, "v-1", "s-1", now_ms())])
        assert next(events).data["session_id"] == "s-1"
        put(store, "sessions", [session(other, "v-1", "s-2", now_ms())])
        assert next(others).data["session_id"] == "s-2"


def test_a_reader_that_was_cut_reads_on_without_a_gap_and_without_repetition(reader: Reader, site: Site, store: Store) -> None:
    with reader.opened() as events:
        next(events)
        put(store, "sessions", [session(site, f"v-{n}", f"s-{n}", now_ms()) for n in range(5)])
        assert [next(events).data["session_id"] for _ in range(2)] == ["s-0", "s-1"]  # and then it is cut
    put(store, "sessions", [session(site, f"v-{n}", f"s-{n}", now_ms()) for n in range(5, 8)])
    reader.reads_until(lambda: len(reader.table) == 8)
    assert [told.data["session_id"] for told in reader.heard] == [f"s-{n}" for n in range(8)]


def test_the_position_may_stand_in_the_address_too(reader: Reader, site: Site, store: Store) -> None:
    begin = str(now_ms())
    put(store, "sessions", [session(site, "v-1", "s-1", now_ms())])
    reader.reads_until(lambda: "s-1" in reader.table, last_event_id=begin)


def test_a_session_that_the_clock_closes_is_told_once_more(reader: Reader, site: Site, store: Store) -> None:
    """Where it takes so long to tell it that it is closed by then, another one closes later."""
    with reader.opened() as events:
        next(events)
        for open_ms in (2_000, 10_000, 50_000):
            name = f"s-{open_ms}"
            put(store, "sessions", [session(site, "v-1", name, now_ms() - 900_000, ended_at=(now_ms() - GAP_MS + open_ms) / 1000)])
            if news(events).data["status"] == "open":
                break
        closed = news(events).data
    assert [told.data["status"] for told in reader.heard[-2:]] == ["open", "closed"]
    assert (closed["session_id"], closed["version"]) == (name, 1)


def test_a_session_that_is_no_more_is_told_as_gone(reader: Reader, site: Site, store: Store) -> None:
    with reader.opened() as events:
        next(events)
        put(store, "sessions", [session(site, "v-1", "s-1", now_ms())])
        put(store, "carts", [cart(site, "k-1", now_ms())])
        next(events), next(events)
        put(store, "sessions", [session(site, "v-1", "s-1", now_ms(), version=2, tombstone=True, superseded_by="s-2")])
        put(store, "carts", [cart(site, "k-1", now_ms(), version=2, tombstone=True)])
        told = sorted((next(events) for _ in range(2)), key=lambda each: str(each.data))
    assert [(each.event, each.data) for each in told] == [
        ("gone", {"cart_id": "k-1", "version": 2}), ("gone", {"session_id": "s-1", "superseded_by": "s-2", "version": 2}),
    ]  # fmt: skip


def test_what_changed_twice_while_nobody_read_is_told_once(reader: Reader, site: Site, store: Store) -> None:
    reader.last_id = str(now_ms())
    put(store, "sessions", [session(site, "v-1", "s-1", now_ms())])
    put(store, "sessions", [session(site, "v-1", f"more-{n}", now_ms()) for n in range(stream.PAGE)])  # not on one page
    put(store, "sessions", [session(site, "v-1", "s-1", now_ms(), version=2, page_views=9)])
    put(store, "sessions", [session(site, "v-2", "s-2", now_ms())])
    reader.reads_until(lambda: "s-2" in reader.table)
    told = [(told.data["session_id"], told.data["version"]) for told in reader.heard]
    assert told[stream.PAGE :] == [("s-1", 2), ("s-2", 1)]
    assert len(told) == stream.PAGE + 2


@pytest.mark.parametrize("position", ["yesterday", "17", "-", "9999999999999", "1763824000000-order-x", "1763824000000-cart-a b"])
def test_a_position_that_is_none_is_refused_with_its_cure(running: Served, reader: Reader, position: str) -> None:
    answer = api(running, reader.key, "/v1/stream", last_event_id=position)
    assert answer.status_code in (400, 410)
    assert repr(position) in answer.json()["error"]["message"]


def test_a_position_older_than_the_stream_reaches_back_is_gone(running: Served, reader: Reader) -> None:
    answer = api(running, reader.key, "/v1/stream", last_event_id=str(now_ms() - stream.KEPT_MS - 1_000))
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "position_too_old")
    assert "/v1/sessions" in answer.json()["error"]["message"]


@pytest.mark.parametrize("beat_s", [channels.LOOK_S / 2, channels.LOOK_S * 1.2])
def test_a_quiet_stream_says_that_it_lives_and_how_far_it_came(reader: Reader, monkeypatch: pytest.MonkeyPatch, beat_s: float) -> None:
    monkeypatch.setattr(stream, "BEAT_S", beat_s)
    with reader.opened() as events:
        ids = [int(next(events).id) for _ in range(4)]
    assert ids == sorted(ids)
    assert ids[0] < ids[-1]


def test_a_revoked_key_ends_the_stream(running: Served, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BEAT_S", 0.2)
    with reader.opened() as events:
        next(events)
        running.deps.registry.revoke(reader.key[:11])
        monkeypatch.setattr(Reader, "keep", lambda self, told: None)
        last = list(events)[-1]
    assert (last.event, last.data["error"]["code"]) == ("error", "key_unknown")


def test_many_readers_share_one_look_at_the_database(
    running: Served, reader: Reader, site: Site, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    moments = stream.moments

    def counted(*given: Any) -> tuple[list[stream.Moment], bool]:
        looks.append(given[1].name)
        return moments(*given)

    monkeypatch.setattr(stream, "moments", counted)
    readers = [Reader(running.url, reader.key) for _ in range(20)]
    opened = [each.opened() for each in readers]
    streams = [each.__enter__() for each in opened]
    for events in streams:
        next(events)
    begun, looked = now_ms(), len(looks)
    put(store, "sessions", [session(site, f"v-{n}", f"s-{n}", now_ms()) for n in range(10)])
    for events in streams:
        assert {next(events).data["session_id"] for _ in range(10)} == {f"s-{n}" for n in range(10)}
    for each in opened:
        each.__exit__(None, None, None)
    assert len(looks) - looked <= 3 + (now_ms() - begun) / 1000 / channels.LOOK_S, "one look each half second, and not one per reader"


def test_a_reader_who_left_is_forgotten_also_in_the_middle_of_a_page(running: Served, reader: Reader, site: Site, store: Store) -> None:
    count = stream.PAGE * 2
    put(store, "sessions", [session(site, f"v-{n}", f"s-{n:04}", now_ms(), entry_url="https://shop.example/" + "x" * 2_000) for n in range(count)])
    reader.last_id = str(now_ms() - 60_000)
    for taken in (0, 1, 700):
        with reader.opened() as events:
            for _ in range(taken):
                next(events)
    until(lambda: running.deps.channels.readers == 0 and not running.deps.channels.channels)


def test_the_end_of_the_process_ends_the_streams_cleanly(store: Store, site: Site, tmp_path: Path) -> None:
    with served(store, tmp_path) as running:
        reader = Reader(running.url, key_of(running, site))
        with reader.opened() as events:
            next(events)
            running.server.should_exit = True
            rest = list(events)  # a response that broke off would raise here
        running.thread.join(channels.AGAIN_S)
        assert not running.thread.is_alive()
        assert all(each.data is None for each in rest)


def test_a_reader_of_long_ago_takes_little_memory_and_much_is_told_page_by_page(running: Served, reader: Reader, site: Site, store: Store) -> None:
    reader.last_id = str(now_ms())
    count = stream.PAGE * 3 + 7
    put(store, "sessions", [session(site, f"v-{n}", f"s-{n:04}", now_ms()) for n in range(count)])
    reader.reads_until(lambda: len(reader.table) == count)
    assert len(reader.heard) == count
    kept = running.deps.channels.channels.get(site.name)
    assert kept is None or kept.kept_bytes <= channels.KEPT_BYTES


def test_a_look_reads_what_is_new_however_long_the_history(store: Store, site: Site) -> None:
    last_ms, rows = now_ms(), 200_000
    fill = """
        INSERT INTO stream (site, inserted_at, kind, id, visitor_id, version, ended_at)
        SELECT {site:String}, fromUnixTimestamp64Milli(toInt64({last_ms:Int64} - 60 * (number + 1))) AS at, 'session', toString(number), '', 1,
               at - toIntervalMillisecond(rand() % 5000)
        FROM numbers({rows:UInt64})"""
    store.command(fill, site=site.name, last_ms=last_ms, rows=rows)
    asked = {"site": site.name, "after_ms": last_ms - 500, "until_ms": last_ms, "gap_ms": GAP_MS, "kinds": ["cart", "session"], "limit": stream.PAGE}
    for name in ("stream_page", "stream_closed"):
        [line] = read(store, load("profiles", name), asked)
        found = re.search(r"^stream: ([\d,]+) of ([\d,]+) rows", line)
        assert found, line
        assert int(found[1].replace(",", "")) <= 3 * 1024, line
        assert int(found[2].replace(",", "")) >= rows


def test_an_insert_that_can_be_seen_late_is_waited_for(store: Store, site: Site) -> None:
    begin = now_ms()
    slow = """
        INSERT INTO stream (site, inserted_at, kind, id, visitor_id, version)
        SELECT {site:String}, now64(3), 'session', 's-slow', '', 1 FROM numbers(1) WHERE sleepEachRow(2) = 0"""
    inserting = threading.Thread(target=store.command, args=(slow.strip(),), kwargs={"site": site.name})
    inserting.start()
    until(lambda: store.settled_ms() < now_ms() - 300)
    put(store, "sessions", [session(site, "v-1", "s-quick", now_ms())])
    found: list[stream.Moment] = []
    position = Position(begin - 1)

    def both() -> bool:
        nonlocal position
        settled = store.settled_ms()
        some, _ = stream.moments(store, site, position, settled)
        found.extend(some)
        position = max(position, Position(settled))
        return len(found) == 2

    until(both)
    inserting.join()
    sql = "SELECT id FROM stream WHERE site = {site:String} ORDER BY inserted_at"  # the slow one's time is of when it began: mostly the earlier
    assert [each.position.id for each in found] == [row["id"] for row in store.rows(sql, site=site.name)]


moment = st.tuples(st.integers(0, 3), st.sampled_from(["cart", "session"]), st.integers(0, 2), st.integers(1, 3), st.integers(0, 3))


@given(rows=st.lists(moment, max_size=25, unique_by=lambda row: row[:4]), limit=st.integers(4, 9), gap_s=st.sampled_from([60, 1800]))
@settings(max_examples=30)
def test_pages_of_any_length_leave_no_moment_out(store: Store, rows: list[Any], limit: int, gap_s: int) -> None:
    """Many share a millisecond, several versions of one id too."""
    site = Site(name=f"shop-{uuid.uuid4().hex}", site_key="", origins=(), session_gap_s=gap_s)
    begin = now_ms() - 3_600_000
    put(store, "stream", [
        {"site": site.name, "inserted_at": (begin + at) / 1000, "kind": kind, "id": f"i-{which}", "visitor_id": "", "version": version,
         "ended_at": (begin + at - ended) / 1000 if kind == "session" else 0}
        for at, kind, which, version, ended in rows
    ])  # fmt: skip
    expected: dict[Position, int] = {}
    for at, kind, which, version, ended in rows:
        moments = [Position(begin + at, kind, f"i-{which}")]
        moments += [Position(begin + at - ended + gap_s * 1000 + 1, "closed", f"i-{which}")] if kind == "session" else []
        for position in moments:
            expected[position] = max(version, expected.get(position, 0))
    found: list[stream.Moment] = []
    position = Position(begin - 1)
    for _ in range(100):
        some, more = stream.moments(store, site, position, now_ms(), limit=limit)
        found += some
        position = found[-1].position if found else position
        if not more:
            break
    assert [(each.position, each.version) for each in found] == sorted(expected.items())


changes = st.lists(
    st.one_of(
        st.tuples(st.just("session"), st.integers(0, 3), st.booleans()), st.tuples(st.just("cart"), st.integers(0, 2), st.booleans()),
        st.tuples(st.just("read"), st.integers(1, 4), st.booleans()),
    ),
    min_size=3, max_size=14,
)  # fmt: skip


@pytest.mark.usefixtures("hurried")
@settings(max_examples=8)
@given(steps=changes)
def test_every_final_document_reaches_the_reader_whatever_is_cut(running: Served, store: Store, steps: list[Any]) -> None:
    site = Site(name=f"shop-{uuid.uuid4().hex}", site_key="", origins=("https://shop.example",))
    reader = Reader(running.url, key_of(running, site), last_id=str(now_ms()))
    versions: dict[str, int] = {}
    expected: dict[str, int] = {}
    for kind, which, gone in steps:
        if kind == "read":
            with reader.opened() as events:  # some events, and a cut in the middle
                for _ in zip(range(which), events, strict=False):
                    pass
            continue
        name = f"{kind[0]}-{which}"
        versions[name] = versions.get(name, 0) + 1
        changed = {"version": versions[name], "tombstone": gone}
        row = session(site, f"v-{which}", name, now_ms(), **changed) if kind == "session" else cart(site, name, now_ms(), **changed)
        put(store, f"{kind}s", [row])
        expected.pop(name, None)
        if not gone:
            expected[name] = versions[name]
    put(store, "sessions", [session(site, "v-last", "last", now_ms())])
    expected["last"] = 1
    reader.reads_until(lambda: "last" in reader.table)
    assert {name: document["version"] for name, document in reader.table.items()} == expected
