"""What is taken of an event, and what is refused with which reason."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tracker import event, scrub, wire
from tracker.event import Receipt, Refused
from tracker.sites import Site

SITE = Site(name="shop", site_key="pk_shop")
NOW_MS = 1_764_000_000_000
DAY_MS = 86_400_000


def judged(*events: Any, **receipt: Any) -> event.Parsed:
    raw = [msgspec.Raw(given if isinstance(given, bytes) else msgspec.json.encode(given)) for given in events]
    return event.parse(raw, Receipt(site=SITE, received_ms=NOW_MS, visitor_id="v1", **receipt))


def one(given: dict[str, Any], **receipt: Any) -> event.EventRow:
    parsed = judged({"id": "e1", "at": NOW_MS, **given}, **receipt)
    assert not parsed.refusals
    return parsed.rows[0]


def reason(given: Any) -> str:
    parsed = judged({"id": "e1", "at": NOW_MS, **given} if isinstance(given, dict) else given)
    assert not parsed.rows
    return parsed.refusals[0].reason


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "page_view", "url": "https://shop.example/a"}, {"url": "https://shop.example/a"}),
        ({"type": "engagement", "engaged_ms": 1200.6, "scroll_pct": 140}, {"engaged_ms": 1200, "scroll_pct": 100}),
        ({"type": "content", "kind": "promotion", "content_id": "summer", "seen_ms": 3}, {"kind": "promotion", "content_id": "summer", "seen_ms": 3}),
        ({"type": "search", "query": "espresso", "results": 0}, {"query": "espresso", "results": 0}),
        ({"type": "checkout", "step": 2, "step_name": "payment"}, {"step": 2, "step_name": "payment"}),
        (
            {"type": "order", "order_id": 42, "value": 19.99, "currency": "eur", "tax": 3.19},
            {"order_id": "42", "value": 19.99, "currency": "EUR", "props": '{"tax":3.19}'},
        ),
        ({"type": "refund", "order_id": "42"}, {"order_id": "42", "value": None}),
        ({"type": "order_cancelled", "order_id": "42"}, {"order_id": "42"}),
        ({"type": "identify", "customer_id": "c-1", "how": "login"}, {"customer_id": "c-1", "props": '{"how":"login"}'}),
        ({"type": "identify", "customer_id": "c-1", "how": None, "traits": None}, {"customer_id": "c-1", "props": '{"how":"other"}'}),
        ({"type": "logout"}, {}),
        ({"type": "consent", "state": "denied"}, {"props": '{"state":"denied","purposes":[]}'}),
        ({"type": "custom", "name": "size guide", "props": {"open": True}}, {"name": "size guide", "props": '{"open":true}'}),
    ],
)
def test_every_type_brings_its_fields(given: dict[str, Any], expected: dict[str, Any]) -> None:
    row = one(given)
    assert {name: getattr(row, name) for name in expected} == expected


@pytest.mark.parametrize("kind", ["product_view", "cart_add", "cart_remove", "cart_set"])
def test_items_come_whole_and_a_missing_quantity_stays_missing(kind: str) -> None:
    row = one({"type": kind, "items": [{"id": "X1", "price": 199.9}, {"id": 7, "quantity": 2}]})
    assert [(item["id"], item["price"], item["quantity"]) for item in row.items] == [("X1", 199.9, None), ("7", None, 2.0)]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"type": "teleport"}, "type_unknown"),
        (b'{"id":"e","at":1}', "type_unknown"),
        (b'{"type":"logout","at":1}', "field_missing"),
        ({"type": "logout", "id": ""}, "id_invalid"),
        ({"type": "logout", "id": "x" * 65}, "id_invalid"),
        ({"type": "logout", "id": "undefined"}, "id_invalid"),
        ({"type": "logout", "id": "00000000-0000-0000-0000-000000000000"}, "id_invalid"),
        ({"type": "order", "order_id": "undefined"}, "order_id_invalid"),
        ({"type": "refund", "order_id": 0}, "order_id_invalid"),
        ({"type": "custom", "name": "x", "id": "order:42:placed"}, "id_invalid"),
        ({"type": "custom", "name": "x", "id": "order_watermark:1764000000000"}, "id_invalid"),
        (b"5", "not_an_object"),
        (b"null", "not_an_object"),
        ({"type": "logout", "at": "yesterday"}, "field_invalid"),
        ({"type": "search"}, "field_missing"),
        ({"type": "search", "query": "  "}, "field_missing"),
        ({"type": "content", "kind": "banner", "content_id": "b"}, "field_invalid"),
        ({"type": "content", "kind": "product", "content_id": "b", "seen_ms": -1}, "value_invalid"),
        ({"type": "cart_add", "items": []}, "items_missing"),
        ({"type": "cart_add", "items": [{"id": "X1", "price": "free"}]}, "field_invalid"),
        ({"type": "cart_add", "items": [{"id": "X1", "quantity": -1}]}, "value_invalid"),
        ({"type": "cart_add", "items": [{"id": "X1"}] * 201}, "too_many_items"),
        ({"type": "order", "order_id": "1", "value": 1e13}, "value_invalid"),
        ({"type": "order", "order_id": "1", "currency": "euro"}, "value_invalid"),
        ({"type": "custom", "name": "x", "props": {"deep": {}}}, "field_invalid"),
        ({"type": "custom", "name": "x", "props": {str(n): n for n in range(21)}}, "too_many_props"),
    ],
)
def test_each_refusal_names_its_reason(given: Any, code: str) -> None:
    assert reason(given) == code


NOBODY = ["", " ", "null", "undefined", "None", "0", "000", "NaN", "[object Object]", "anonymous", "GUEST", "true", "false"]


@pytest.mark.parametrize("customer_id", NOBODY)
def test_what_is_no_id_of_a_customer_identifies_nobody(customer_id: str) -> None:
    assert reason({"type": "identify", "customer_id": customer_id}) == "customer_id_invalid"


def test_one_bad_event_never_fails_the_batch() -> None:
    parsed = judged({"id": "a", "type": "logout", "at": NOW_MS}, b"[]", {"id": "c", "type": "logout", "at": NOW_MS})
    assert [row.event_id for row in parsed.rows] == ["a", "c"]
    assert [refusal.index for refusal in parsed.refusals] == [1]


@pytest.mark.parametrize(
    ("at", "sent", "expected"),
    [
        (NOW_MS - 5000, NOW_MS, NOW_MS - 5000),
        (NOW_MS + 3_600_000 - 5000, NOW_MS + 3_600_000, NOW_MS - 5000),  # a clock an hour ahead
        (NOW_MS + 60_000, NOW_MS, NOW_MS),  # from the future
        (253_402_300_799_000, NOW_MS, NOW_MS),  # the year 9999
        (0, NOW_MS, NOW_MS - 7 * DAY_MS),  # 1970
        (NOW_MS - 1000, None, NOW_MS - 1000),
    ],
)
def test_the_senders_clock_is_corrected_and_clamped_to_a_week(at: int, sent: int | None, expected: int) -> None:
    assert round(one({"type": "logout", "at": at}, sent_ms=sent).at * 1000) == expected


def test_an_import_keeps_its_own_time() -> None:
    assert one({"type": "logout", "at": 1_569_888_000_000}, own_time=True, source="import").at == 1_569_888_000.0
    assert judged({"id": "e", "type": "logout", "at": 253_402_300_799_000}, own_time=True).refusals[0].reason == "time_invalid"


def test_long_strings_are_cut_and_the_cut_is_counted() -> None:
    parsed = judged({"id": "e", "type": "page_view", "at": NOW_MS, "title": "x" * 100_000})
    assert len(parsed.rows[0].title) == event.LENGTHS["title"]
    assert parsed.cuts == 1


def test_half_an_emoji_becomes_a_replacement_character_and_loses_nothing() -> None:
    parsed = judged(rb'{"id":"e","type":"search","at":1,"query":"caf\u00e9 \ud83d and \ud83d\ude00 and \\ud83d"}')
    assert parsed.rows[0].query == "café � and 😀 and \\ud83d"


def test_half_an_emoji_in_the_page_title_does_not_fail_the_batch() -> None:
    batch = event.decode(rb'{"site":"pk","page":{"title":"half \ud83d"},"events":[]}')
    assert batch.page is not None
    assert batch.page.title == "half �"


NO_BATCH = [b"", b"no json", b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 100_000, b"{}", b"[]", b'{"site":5,"events":[]}', b'{"site":"pk","events":{}}']


@pytest.mark.parametrize("body", NO_BATCH)
def test_a_body_that_is_no_batch_is_a_400(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        event.decode(body)
    assert refused.value.status == 400


def test_five_hundred_events_are_a_batch_and_501_are_too_many() -> None:
    assert len(event.decode(b'{"site":"pk","events":[' + b",".join([b"{}"] * 500) + b"]}").events) == 500
    with pytest.raises(Refused) as refused:
        event.decode(b'{"site":"pk","events":[' + b",".join([b"{}"] * 501) + b"]}")
    assert (refused.value.status, refused.value.code) == (413, "too_many_events")


def test_a_visitor_without_consent_is_not_identified() -> None:
    parsed = judged({"id": "e", "type": "identify", "at": NOW_MS, "customer_id": "c-1"}, cookieless=True)
    assert parsed.refusals[0].reason == "consent_missing"


def test_after_a_refusal_of_consent_the_rest_of_the_batch_identifies_nobody() -> None:
    told = [
        {"id": "a", "type": "consent", "at": NOW_MS, "state": "denied"}, {"id": "b", "type": "identify", "at": NOW_MS, "customer_id": "c-1"},
        {"id": "c", "type": "consent", "at": NOW_MS, "state": "granted"}, {"id": "d", "type": "identify", "at": NOW_MS, "customer_id": "c-1"},
    ]  # fmt: skip
    parsed = judged(*told)
    assert [row.event_id for row in parsed.rows] == ["a", "c", "d"]
    assert [refusal.reason for refusal in parsed.refusals] == ["consent_missing"]


def test_page_fields_are_defaults_for_each_event() -> None:
    page = wire.Page(id="p1", url="https://shop.example/a", title="A", referrer="https://search.example/")
    row = one({"type": "page_view", "title": "Own"}, page=page)
    assert (row.page_id, row.url, row.title, row.referrer) == ("p1", "https://shop.example/a", "Own", "https://search.example/")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://shop.example/p/42?utm_source=mail&color=red", "https://shop.example/p/42?utm_source=mail&color=red"),
        ("https://shop.example/?email=ann@example.org&x=1", "https://shop.example/?email=[email]&x=1"),
        ("https://shop.example/?u=ann%40example.org", "https://shop.example/?u=[email]"),
        ("https://shop.example/reset?token=abc&x=1", "https://shop.example/reset?token=[removed]&x=1"),
        ("https://shop.example/?PHPSESSID=abc#access_token=xyz", "https://shop.example/?PHPSESSID=[removed]#access_token=[removed]"),
        ("https://shop.example/cart;jsessionid=ABC?x=1", "https://shop.example/cart?x=1"),
        ("https://ann:secret@shop.example/", "https://shop.example/"),
    ],
)
def test_addresses_lose_what_must_not_be_stored(given: str, expected: str) -> None:
    assert scrub.url(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [("192.0.2.77", "192.0.2.0"), ("2001:db8:1:2::3", "2001:db8:1::"), ("::ffff:192.0.2.77", "192.0.2.0"), ("testclient", ""), ("", "")],
)
def test_ip_addresses_are_cut(given: str, expected: str) -> None:
    assert scrub.ip(given) == expected
