"""What Segment's callers are answered: what is not kept, what is refused, and how much may come at once."""

from __future__ import annotations

import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.product import until
from tests.tracker.speaking import CALL, CONTEXT, HOME, ORDER, PRODUCT, TOLD, TRACK, VIEWED, Spoken, batch, fields
from tracker.dialects.segment import BODY_MAX_BYTES, CALLS_MAX
from tracker.erasure import digest
from tracker.vocabularies.mapping import KEYS_MAX


@pytest.fixture
def spoken(tmp_path: Path) -> Iterator[Spoken]:
    spoken = Spoken(tmp_path)
    yield spoken
    spoken.stop()


# --- what is not kept ---


def test_whole_calls_that_are_not_kept_are_named_and_counted(spoken: Spoken) -> None:
    reply = spoken.call("b", batch({**CALL, "type": "group", "groupId": "g"}, {**CALL, "type": "identify", "traits": {"a": 1}}, TRACK))
    assert reply.json()["accepted"] == 1
    assert [(one["index"], one["message"].partition(" are not kept")[0]) for one in reply.json()["warnings"][:2]] == [
        (0, "group calls"), (1, "identify calls without a userId"),
    ]  # fmt: skip
    tally = spoken.tally()
    assert (tally["shop", "received", ""], tally["shop", "accepted", ""], tally["shop", "dropped", "not_mapped"]) == (3, 1, 2)


def test_every_field_that_is_not_kept_is_named_once(spoken: Spoken) -> None:
    product = {**PRODUCT, "image_url": "https://shop.example/x.png"}
    order = {**CALL, **ORDER, "type": "track", "context": {**CONTEXT, "locale": "de", "page": {"url": HOME, "tab": 3}}, "weather": "fine"}
    order["properties"] = {"order_id": "o", "revenue": 1, "total": 2, "affiliation": "web", "products": [product, product], "null": None, "none": []}
    reply = spoken.call("b", batch(order, order, sentAt="never", flavour="new"))
    named = {warning["field"]: warning["message"].rpartition(": ")[2] for warning in reply.json()["warnings"]}
    assert {field for field, why in named.items() if why == "no field here takes it"} == {
        "flavour", "weather", "context.locale", "context.page.tab", "properties.affiliation", "properties.products[].image_url",
    }  # fmt: skip
    assert {field: why for field, why in named.items() if why != "no field here takes it"} == {
        "sentAt": "it is no time", "properties.total": "revenue is taken instead", "properties.products[].product_id": "sku is taken instead",
    }  # fmt: skip


def test_an_unknown_event_is_kept_with_its_flat_properties(spoken: Spoken) -> None:
    properties = {**{f"p{number}": number for number in range(19)}, "deep": {"a": 1}, "text": "x", "one-more": 1}
    reply = spoken.call("t", {**CALL, "event": "Coupon Entered", "properties": properties})
    (row,) = spoken.rows()
    assert fields(row, "type", "name") == ("custom", "Coupon Entered")
    assert len(json.loads(row["props"])) == 20
    assert [warning["field"] for warning in reply.json()["warnings"]] == ["properties.deep", "properties.one-more"]


def test_warnings_have_an_end(spoken: Spoken) -> None:
    reply = spoken.call("t", {**VIEWED, "properties": {**PRODUCT, **{f"p{number}": 1 for number in range(200)}}})
    warnings = reply.json()["warnings"]
    assert len(warnings) == 101
    assert warnings[-1]["message"] == "101 more warnings are not told"


def test_an_object_with_too_many_keys_is_refused(spoken: Spoken) -> None:
    wide = {f"k{number}": number for number in range(KEYS_MAX + 1)}
    reply = spoken.call("b", batch(TRACK, {**TRACK, "properties": wide}, {**TRACK, **wide}, {**TRACK, "context": {"page": wide}}))
    assert [(one["index"], one["reason"]) for one in reply.json()["refused"]] == [(1, "too_many_keys"), (2, "too_many_keys"), (3, "too_many_keys")]
    for body in (batch(TRACK, **wide), batch(TRACK, context=wide)):
        assert (spoken.call("b", body).status_code, spoken.call("b", body).json()["code"]) == (400, "too_many_keys")
    assert spoken.call("b", batch(TRACK, context={"a": "," * 60_000})).json()["code"] == "too_many_parts"
    ordered = {**TRACK, "event": "Order Completed", "properties": {"order_id": "o", "products": [{"sku": "X"}] * 201}}
    assert spoken.call("b", batch(ordered)).json()["refused"][0]["reason"] == "too_many_items"


# --- batches and limits ---


def test_a_bad_call_never_fails_its_batch(spoken: Spoken) -> None:
    bad: list[Any] = [5, None, [], {}, {"type": "nonsense"}, {**TRACK, "event": ""}, {**TRACK, "timestamp": "today"}]
    reply = spoken.call("b", batch(TRACK, *bad, {**TRACK, "messageId": "m-9"}))
    assert (reply.status_code, reply.json()["accepted"]) == (200, 2)
    assert [refusal["index"] for refusal in reply.json()["refused"]] == list(range(1, 8))
    assert [row["event_id"] for row in spoken.rows()] == ["m-1", "m-9"]


def test_a_batch_may_share_its_context(spoken: Spoken) -> None:
    bare = {name: value for name, value in TRACK.items() if name != "context"}
    spoken.call("b", batch(bare, {**bare, "messageId": "m-2", "context": {"userAgent": "Own"}}, context=CONTEXT))
    assert [fields(row, "ua", "url") for row in spoken.rows()] == [("Mozilla/5.0 (X11)", f"{HOME}/p/1"), ("Own", f"{HOME}/p/1")]


def test_the_limits_are_as_large_as_what_the_libraries_send(spoken: Spoken) -> None:
    small = {"type": "page", "anonymousId": "a", "messageId": "m"}
    assert spoken.call("b", batch(*[small] * CALLS_MAX)).json()["accepted"] == CALLS_MAX
    assert spoken.call("b", batch(*[small] * (CALLS_MAX + 1))).json()["code"] == "too_many_events"
    filled = json.dumps(batch(TRACK)).encode()
    assert spoken.call("b", filled + b" " * (BODY_MAX_BYTES - len(filled))).status_code == 200
    assert spoken.call("b", filled + b" " * (BODY_MAX_BYTES - len(filled) + 1)).status_code == 413


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"hello", {}, 400, "not_json"), (b"[]", {}, 400, "batch_invalid"), (b"5", {}, 400, "batch_invalid"), (b"", {}, 400, "not_json"),
        (b'{"batch":{}}', {}, 400, "batch_invalid"), (b"{}", {}, 400, "batch_invalid"), (b'{"batch":' + b"[" * 5000, {}, 400, "not_json"),
        (b"{}", {"Content-Type": "application/xml"}, 415, "content_type"), (b"x", {"Content-Encoding": "gzip"}, 400, "not_gzip"),
        (gzip.compress(b" " * (2 * 1024 * 1024 + 1)), {"Content-Encoding": "gzip"}, 413, "too_large"),
        (b'{"batch":[],"x":"\xff"}', {}, 400, "not_json"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_gets_a_status_and_a_code(spoken: Spoken, body: bytes, headers: dict[str, str], status: int, code: str) -> None:
    reply = spoken.call("b", body, **headers)
    assert (reply.status_code, reply.json()["code"], reply.json()["success"]) == (status, code, False)
    assert not spoken.rows()


def test_a_packed_batch_is_unpacked_and_half_an_emoji_is_mended(spoken: Spoken) -> None:
    call = {**CALL, "type": "track", "event": "Products Searched", "properties": {"query": "hat \ud83d"}}
    reply = spoken.call("b", gzip.compress(json.dumps(batch(call)).encode()), **{"Content-Encoding": "gzip"})
    assert reply.json()["accepted"] == 1
    assert spoken.rows()[0]["query"] == "hat \ufffd"


def test_a_full_spool_and_a_site_above_its_rate_ask_to_come_again(spoken: Spoken) -> None:
    spoken.limit(events_per_s=1, burst=5)
    assert spoken.call("b", batch(*[{**TRACK, "messageId": f"m-{number}"} for number in range(5)])).status_code == 200
    late = spoken.call("b", batch(TRACK))
    assert (late.status_code, late.json()["code"], late.headers["retry-after"]) == (429, "too_many_events", "1")
    spoken.limit(events_per_s=0, burst=0)
    spoken.collector.spool.room.spool_max_bytes = -1
    full_up = spoken.call("b", batch(TRACK))
    assert (full_up.status_code, full_up.json()["code"]) == (503, "spool_full")
    assert int(full_up.headers["retry-after"]) > 0


def test_what_comes_late_of_an_erased_person_is_left_out_and_counted(spoken: Spoken) -> None:
    now_ms = time.time_ns() // 1_000_000
    stones = [["shop", kind, digest("shop", kind, name), 0, now_ms + 60_000] for kind, name in (("visitor", "anon-1"), ("customer", "u-1"))]
    (spoken.data / "erased.json").write_text(json.dumps(stones))
    spoken.collector.door.erased.refresh()
    reply = spoken.call("b", batch(TRACK, TOLD, {**TRACK, "anonymousId": "anon-2"}), key=spoken.secret)
    assert reply.json()["refused"] == []
    assert [row["visitor_id"] for row in spoken.rows()] == ["anon-2"]
    assert spoken.tally()["shop", "dropped", "erased"] == 2


def test_the_ledger_adds_up_over_everything_that_was_sent(spoken: Spoken) -> None:
    spoken.call("b", batch(TRACK, 5, {"type": "group"}, {**TRACK, "userId": "u-1"}, TOLD))
    spoken.call("t", TOLD)
    spoken.call("t", b"no json")
    spoken.call("t", VIEWED, Origin="https://evil.example")
    spoken.call("b", batch())
    until(lambda: spoken.tally()["", "refused", "not_json"])
    for site, received in (("shop", 8), ("", 1)):
        told = Counter[str]()
        for (name, outcome, _), events in spoken.tally().items():
            told[outcome] += events if name == site else 0
        assert told["received"] == told["accepted"] + told["refused"] + told["dropped"] == received
    assert spoken.tally()["shop", "accepted", ""] == len(spoken.rows()) == 3
