"""Bodies made to hurt: each is a 400, a 413 or a refused event with its reason, and none takes long to say so (docs/guarantees.md, no. 44 and 45)."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tracker import event
from tracker.event import Parsed, Receipt, Refused
from tracker.sites import Site

SITE = Site(name="shop", site_key="pk_shop")
EXAMPLES = 5_000 if os.environ.get("FAULTS") == "long" else 300
FULL = 2 * 1024 * 1024 - 300  # the largest body once unpacked, less the batch around it
NINES = b"9" * 400
VIEW = b'{"id":"e","type":"page_view","at":1'


def taken(body: bytes) -> Parsed:
    """As the door does it. Raises Refused."""
    batch = event.decode(body)
    receipt = Receipt(site=SITE, received_ms=1_764_000_000_000, visitor_id="v", sent_ms=batch.sent_at, page=batch.page)
    return event.parse(batch.events, receipt)


def batch(one: bytes, more: bytes = b"") -> bytes:
    return b'{"site":"pk_shop","visitor":"v",%b"events":[%b]}' % (more, one)


def verdict(body: bytes) -> str:
    """`taken`, the reason of the first refused event, or the status and code of the refused body."""
    try:
        parsed = taken(body)
    except Refused as refused:
        return f"{refused.status} {refused.code}"
    return parsed.refusals[0].reason if parsed.refusals else "taken"


HOSTILE: dict[str, tuple[bytes, str]] = {
    "an array within an array, 100,000 times": (b"[" * 100_000, "400 batch_invalid"),
    "an object within an object, 100,000 times": (b'{"a":' * 100_000, "400 not_json"),
    "an unknown field 100,000 deep": (batch(VIEW + b',"z":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), "400 not_json"),
    "300,000 keys": (batch(VIEW + b',"z":1' * 300_000 + b"}"), "413 too_many_parts"),
    "a million events": (batch(b"0" + b",0" * 1_000_000), "413 too_many_parts"),
    "90,000 events": (batch(b"0" + b",0" * 90_000), "413 too_many_events"),
    "200,000 items": (batch(b'{"id":"e","type":"cart_add","at":1,"items":[{"id":1}' + b',{"id":1}' * 200_000 + b"]}"), "413 too_many_parts"),
    "40,000 items": (batch(b'{"id":"e","type":"cart_add","at":1,"items":[{"id":1}' + b',{"id":1}' * 40_000 + b"]}"), "too_many_items"),
    "a number of 5,000 digits": (batch(b'{"id":"e","type":"page_view","at":' + b"9" * 5000 + b"}"), "field_invalid"),
    "a time of 400 digits": (batch(b'{"id":"e","type":"page_view","at":' + NINES + b"}", b'"sent_at":1.5,'), "value_invalid"),
    "a sending time of 400 digits": (batch(VIEW[:-1] + b"1.5}", b'"sent_at":' + NINES + b","), "value_invalid"),
    "a ratio of 400 digits": (batch(b'{"id":"e","type":"content","kind":"product","at":1,"content_id":1,"seen_ratio":%b}' % NINES), "value_invalid"),
    "a number without end": (batch(b'{"id":"e","type":"page_view","at":1e400}'), "field_invalid"),
    "not a number": (batch(VIEW + b',"x":NaN}'), "400 not_json"),
    "infinity": (batch(b'{"id":"e","type":"page_view","at":Infinity}'), "400 not_json"),
    "bytes that are no UTF-8": (batch(VIEW + b',"title":"\xff\xfe"}'), "not_json"),
    "a byte order mark": (b"\xef\xbb\xbf" + batch(VIEW + b"}"), "400 not_json"),
    "nothing": (b"", "400 not_json"),
    "an array": (b"[]", "400 batch_invalid"),
    "a number": (b"5", "400 batch_invalid"),
    "null": (b"null", "400 batch_invalid"),
    "a type given twice": (batch(VIEW + b',"type":"logout"}'), "type_unknown"),
    "a title that fills the body": (batch(VIEW + b',"title":"' + b"x" * FULL + b'"}'), "taken"),
    "a million escapes and half an emoji": (batch(VIEW + b',"title":"' + rb"\n" * (FULL // 2 - 50) + rb'\ud83d"}'), "taken"),
    "300,000 half emojis": (batch(VIEW + b',"title":"' + rb"\ud83d" * 300_000 + b'"}'), "400 not_json"),
    "a zero byte beside half an emoji": (batch(VIEW + b',"title":"\0' + rb'\ud83d"}'), "400 not_json"),
    "addresses without end": (batch(VIEW + b',"url":"https://x/?' + b"a@b." * (FULL // 4 - 20) + b'"}'), "taken"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_gets_its_reason(name: str) -> None:
    body, expected = HOSTILE[name]
    assert len(body) <= 2 * 1024 * 1024
    assert verdict(body) == expected


def test_a_number_too_large_for_one_event_leaves_its_neighbours_alone() -> None:
    huge = b'{"id":"b","type":"page_view","at":%b}' % (NINES)
    parsed = taken(batch(VIEW + b"}," + huge + b"," + VIEW + b"}", b'"sent_at":1.5,'))
    assert (len(parsed.rows), [refusal.index for refusal in parsed.refusals]) == (2, [1])


def test_events_of_a_later_part_of_a_batch_keep_their_place() -> None:
    raw = [msgspec.Raw(b"0"), msgspec.Raw(b"1")]
    assert [refusal.index for refusal in event.parse(raw, Receipt(site=SITE, received_ms=1), first=50).refusals] == [50, 51]


# --- half emojis -------------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(["\\ud83d", "\\ude00", "\\\\", "\\n", "\\u0041", "\\uD83D", "\\uDE00", "ud83d", "x", "\\\"", "é"])  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(PIECES, max_size=12))
@example(["\\\\", "\\ud83d", "\\ude00", "\\ude00"])
def test_half_emojis_are_mended_and_whole_ones_are_not_touched(pieces: list[str]) -> None:
    text = '"' + "".join(pieces) + '"'
    whole = re.sub("[\ud800-\udfff]", "\ufffd", json.loads(text))  # the standard library takes a half for a character, and a pair for one
    assert msgspec.json.decode(event.mended(text.encode())) == whole


# --- anything ------------------------------------------------------------------------------------------------------------------

TYPES = ["page_view", "engagement", "content", "product_view", "search", "cart_add", "cart_set", "checkout", "order", "refund", "identify", "logout",
         "consent", "custom", "nonsense"]  # fmt: skip
FIELDS = ["id", "type", "at", "page", "url", "title", "items", "price", "quantity", "value", "currency",
          "props", "traits", "customer_id", "content_id",
          "kind", "query", "results", "step", "seen_ratio", "seen_ms", "order_id", "state", "purposes", "name", "how", "visitor"]  # fmt: skip
ODD = [10**320, -(10**320), 1e308, -1e308, 2**63, 2**64, -1, 0, "", "\0", "\u202e", "a" * 600, "\x1b[31m", "NaN", None, True, [], {}]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20) | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
required = st.fixed_dictionaries({"id": st.just("e1"), "type": st.sampled_from(TYPES), "at": values})
events = st.builds(lambda most, rest: {**rest, **most}, required, st.dictionaries(st.sampled_from(FIELDS), values))
batches = st.fixed_dictionaries(
    {"site": st.just("pk_shop"), "events": st.lists(events | values, max_size=2)},
    optional={"sent_at": values, "page": values, "visitor": values, "v": values, "webdriver": values, "gpc": values},
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(batches)
def test_whatever_the_fields_hold_the_answer_is_an_answer(given_batch: dict[str, Any]) -> None:
    try:
        parsed = taken(json.dumps(given_batch).encode())
    except Refused:
        return
    assert len(parsed.rows) + len(parsed.refusals) == len(given_batch["events"])
    for row in parsed.rows:
        assert msgspec.json.decode(msgspec.json.encode(row))["event_id"] == row.event_id
    assert all(refusal.reason and refusal.message for refusal in parsed.refusals)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_batch_or_a_400(body: bytes) -> None:
    assert verdict(body).split()[0] in ("400", "taken")


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 200), st.integers(0, 255), st.integers(0, 200))
def test_a_good_batch_with_a_changed_and_a_missing_byte_never_hurts(place: int, byte: int, missing: int) -> None:
    good = batch(VIEW + b',"url":"https://shop.example/?q=%C3%A4","title":"caf\xc3\xa9 \\ud83d\\ude00"}', b'"sent_at":2,"page":{"id":"p"},')
    bad = bytearray(good)
    bad[place % len(bad)] = byte
    del bad[missing % len(bad)]
    assert verdict(bytes(bad))
