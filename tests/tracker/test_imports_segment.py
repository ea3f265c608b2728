"""Segment's calls as our events: names of both its specifications, its products, its two ids."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tracker.importing import taken
from tracker.vocabularies.segment_tables import ALIASES, EVENTS

PAGE = {"url": "https://shop.example/p/1", "title": "One", "referrer": "https://search.example/", "path": "/p/1"}
CONTEXT = {"ip": "192.0.2.77", "userAgent": "Mozilla/5.0", "page": PAGE}
CALL = {"type": "track", "messageId": "m-1", "anonymousId": "anon-1", "timestamp": "2024-05-01T10:00:00.123Z", "context": CONTEXT}
PRODUCT = {
    "product_id": "p1", "sku": "X1", "name": "One", "category": "Hats", "brand": "B", "variant": "red", "price": 9.9, "quantity": 2, "image_url": "x",
}  # fmt: skip
ITEM = {"id": "X1", "name": "One", "category": "Hats", "brand": "B", "variant": "red", "price": 9.9, "quantity": 2.0, "currency": ""}


def rows_of(folder: Path, *calls: dict[str, Any]) -> list[dict[str, Any]]:
    done, rows = taken(folder, "\n".join(json.dumps({**CALL, **call}) for call in calls), "segment")
    assert done.examples == ()
    return rows


def test_a_call_brings_its_id_its_time_its_visitor_and_its_page(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, {"event": "Product Viewed", "properties": PRODUCT})
    assert (row["event_id"], row["at"], row["visitor_id"]) == ("m-1", 1_714_557_600.123, "anon-1")
    assert (row["url"], row["title"], row["referrer"], row["ip"], row["ua"]) == (
        "https://shop.example/p/1", "One", "https://search.example/", "192.0.2.0", "Mozilla/5.0",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("event", "properties", "expected"),
    [
        ("Products Searched", {"query": "hat"}, {"type": "search", "query": "hat"}),
        ("Product List Viewed", {"list_id": "l1", "category": "Hats"}, {"type": "content", "kind": "category", "content_id": "l1", "name": "Hats"}),
        ("Promotion Viewed", {"promotion_id": "s", "name": "Summer"}, {"type": "content", "kind": "promotion", "content_id": "s", "name": "Summer"}),
        ("Promotion Clicked", {"promotion_id": "s"}, {"type": "content", "kind": "promotion", "clicks": 1}),
        ("Product Clicked", PRODUCT, {"type": "content", "kind": "product", "content_id": "X1", "clicks": 1, "value": 9.9}),
        ("Product Viewed", PRODUCT, {"type": "product_view", "items": [ITEM]}),
        ("Product Added", {**PRODUCT, "cart_id": "k"}, {"type": "cart_add", "items": [ITEM], "props": '{"cart_id":"k"}'}),
        ("Product Removed", {"product_id": "p1"}, {"type": "cart_remove"}),
        ("Checkout Started", {"value": 30, "currency": "eur", "products": [PRODUCT]},
         {"type": "checkout", "step": 1, "value": 30.0, "currency": "EUR", "items": [ITEM]}),
        ("Checkout Step Viewed", {"step": 2}, {"type": "checkout", "step": 2}),
        ("Checkout Step Completed", {"step": "3", "payment_method": "Visa"}, {"type": "checkout", "step": 3, "step_name": "payment"}),
        ("Payment Info Entered", {"step": 3}, {"type": "checkout", "step_name": "payment"}),
        ("Order Completed", {"order_id": "o", "total": 25.5, "revenue": "19.80", "shipping": 5, "currency": "EUR", "products": [PRODUCT]},
         {"type": "order", "order_id": "o", "value": 19.8, "currency": "EUR", "items": [ITEM], "props": '{"shipping":5.0}'}),
        ("Order Refunded", {"order_id": "o", "total": 19.8}, {"type": "refund", "order_id": "o", "value": 19.8}),
        ("Order Cancelled", {"order_id": 7}, {"type": "order_cancelled", "order_id": "7"}),
        ("Coupon Entered", {"coupon_id": "c", "deep": {"x": 1}}, {"type": "custom", "name": "Coupon Entered", "props": '{"coupon_id":"c"}'}),
        ("Viewed Product", PRODUCT, {"type": "product_view", "items": [ITEM]}),
        ("Added Product", PRODUCT, {"type": "cart_add", "items": [ITEM]}),
        ("Completed Order", {"orderId": "o", "total": 5}, {"type": "order", "order_id": "o", "value": 5.0}),
        ("product added", PRODUCT, {"type": "cart_add"}),
    ],
)  # fmt: skip
def test_an_event_by_its_name(tmp_path: Path, event: str, properties: dict[str, Any], expected: dict[str, Any]) -> None:
    (row,) = rows_of(tmp_path, {"event": event, "properties": properties})
    assert {name: row.get(name) for name in expected} == expected


def test_every_old_name_leads_to_a_name_that_is_known() -> None:
    assert [name for name in ALIASES.values() if name not in EVENTS] == []
    assert [name for name in ALIASES if name in EVENTS] == []


def test_a_page_call_is_a_page_view(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, {"type": "page", "name": "Home", "properties": {"title": "Welcome", "url": "https://other.example/"}})
    assert (row["type"], row["title"], row["url"]) == ("page_view", "Welcome", "https://shop.example/p/1")


def test_identify_binds_with_its_traits(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, {"type": "identify", "userId": "u-1", "traits": {"plan": "gold", "address": {"city": "Köln"}}})
    assert (row["type"], row["customer_id"], row["visitor_id"]) == ("identify", "u-1", "anon-1")
    assert json.loads(row["props"]) == {"how": "other", "traits": {"plan": "gold"}}


def test_a_user_id_beside_a_call_binds_the_visitor(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, *({"messageId": f"m{n}", "userId": "u-1", "event": "Product Viewed", "properties": PRODUCT} for n in range(3)))
    assert [(row["type"], row.get("customer_id", "")) for row in rows] == [
        ("product_view", ""), ("identify", "u-1"), ("product_view", ""), ("product_view", ""),
    ]  # fmt: skip


def test_a_call_from_a_server_has_a_visitor_of_its_customer(tmp_path: Path) -> None:
    call = {"anonymousId": None, "userId": "u-1", "event": "Order Completed", "properties": {"order_id": "o"}}
    rows = rows_of(tmp_path, call, {**call, "messageId": "m-2", "properties": {"order_id": "p"}})
    assert [row["type"] for row in rows] == ["order", "identify", "order"]
    assert len({row["visitor_id"] for row in rows}) == 1
    assert rows[0]["visitor_id"].startswith("user-")


def test_alias_claims_the_earlier_visitor(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, {"type": "alias", "previousId": "anon-0", "userId": "u-1"})
    assert (row["type"], row["visitor_id"], row["customer_id"]) == ("identify", "anon-0", "u-1")


def test_a_long_message_id_is_replaced_by_its_hash(tmp_path: Path) -> None:
    call = {"messageId": "node-" + "x" * 80, "event": "Product Viewed", "properties": PRODUCT}
    rows = rows_of(tmp_path, call, call)
    assert len(rows[0]["event_id"]) == 32
    assert rows[0]["event_id"] == rows[1]["event_id"], "one message sent twice is one event"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "group"}, "type_unknown"),
        ({"timestamp": None}, "field_missing"),
        ({"timestamp": "today"}, "time_invalid"),
        ({"anonymousId": None}, "visitor_missing"),
        ({"anonymousId": None, "userId": "null"}, "visitor_missing"),
        ({"type": "identify", "userId": "undefined"}, "customer_id_invalid"),
        ({"event": "Product Added", "properties": {}}, "field_missing"),
        ({"event": "Product Added", "properties": {**PRODUCT, "price": "free"}}, "value_invalid"),
        ({"event": "Checkout Step Viewed", "properties": {"step": "nan"}}, "value_invalid"),
        ({"event": "Order Completed", "properties": {"order_id": "o", "revenue": "inf"}}, "value_invalid"),
        ({"event": "Order Completed", "properties": {"products": [PRODUCT]}}, "field_missing"),
        ({"event": "Order Completed", "properties": {"order_id": "o", "products": ["p1"]}}, "field_invalid"),
        ({"event": None}, "field_missing"),
    ],
)
def test_a_call_that_cannot_be_taken_says_why(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    call = {**CALL, "event": "Product Viewed", "properties": PRODUCT, **change}
    done, rows = taken(tmp_path, json.dumps(call), "segment")
    assert (rows, [one.reason for one in done.examples]) == ([], [reason])


def test_any_json_gives_an_event_or_a_refusal(tmp_path: Path) -> None:
    odd: list[Any] = [None, 1, "x", [], {}, True, 1e308, {"a": [1]}]
    names = ("type", "event", "properties", "messageId", "anonymousId", "userId", "timestamp", "context")
    order = {**CALL, "event": "Order Completed", "properties": {"order_id": "o"}}
    calls = [{**order, name: value} for name in names for value in odd]
    calls += [{**order, "properties": {"order_id": "o", name: value}} for name in ("products", "revenue", "order_id") for value in odd]
    done, rows = taken(tmp_path, "\n".join(map(json.dumps, calls)), "segment")
    assert done.lines == len(calls)
    assert len([row for row in rows if row["type"] != "identify"]) + sum(done.refused.values()) >= len(calls)
