"""POST /v1/orders: the feed of the shop's own server."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.profiles.conftest import Api
from tests.profiles.samples import NOW_MS

ORDER = {
    "order_id": "o-1", "at": "2026-11-22T11:00:00Z", "customer_id": "c-1", "value": 199.9, "currency": "EUR", "items": [{"id": "X1", "quantity": 2}],
}  # fmt: skip


def post(api: Api, body: Any) -> Any:
    return api.call("POST", "/v1/orders", json=body)


def test_an_order_becomes_an_event_before_it_is_accepted(api: Api) -> None:
    answer = post(api, ORDER | {"tax": 31.9, "coupon": "X"})
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "refused": []})
    row = api.spool.rows[0]
    assert (row["type"], row["event_id"], row["source"], row["site"]) == ("order", "order:o-1:placed", "server", api.site.name)
    assert (row["customer_id"], row["visitor_id"], row["order_id"], row["value"], row["currency"]) == ("c-1", "", "o-1", 199.9, "EUR")
    assert (row["at"], row["received_at"]) == (NOW_MS / 1000 - 3600, NOW_MS / 1000)
    assert (row["items"][0]["id"], row["items"][0]["quantity"]) == ("X1", 2)
    assert msgspec.json.decode(row["props"]) == {"tax": 31.9, "coupon": "X"}


@pytest.mark.parametrize(("status", "kind"), [
    ("placed", "order"), ("updated", "order_updated"), ("cancelled", "order_cancelled"), ("refunded", "refund"),
])  # fmt: skip
def test_each_status_is_an_event_of_its_own_and_the_same_one_on_every_retry(api: Api, status: str, kind: str) -> None:
    post(api, ORDER | {"status": status})
    post(api, ORDER | {"status": status})
    assert [(row["type"], row["event_id"]) for row in api.spool.rows] == [(kind, f"order:o-1:{status}")] * 2


def test_a_status_that_is_null_was_not_given(api: Api) -> None:
    assert post(api, ORDER | {"status": None}).json()["accepted"] == 1
    assert api.spool.rows[0]["event_id"] == "order:o-1:placed"


def test_a_watermark_says_how_far_the_feed_has_come(api: Api) -> None:
    assert post(api, {"watermark": "2026-11-22T11:30:00Z"}).json()["accepted"] == 1
    row = api.spool.rows[0]
    assert (row["type"], row["visitor_id"], row.get("customer_id", ""), row["at"]) == ("order_watermark", "", "", NOW_MS / 1000 - 1800)


def test_the_good_orders_of_a_batch_are_kept_and_each_refusal_says_why(api: Api) -> None:
    bad: list[tuple[Any, str]] = [
        (7, "not_an_object"), ({}, "field_missing"), (ORDER | {"order_id": ""}, "field_missing"), (ORDER | {"at": "yesterday"}, "time_invalid"),
        (ORDER | {"at": "2026-11-22T11:00:00"}, "time_invalid"),
        (ORDER | {"status": "lost"}, "field_invalid"), (ORDER | {"customer_id": "undefined"}, "customer_id_invalid"),
        (ORDER | {"customer_id": None}, "owner_missing"), (ORDER | {"customer_id": None, "visitor_id": "undefined"}, "owner_missing"),
        (ORDER | {"value": "much"}, "field_invalid"),
        ({"watermark": "1969-01-01T00:00:00Z"}, "time_invalid"), ({"watermark": 7}, "field_invalid"),
        (ORDER | {"watermark": "2026-11-22T11:30:00Z"}, "field_invalid"),
    ]  # fmt: skip
    answer = post(api, [ORDER, *(item for item, _ in bad), ORDER | {"order_id": "o-2", "visitor_id": "v-1", "customer_id": None}]).json()
    assert answer["accepted"] == 2
    assert [refused["reason"] for refused in answer["refused"]] == [reason for _, reason in bad]
    assert [refused["index"] for refused in answer["refused"]] == list(range(1, len(bad) + 1))
    assert [row["order_id"] for row in api.spool.rows] == ["o-1", "o-2"]
    assert api.spool.rows[1]["visitor_id"] == "v-1"


def test_a_shop_whose_clock_is_ahead_is_taken_to_mean_now(api: Api) -> None:
    answer = post(api, [ORDER | {"at": "2026-11-22T23:00:00Z", "value": None}, {"watermark": "2099-01-01T00:00:00Z"}]).json()
    assert answer["accepted"] == 2
    assert [row["at"] for row in api.spool.rows] == [NOW_MS / 1000] * 2


@pytest.mark.parametrize(("body", "status", "code"), [
    (b"{", 400, "not_json"), (b"", 400, "not_json"), (b"7", 400, "batch_invalid"), (b"\xff", 400, "not_json"), (b"[" * 100_000, 400, "not_json"),
    (b"[" + b",".join([b"{}"] * 501) + b"]", 413, "too_many_orders"), (b" " * (256 * 1024 + 1), 413, "body_too_large"),
])  # fmt: skip
def test_a_body_that_is_no_feed_is_refused_as_a_whole(api: Api, body: bytes, status: int, code: str) -> None:
    answer = api.call("POST", "/v1/orders", content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert api.spool.lines == []


def test_half_of_a_surrogate_pair_is_mended(api: Api) -> None:
    good, bad = msgspec.json.encode(ORDER), b'{"order_id":"\\ud800","at":"2026-11-22T11:00:00Z","customer_id":"c-1","value":1}'
    answer = api.call("POST", "/v1/orders", content=b"[" + good + b"," + bad + b"]")
    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)
    assert [row["order_id"] for row in api.spool.rows] == ["o-1", "\ufffd"]


def test_other_content_is_refused(api: Api) -> None:
    answer = api.call("POST", "/v1/orders", content=b"<order/>", headers={"Content-Type": "application/xml"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "not_json")


def test_a_full_spool_says_come_again(api: Api) -> None:
    api.spool.full = True
    answer = post(api, ORDER)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


def test_a_huge_amount_and_endless_digits_do_not_break_the_feed(api: Api) -> None:
    bodies = [b'"value":1e400', b'"value":1e300', b'"value":' + b"9" * 5000, b'"value":-1', b'"value":0.1', b'"items":[{"id":"X","price":1e300}]']
    for number, field in enumerate(bodies):
        body = b'{"order_id":"o%d","at":"2026-11-22T11:00:00Z","customer_id":"c","value":1,%s}' % (number, field)
        answer = api.call("POST", "/v1/orders", content=body)
        assert answer.status_code in (202, 400), answer.text
