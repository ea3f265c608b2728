"""A session as a story: pure sentences from events."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from profiles.story import story
from profiles.views.words import NBSP

BLANK: dict[str, Any] = {
    "page_id": "", "source": "tag", "url": "", "title": "", "referrer": "", "customer_id": "", "kind": "", "content_id": "", "name": "",
    "seen_ms": 0, "touched_ms": 0, "touches": 0, "clicks": 0, "engaged_ms": 0, "query": "", "results": None, "items": [], "step": 0, "step_name": "",
    "order_id": "", "value": None, "currency": "", "props": "{}",
}  # fmt: skip


def event(at_s: float, type_: str, **known: Any) -> dict[str, Any]:
    return BLANK | {"at_ms": round(at_s * 1000), "type": type_} | known


def item(name: str, price: str | None = None, quantity: str | None = None) -> dict[str, Any]:
    return {"id": name.lower(), "name": name, "price": price and Decimal(price), "quantity": quantity and Decimal(quantity), "currency": "EUR"}


def told(*events: dict[str, Any]) -> list[str]:
    return [line.text.replace(NBSP, " ") for line in story(events)]


def test_the_demo_journey_is_told_in_order() -> None:
    x1, grinder, descaler = item("Espresso X1", "199.90"), item("Grinder 2", "149.00"), item("Descaler", "12.50")
    assert told(
        event(0, "page_view", page_id="p1", title="Autumn offers"),
        event(24, "content", page_id="p1", kind="promotion", content_id="autumn", name="Autumn −15 %", seen_ms=3000, touches=1, clicks=1),
        event(60, "engagement", page_id="p1", engaged_ms=41_000),
        event(63, "page_view", page_id="p2", title="Espresso X1 · Shop"),
        event(63.1, "product_view", page_id="p2", items=[x1]),
        event(220, "engagement", page_id="p2", engaged_ms=160_000),
        event(230, "page_view", page_id="p3", title="Search"),
        event(235, "search", page_id="p3", query="grinder", results=4),
        event(308, "cart_add", items=[x1]),
        event(453, "page_view", page_id="p4", title="Grinder 2"),
        event(454, "cart_add", page_id="p4", items=[grinder]),
        event(460, "cart_add", page_id="p4", items=[descaler]),
        event(500, "cart_remove", page_id="p4", items=[descaler]),
        event(530, "identify", customer_id="C-20418", props='{"how":"login"}'),
        event(540, "checkout", step=1, step_name="address"),
        event(560, "checkout", step=3, step_name="payment"),
        event(600, "order", order_id="1001", value=Decimal("348.90"), currency="EUR", items=[x1, grinder]),
    ) == [
        "Came in on the page Autumn offers for 41 s",
        "Saw the promotion Autumn −15 % for 3 s, touched it, clicked",
        "Looked at Espresso X1 for 2 min 40 s",
        "Searched for “grinder”, 4 results",
        "Put Espresso X1 in the cart",
        "Read the page Grinder 2",
        "Put Grinder 2 and Descaler in, took Descaler out again",
        "Logged in as C-20418",
        "Opened the checkout, reached payment",
        "Ordered Espresso X1 and Grinder 2 for 348.90 €",
    ]


def test_content_rows_are_cumulative_and_the_highest_counts() -> None:
    rows = [event(at, "content", page_id="p", kind="product", content_id="x", name="X", seen_ms=seen, touches=touches, clicks=clicks)
            for at, seen, touches, clicks in ((3, 4000, 1, 0), (1, 1000, 0, 0), (2, 2000, 1, 1))]  # fmt: skip
    (line,) = story(rows)
    assert (line.text.replace(NBSP, " "), line.rung, line.at_ms) == ("Saw the product X for 4 s, touched it, clicked", 3, 1000)


def test_the_ladder_of_a_product_stands_beside_its_own_page() -> None:
    lines = story([
        event(0, "page_view", page_id="a", title="Home"),
        event(1, "product_view", page_id="p", items=[item("X")]),
        event(9, "content", page_id="p", kind="product", content_id="x", name="X", seen_ms=5000, touches=1),
    ])
    assert [(line.text, line.rung) for line in lines] == [("Came in on the page Home", 0), ("Looked at X", 2)]


def test_what_was_only_passed_by_is_one_line() -> None:
    rows = [event(i, "content", page_id="p", kind="product", content_id=name, name=name, seen_ms=1500) for i, name in enumerate("ABCDEFG")]
    assert told(*rows) == ["Saw 7 products in passing: A, B, C, D and 3 more"]


def test_pages_left_at_once_are_one_line_each_named_once() -> None:
    titles = ("Home", "Cart", "Log in", "Cart", "Account")
    assert told(*(event(at, "page_view", page_id=str(at), title=title) for at, title in enumerate(titles))) == [
        "Came in on the page Home",
        "Went through Cart, Log in and Account",
    ]


def test_the_name_of_the_shop_that_ends_every_title_is_left_out() -> None:
    views = [event(at, "page_view", page_id=str(at), title=f"{title} · Clara's Coffee") for at, title in enumerate(("Home", "Tea - green"))]
    assert told(*views) == ["Came in on the page Home", "Read the page Tea - green"]
    assert told(*views[:1]) == ["Came in on the page Home · Clara's Coffee"]


def test_what_was_present_but_never_seen_is_not_told() -> None:
    assert told(event(0, "content", page_id="p", kind="product", content_id="x", name="X")) == []


@pytest.mark.parametrize(
    ("events", "line"),
    [
        ([event(0, "cart_add", items=[item("A", quantity="3")])], "Put A ×3 in the cart"),
        ([event(0, "cart_remove", items=[item("A")])], "Took A out of the cart"),
        ([event(0, "cart_set", items=[item("A"), item("B", quantity="2")])], "Set the cart to A and B ×2"),
        ([event(0, "cart_set")], "Emptied the cart"),
        ([event(0, "cart_add", items=[item("A")]), event(9, "cart_remove", items=[item("B")])], "Put A in, took B out"),
        ([event(0, "search", query="tea", results=0)], "Searched for “tea”, found nothing"),
        ([event(0, "order", order_id="7")], "Placed an order"),
        ([event(0, "refund", order_id="7", value=Decimal(5), currency="EUR")], "Order 7 was refunded, 5.00 €"),
        ([event(0, "consent", props='{"state":"granted","purposes":["marketing"]}')], "Said yes to marketing"),
        ([event(0, "consent", props="not json")], "Said no to being observed"),
        ([event(0, "logout")], "Logged out"),
        ([event(0, "page_view", page_id="p", url="https://shop.example/a/b?x=1")], "Came in on the page a/b"),
    ],
)
def test_each_kind_of_event_has_its_sentence(events: list[dict[str, Any]], line: str) -> None:
    assert told(*events) == [line]


def test_cart_changes_far_apart_are_two_lines() -> None:
    assert told(event(0, "cart_add", items=[item("A")]), event(600, "cart_add", items=[item("B")])) == ["Put A in the cart", "Put B in the cart"]


def test_a_cart_change_says_what_the_cart_was_worth_afterwards() -> None:
    (line,) = story([event(5, "cart_add", items=[item("A", "10")])], {5000: "30.00 €"})
    assert line.why == "cart 30.00 €"


def test_only_web_addresses_become_links() -> None:
    hrefs = [story([event(0, "page_view", page_id="p", title="T", url=url)])[0].parts[1].href
             for url in ("https://shop.example/", "javascript:alert(1)", "data:text/html,x", "//evil.example", "https://a b/")]  # fmt: skip
    assert hrefs == ["https://shop.example/", "", "", "", ""]


def test_control_and_direction_characters_are_stripped() -> None:
    assert told(event(0, "search", query="a\u202eb\x00c\nd\u2066")) == ["Searched for “abc d”"]
