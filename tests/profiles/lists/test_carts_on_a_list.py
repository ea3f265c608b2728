"""Which carts a list finds, why, and who is left out."""

from __future__ import annotations

from decimal import Decimal

from profiles.conditions import Money
from profiles.lists import counted
from tests.profiles.lists.world import cart, found, wanted
from tests.profiles.samples import NOW_MS, ago, item, put, session
from tracker.sites import Site
from tracker.store import Store


def test_a_cart_is_on_the_list_when_every_condition_holds_and_says_why(store: Store, site: Site) -> None:
    put(store, "carts", [
        cart(site, "k-1", ago(days=2), item("X1", 30), item("X2", 40), categories=["kitchen", "kitchen/coffee"]),
        cart(site, "cheap", ago(days=2), item("X1", 9.5)), cart(site, "open", ago(10), state="open"),
        cart(site, "dollars", ago(days=2), item("X1", 99), currency="USD"),
    ])  # fmt: skip
    told = found(store, site, wanted("cart", ("state", "is", "abandoned"), ("value", "at_least", {"amount": 50, "currency": "EUR"})))
    assert list(told) == ["k-1"]
    assert told["k-1"].why == ["it is abandoned", "its value is at least 50 EUR (70 EUR)"]


def test_a_name_nobody_gave_is_null_as_on_the_cart_itself(store: Store, site: Site) -> None:
    put(store, "carts", [cart(site, "k-1", ago(300), item("X1") | {"name": ""})])
    assert [each.name for each in found(store, site, wanted("cart"))["k-1"].items] == [None]


def test_who_is_left_out_is_told_with_every_reason(store: Store, site: Site) -> None:
    put(store, "carts", [
        cart(site, "fine", ago(300), marketing=True), cart(site, "denied", ago(300), marketing=False), cart(site, "silent", ago(300)),
        cart(site, "bought", ago(300), marketing=True, bought_ms=ago(days=29)),
        cart(site, "long-ago", ago(300), marketing=True, bought_ms=ago(days=31)),
        cart(site, "cheap", ago(300), item("X1", 4), marketing=False), cart(site, "dollars", ago(300), item("X1", 4), marketing=True, currency="USD"),
        cart(site, "nameless", ago(300), visitor_ids=["day-0123"], marketing=None),
        cart(site, "robot", ago(300), visitor_ids=["v-robot"], marketing=True), cart(site, "half", ago(300), visitor_ids=["v-half"], marketing=True),
    ])  # fmt: skip
    put(store, "sessions", [
        session(site, "v-robot", "s-1", ago(301), quarantine_reason="webdriver", cart_id="robot"),
        session(site, "v-half", "s-2", ago(301), quarantine_reason="webdriver", cart_id="half"),
        session(site, "v-half", "s-3", ago(290), cart_id="half"), session(site, "v-robot", "s-4", ago(days=3)),
    ])  # fmt: skip
    asked = wanted("cart", reasons=["no_consent", "consent_unknown", "bought_same_item_30d", "below_value"], least=[Money(Decimal(5), "EUR")])
    told = {cart_id: member.suppressed for cart_id, member in found(store, site, asked).items()}
    assert told == {
        "fine": [], "denied": ["no_consent"], "silent": ["consent_unknown"], "bought": ["bought_same_item_30d"], "long-ago": [],
        "cheap": ["no_consent", "below_value"], "dollars": [], "nameless": ["no_consent", "consent_unknown"], "robot": ["quarantined"], "half": [],
    }  # fmt: skip
    count = counted(store, site, asked, NOW_MS)
    assert (count.found, count.members, count.suppressed) == (10, 4, 6)
    assert {each.reason: each.count for each in count.reasons} == {
        "no_consent": 3, "consent_unknown": 2, "bought_same_item_30d": 1, "quarantined": 1, "below_value": 1
    }  # fmt: skip
    assert [(each.currency, each.members, each.value) for each in count.worth] == [("EUR", 3, Decimal("599.7")), ("USD", 1, Decimal(4))]
