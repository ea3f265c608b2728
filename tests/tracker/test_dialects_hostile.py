"""Anything may be sent: what is no call is refused with its place and a reason, and what is taken can be stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tracker.speaking import Spoken, batch
from tracker.clock import SystemClock
from tracker.collector import Collector
from tracker.dialects.ga4 import Ga4
from tracker.dialects.letter import Letter, Outcome, encode
from tracker.dialects.reception import Reception, Sender
from tracker.dialects.segment import Segment
from tracker.door import tally_of
from tracker.event import Refused
from tracker.row import EventRow
from tracker.settings import Settings
from tracker.sites import Site
from tracker.vocabularies import ga4_tables, segment_tables

SHOP = Site(name="shop", site_key="pk_shop")
SCOPE = {"client": ("192.0.2.1", 1)}
FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

ODD = ("", "nan", "inf", "1e400", "-1", "null", "2026-11-22T08:00:00Z", "9" * 400, "[object Object]", "pk_x", "a_b")
TEXTS = st.text(max_size=40) | st.sampled_from(ODD)
NUMBERS = st.integers() | st.integers(10**15, 10**16) | st.floats(allow_nan=False, allow_infinity=False) | st.just(10**300)
PLAIN = st.none() | st.booleans() | NUMBERS | TEXTS
TABLES = [(*tables.fields.values(), *tables.content.values(), tables.item) for tables in (segment_tables.TABLES, ga4_tables.TABLES)]
NAMES = sorted({name for tables in TABLES for table in tables for names in table.values() for name in names})
KEYS = st.sampled_from(NAMES) | TEXTS
ANYTHING = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12)


def some(names: Iterable[str], of: st.SearchStrategy[Any], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, of) | more)


def mostly(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Anything at all, one time in eight."""
    return st.integers(0, 7).flatmap(lambda number: ANYTHING if number == 7 else good)


def with_ids(properties: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = ("sku", "order_id", "query", "promotion_id", "list_id", "item_id", "transaction_id", "search_term")
    ids = {name: mostly(st.just("X1")) for name in names}
    return st.builds(dict.__or__, st.fixed_dictionaries(ids), properties)


PRODUCTS = st.lists(mostly(with_ids(some(NAMES, PLAIN))), max_size=2)
PROPERTIES = mostly(with_ids(some(NAMES, PLAIN, products=mostly(PRODUCTS), items=mostly(PRODUCTS))))
CONSENT = st.fixed_dictionaries({"categoryPreferences": ANYTHING})
CONTEXT = mostly(some(("ip", "userAgent", "page", "campaign", "traits", "library", "locale"), ANYTHING, consent=CONSENT))
KNOWN = sorted(segment_tables.EVENTS)
CALLS = mostly(st.builds(
    dict.__or__,
    st.fixed_dictionaries({
        "type": mostly(st.sampled_from(["track", "track", "track", "page", "screen", "identify", "alias", "group"])),
        "anonymousId": mostly(TEXTS), "messageId": mostly(TEXTS), "event": mostly(st.sampled_from(KNOWN)), "properties": PROPERTIES,
    }),
    some(("userId", "previousId", "timestamp", "sentAt", "name", "writeKey"), PLAIN | ANYTHING, context=CONTEXT, traits=ANYTHING),
))  # fmt: skip
EVENTS = mostly(st.builds(
    dict.__or__, st.fixed_dictionaries({"name": mostly(st.sampled_from([*ga4_tables.EVENTS, *ga4_tables.NOT_KEPT])), "params": PROPERTIES}),
    some((), PLAIN, timestamp_micros=mostly(st.integers(10**15, 10**16))),
))  # fmt: skip
OF_BODY = ("client_id", "user_id", "timestamp_micros", "user_properties", "ip_override", "consent", "validation_behavior")


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Collector:
    return Collector(Settings(data=tmp_path_factory.mktemp("data")), SystemClock())


def outcome_of(collector: Collector, letter: Letter, is_trusted: bool) -> Outcome:
    reception = Reception(collector.door, Sender(SHOP, is_trusted), letter, SCOPE, {})
    for index, call in enumerate(letter.calls):
        reception.take(call, index)
    return reception.finished()


def check(outcome: Outcome, calls: int) -> None:
    """Every call was taken, refused or dropped; what is said and what is kept are JSON and fit the columns."""
    refused = {refusal.index for refusal in outcome.parsed.refusals}
    assert outcome.accepted + outcome.parsed.not_mapped + len(refused) >= calls
    assert all(refusal.reason and refusal.message for refusal in outcome.parsed.refusals)
    assert encode(outcome.warnings())
    for row in outcome.parsed.rows:
        assert msgspec.json.decode(encode(row), type=EventRow).event_id == row.event_id != ""
        assert row.visitor_id or (row.customer_id and row.source == "server")
        assert max(len(row.visitor_id), len(row.event_id)) <= 64
        assert len(row.customer_id) <= 128
        assert row.received_at - 7 * 86_400 - 0.001 <= row.at <= row.received_at
    tally = tally_of("shop", outcome.parsed)
    assert tally["shop", "received", ""] == len(outcome.parsed.rows) + len(outcome.parsed.refusals) + outcome.parsed.not_mapped


def as_sent(body: Any) -> bytes | None:
    """As it can stand in a body at all: half an emoji cannot be written by this encoder."""
    try:
        return encode(body)
    except UnicodeEncodeError:
        return None


@FEW
@given(calls=st.lists(CALLS, min_size=1, max_size=4), sent_at=ANYTHING, context=ANYTHING, is_trusted=st.booleans())
def test_no_segment_call_breaks_the_desk(collector: Collector, calls: list[Any], sent_at: Any, context: Any, is_trusted: bool) -> None:
    body = as_sent(batch(*calls, sentAt=sent_at, context=context))
    if body is None:
        return
    check(outcome_of(collector, Segment("batch").read({}, b"", body), is_trusted), len(calls))


@FEW
@given(events=st.lists(EVENTS, min_size=1, max_size=4), more=st.dictionaries(st.sampled_from(OF_BODY), ANYTHING), is_trusted=st.booleans())
def test_no_ga4_event_breaks_the_desk(collector: Collector, events: list[Any], more: dict[str, Any], is_trusted: bool) -> None:
    body = as_sent({**more, "events": events})
    if body is None:
        return
    check(outcome_of(collector, Ga4().read({}, b"", body), is_trusted), len(events))


@settings(max_examples=100, deadline=None)
@given(body=st.one_of(st.binary(max_size=60), ANYTHING.map(as_sent).filter(bool)), query=st.binary(max_size=30), authorization=st.binary(max_size=30))
def test_no_body_address_or_header_breaks_the_reading(body: bytes, query: bytes, authorization: bytes) -> None:
    for dialect in (Segment("batch"), Segment("track"), Ga4(), Ga4(is_debug=True)):
        try:
            assert isinstance(dialect.read({b"authorization": authorization}, query, body).calls, list)
        except Refused as refused:
            status, told = dialect.error(refused)
            assert status in (200, 400, 401, 413)
            assert msgspec.json.decode(told)


@pytest.fixture
def spoken(tmp_path: Path) -> Iterator[Spoken]:
    spoken = Spoken(tmp_path)
    yield spoken
    spoken.stop()


def test_the_worst_that_fits_a_body_is_answered_and_the_next_caller_is_served(spoken: Spoken) -> None:
    deep = b'{"batch":[{"type":"track","event":"x","properties":' + b'{"a":' * 400 + b"1" + b"}" * 400 + b"}]}"
    wide = batch({"type": "track", "event": "x", "anonymousId": "a", "properties": {f"k{number}": number for number in range(20_000)}})
    for body in (deep, wide, b'{"batch":[' + b"{}," * 2000 + b"{}]}", b'{"batch":[' + b"1" * 5000 + b"]}"):
        assert spoken.call("b", body).status_code in (200, 400, 413)
    assert spoken.call("p", {"anonymousId": "a"}).status_code == 200
