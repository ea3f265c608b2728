"""GA4's Measurement Protocol at the public port, with bodies as its public documents show them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.product import until
from tests.tracker.speaking import HOME, Spoken, fields
from tracker.dialects.ga4 import BODY_MAX_BYTES, EVENTS_MAX

ITEM = {
    "item_id": "SKU_12345", "item_name": "Stan and Friends Tee", "affiliation": "Store", "coupon": "SUMMER_FUN", "discount": 2.22, "index": 0,
    "item_brand": "Google", "item_category": "Apparel", "item_category2": "Adult", "item_category3": "Shirts", "item_variant": "green",
    "location_id": "L_12345", "price": 10.01, "quantity": 3,
}  # fmt: skip
ROW_ITEM = {
    "id": "SKU_12345", "name": "Stan and Friends Tee", "category": "Apparel/Adult/Shirts", "brand": "Google", "variant": "green", "price": 10.01,
    "quantity": 3.0, "currency": "",
}  # fmt: skip
PURCHASE = {"transaction_id": "T_12345", "value": 30.03, "tax": 4.9, "shipping": 5.99, "currency": "USD", "coupon": "SUMMER", "items": [ITEM]}

DEBUG = "/debug/mp/collect"


@pytest.fixture
def spoken(tmp_path: Path) -> Iterator[Spoken]:
    spoken = Spoken(tmp_path)
    yield spoken
    spoken.stop()


def body(*events: Any, **more: Any) -> dict[str, Any]:
    return {"client_id": "123456.7654321", "timestamp_micros": time.time_ns() // 1000, "events": list(events), **more}


def event(name: str, **params: Any) -> dict[str, Any]:
    return {"name": name, "params": params}


def test_a_servers_purchase_is_the_companys_own_order(spoken: Spoken) -> None:
    sent = body(event("purchase", **PURCHASE), user_id="c-1")
    reply = spoken.collect(sent, measurement_id="G-XXXXXXX", api_secret=spoken.secret)
    assert (reply.status_code, reply.json()["accepted"], reply.json()["refused"]) == (202, 1, [])
    order, bound = spoken.rows()
    assert fields(order, "type", "visitor_id", "customer_id", "source", "order_id", "value", "currency") == (
        "order", "123456.7654321", "c-1", "server", "T_12345", 30.03, "USD",
    )  # fmt: skip
    assert (order["items"], order["props"]) == ([ROW_ITEM], '{"tax":4.9,"shipping":5.99,"coupon":"SUMMER"}')
    assert order["at"] == sent["timestamp_micros"] // 1000 / 1000
    assert fields(bound, "type", "visitor_id", "customer_id") == ("identify", "123456.7654321", "c-1")
    not_kept = ("affiliation", "coupon", "discount", "index", "location_id")
    assert [warning["field"] for warning in reply.json()["warnings"]] == [f"params.items[].{name}" for name in not_kept]


def test_the_key_is_the_api_secret_or_else_the_measurement_id(spoken: Spoken) -> None:
    view = body(event("page_view", page_location=HOME))
    asked: list[tuple[dict[str, str], int]] = [
        ({"measurement_id": "pk_shop"}, 202), ({"measurement_id": "pk_shop", "api_secret": "a-secret-of-google"}, 202),
        ({"measurement_id": "pk_shop", "api_secret": spoken.secret}, 202), ({"firebase_app_id": "pk_shop"}, 202),
        ({"measurement_id": "pk_other", "api_secret": spoken.secret}, 401),
        ({"measurement_id": "pk_shop", "api_secret": spoken.secret[:-1] + "!"}, 401),
        ({"measurement_id": "G-1"}, 401), ({"measurement_id": "pk_shop", "api_secret": spoken.old}, 401), ({}, 401),
    ]  # fmt: skip
    assert [spoken.collect(view, **query).status_code for query, _ in asked] == [status for _, status in asked]


def test_a_body_that_is_sent_again_has_the_same_ids(spoken: Spoken) -> None:
    sent = body(event("page_view", page_location=HOME), event("page_view", page_location=HOME), event("add_to_cart", items=[ITEM]))
    for _ in range(2):
        spoken.collect(sent, measurement_id="pk_shop")
    spoken.collect({**sent, "client_id": "9.9"}, measurement_id="pk_shop")
    ids = [row["event_id"] for row in spoken.rows()]
    assert ids[:3] == ids[3:6]
    assert len(set(ids)) == 6


def test_events_of_one_body_have_one_time_and_ids_that_keep_their_order(spoken: Spoken) -> None:
    names = [event(name) for name in ("page_view", "scroll", "page_view", "page_view", "tutorial_begin") * 20]
    for sent in (body(*names), {"client_id": "1.2", "events": names}):
        spoken.collect(sent, measurement_id="pk_shop")
    rows = spoken.rows()
    for half in (rows[:100], rows[100:]):
        assert len({row["at"] for row in half}) == 1
        assert [row["event_id"] for row in half] == sorted({row["event_id"] for row in half})


def test_without_a_time_nothing_tells_a_repetition_and_the_answer_says_so(spoken: Spoken) -> None:
    sent = {"client_id": "1.2", "events": [event("page_view")]}
    replies = [spoken.collect(sent, measurement_id="pk_shop") for _ in range(2)]
    assert len({row["event_id"] for row in spoken.rows()}) == 2
    assert [warning["field"] for warning in replies[0].json()["warnings"]] == ["timestamp_micros"]
    assert abs(spoken.rows()[0]["at"] - spoken.rows()[0]["received_at"]) < 1e-6


@pytest.mark.parametrize("micros", [1_770_000_000_000, "1770000000", -1, True, [1], "soon", 1.5e15, 10**20, "9" * 400])
def test_a_time_that_is_not_in_microseconds_is_refused(spoken: Spoken, micros: Any) -> None:
    reply = spoken.collect({"client_id": "1.2", "timestamp_micros": micros, "events": [event("page_view")]}, measurement_id="pk_shop")
    assert [refusal["reason"] for refusal in reply.json()["refused"]] == ["time_invalid"]


def test_an_event_may_have_a_time_of_its_own(spoken: Spoken) -> None:
    own = time.time_ns() // 1000 - 60_000_000
    spoken.collect(body({**event("page_view"), "timestamp_micros": str(own)}), measurement_id="pk_shop")
    assert spoken.rows()[0]["at"] == own // 1000 / 1000


def test_each_promotion_and_each_chosen_product_is_a_content(spoken: Spoken) -> None:
    promotions = [{"promotion_id": "P_1", "promotion_name": "Summer"}, {"promotion_id": "P_2"}, {"promotion_id": "P_1"}]
    spoken.collect(body(
        event("view_promotion", items=promotions), event("select_promotion", promotion_id="P_3", promotion_name="Autumn", items=[ITEM]),
        event("select_item", item_list_id="related", items=[{**ITEM, "index": 4}]),
        event("view_item_list", item_list_name="Related", items=[ITEM, ITEM]),
    ), measurement_id="pk_shop")  # fmt: skip
    assert [fields(row, "kind", "content_id", "name", "clicks") for row in spoken.rows()] == [
        ("promotion", "P_1", "Summer", ""), ("promotion", "P_2", "", ""), ("promotion", "P_3", "Autumn", 1),
        ("product", "SKU_12345", "Stan and Friends Tee", 1), ("category", "Related", "Related", ""),
    ]  # fmt: skip
    assert fields(spoken.rows()[3], "category", "position", "value") == ("Apparel/Adult/Shirts", 4, 10.01)


def test_a_reading_time_finds_its_page(spoken: Spoken) -> None:
    page = {"page_location": f"{HOME}/p/1", "page_title": "One", "session_id": "42"}
    spoken.collect(body(event("page_view", **page), event("user_engagement", engagement_time_msec="5100", **page)), measurement_id="pk_shop")
    view, reading = spoken.rows()
    assert (view["url"], view["title"]) == (f"{HOME}/p/1", "One")
    assert reading["engaged_ms"] == 5100
    assert reading["page_id"] == view["page_id"] != ""


def test_a_login_names_the_customer_and_its_properties(spoken: Spoken) -> None:
    properties = {"tier": {"value": "gold"}, "deep": {"value": {"a": 1}}}
    reply = spoken.collect(body(event("login", method="Google"), user_id="c-1", user_properties=properties), measurement_id="pk_shop")
    (row,) = spoken.rows()
    assert fields(row, "type", "customer_id", "props") == ("identify", "c-1", '{"how":"login","traits":{"tier":"gold"}}')
    assert {warning["field"] for warning in reply.json()["warnings"]} == {"params.method", "user_properties.deep"}
    spoken.collect(body(event("login", method="Google")), measurement_id="pk_shop")
    assert fields(spoken.rows()[1], "type", "name", "props") == ("custom", "login", '{"method":"Google"}')


def test_only_a_server_speaks_for_a_user_without_a_client(spoken: Spoken) -> None:
    told = {**body(event("refund", transaction_id="T_1"), user_id="c-1"), "client_id": None}
    assert [one["reason"] for one in spoken.collect(told, measurement_id="pk_shop").json()["refused"]] == ["secret_key_needed"]
    assert spoken.collect(told, api_secret=spoken.secret).json()["accepted"] == 1
    assert fields(spoken.rows()[0], "type", "visitor_id", "customer_id", "source") == ("refund", "", "c-1", "server")


def test_what_is_known_better_here_is_dropped_and_counted(spoken: Spoken) -> None:
    reply = spoken.collect(body(event("session_start"), event("first_visit"), event("page_view")), measurement_id="pk_shop")
    assert [warning["message"].partition(" is not kept")[0] for warning in reply.json()["warnings"]] == ["session_start", "first_visit"]
    assert (reply.json()["accepted"], spoken.tally()["shop", "dropped", "not_mapped"]) == (1, 2)


def test_an_unknown_event_is_kept_as_it_is(spoken: Spoken) -> None:
    reply = spoken.collect(body(event("tutorial_begin", level=3, session_id="9", nested={"a": 1})), measurement_id="pk_shop")
    assert fields(spoken.rows()[0], "type", "name", "props") == ("custom", "tutorial_begin", '{"level":3}')
    assert [warning["field"] for warning in reply.json()["warnings"]] == ["params.nested"]


def test_validation_says_what_would_happen_and_stores_nothing(spoken: Spoken) -> None:
    sent = body(event("purchase", value=1), event("page_view", colour="red"), event("session_start"))
    reply = spoken.collect(sent, DEBUG, measurement_id="pk_shop")
    assert reply.status_code == 200
    assert [(one["fieldPath"], one["validationCode"]) for one in reply.json()["validationMessages"]] == [
        ("events[0]", "VALUE_REQUIRED"), ("events[1].params.colour", "VALUE_INVALID"), ("events[2]", "VALUE_INVALID"),
    ]  # fmt: skip
    assert spoken.collect(body(event("page_view")), DEBUG, measurement_id="pk_shop").json() == {"validationMessages": []}
    assert spoken.collect(b"no json", DEBUG, measurement_id="pk_shop").json()["validationMessages"][0]["description"]
    spoken.collect(body(event("page_view")), measurement_id="pk_shop")
    until(lambda: spoken.tally()["shop", "received", ""])
    assert (len(spoken.rows()), spoken.tally()) == (1, {("shop", "received", ""): 1, ("shop", "accepted", ""): 1})


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"hello", 400, "not_json"), (b"[]", 400, "batch_invalid"), (b"{}", 400, "batch_invalid"), (b'{"events":{}}', 400, "batch_invalid"),
        (b'{"events":[],%s}' % b",".join(b'"k%d":1' % number for number in range(301)), 400, "too_many_keys"),
        (b'{"events":[%s]}' % b",".join([b"{}"] * (EVENTS_MAX + 1)), 413, "too_many_events"), (b" " * (BODY_MAX_BYTES + 1), 413, "too_large"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_gets_a_status_and_a_code(spoken: Spoken, content: bytes, status: int, code: str) -> None:
    reply = spoken.collect(content, measurement_id="pk_shop")
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)


BAD: list[Any] = [
    5, None, [], {}, {"name": [5]}, {"name": ""}, event("purchase"), event("add_to_cart", items=[5]), event("view_promotion", items=[None]),
    event("add_to_cart", items=[{}]), event("view_promotion", items=[]), event("view_promotion", items=[{"promotion_id": "x"}] * 201),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_event_never_fails_its_neighbours(spoken: Spoken, bad: Any) -> None:
    reply = spoken.collect(body(event("page_view"), bad, event("page_view")), measurement_id="pk_shop")
    assert (reply.status_code, reply.json()["accepted"], [one["index"] for one in reply.json()["refused"]]) == (202, 2, [1])


@pytest.mark.parametrize("kind", ["application/json", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded"])
def test_any_content_type_that_curl_and_browsers_give_is_taken(spoken: Spoken, kind: str) -> None:
    sent = json.dumps(body(event("page_view")))
    reply = spoken.client.post("/mp/collect?measurement_id=pk_shop", content=sent, headers={"Content-Type": kind, "Origin": HOME})
    assert (reply.status_code, reply.headers["access-control-allow-origin"]) == (202, HOME)


def test_the_address_and_the_secret_are_never_written_down(spoken: Spoken) -> None:
    spoken.collect({**body(event("page_view")), "ip_override": "192.0.2.77"}, api_secret=spoken.secret)
    assert spoken.rows()[0]["ip"] == "192.0.2.0"
    written = b"".join(path.read_bytes() for path in spoken.data.rglob("*") if path.is_file())
    assert b"192.0.2.77" not in written
    assert spoken.secret.encode() not in written
