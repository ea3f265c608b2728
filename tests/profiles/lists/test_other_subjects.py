"""Sessions and customers on a list; and what holds for a list of anything: its query and its conditions say the same."""

from __future__ import annotations

from typing import Any

import pytest

from profiles.lists import counted
from tests.profiles.lists.world import cart, found, wanted
from tests.profiles.samples import NOW_MS, ago, customer, item, order, put, session
from tracker.sites import Site
from tracker.store import Store

EUR = {"amount": 50, "currency": "EUR"}
EITHER = {"any": [{"field": "orders_count", "operator": "is", "value": 0}, {"field": "revenue", "operator": "at_least", "value": EUR}]}


@pytest.fixture
def shop(store: Store, site: Site) -> Site:
    put(store, "customers", [
        customer(site, "c-1", order("o-1", ago(days=5), 80, item("X9")), order("o-2", ago(days=40), 20, item("X2")), visitor_ids=["v-1"]),
        customer(site, "c-2", visitor_ids=["v-2"], consent='{"marketing":{"granted":false,"at":"2026-10-01T00:00:00.000Z","how":"crm"}}'),
        customer(site, "c-3", order("o-3", ago(days=5), 10, item("X1")), visitor_ids=["v-3"], consent="", lifecycle="loyal", lifecycle_at=1),
    ])  # fmt: skip
    put(store, "sessions", [
        session(site, "v-1", "s-1", ago(300), customer_id="c-1"), session(site, "v-2", "s-2", ago(20), customer_id="c-2", device_type="desktop"),
        session(site, "v-3", "s-3", ago(days=2), customer_id="c-3", purpose="purchase", score_purchase=0.7),
        session(site, "v-4", "s-4", ago(60), channel="", quarantine_reason="webdriver"), session(site, "day-5", "s-5", ago(60)),
    ])  # fmt: skip
    put(store, "carts", [cart(site, "k-1", ago(300), customer_id="c-1"), cart(site, "k-2", ago(10), customer_id="c-2", state="open")])
    return site


SESSIONS: list[tuple[list[Any], set[str]]] = [
    ([], {"s-1", "s-2", "s-3", "s-4", "s-5"}), ([("status", "is", "open")], {"s-2"}), ([("purpose", "is", "purchase")], {"s-3"}),
    ([("device", "is_not", "mobile")], {"s-2"}), ([("channel", "known", False)], {"s-4"}), ([("confidence", "at_most", 0.7)], {"s-3"}),
    ([("duration_s", "at_least", 600)], {"s-1", "s-2", "s-3", "s-4", "s-5"}), ([("duration_s", "at_least", 601)], set()),
    ([("lifecycle", "is", "loyal")], {"s-3"}), ([("categories_viewed", "any_of", ["kitchen"]), ("quiet_age_s", "at_least", 86_400)], {"s-3"}),
    ([("products_viewed", "any_of", ["X1"]), ("customer_known", "is", False)], {"s-4", "s-5"}),
]  # fmt: skip
CUSTOMERS: list[tuple[list[Any], set[str]]] = [
    ([], {"c-1", "c-2", "c-3"}), ([("lifecycle", "is", "prospect")], {"c-2"}), ([("lifecycle", "is", "loyal")], {"c-3"}),
    ([("lifecycle", "none_of", ["prospect", "loyal"])], {"c-1"}), ([("revenue", "at_least", EUR)], {"c-1"}),
    ([("orders_count", "is", 0)], {"c-2"}), ([("last_order_age_s", "at_most", 6 * 86_400)], {"c-1", "c-3"}),
    ([("sessions_count", "at_least", 1), ("last_seen_age_s", "at_most", 3600)], {"c-2"}), ([("has_abandoned_cart", "is", True)], {"c-1"}),
    ([("abandoned_value", "at_least", EUR)], {"c-1"}), ([("readiness", "at_least", 0.1)], {"c-1", "c-2"}),
    ([("interests", "any_of", ["kitchen"])], {"c-1", "c-2", "c-3"}),
    ([("attributes.segment", "is", "gold"), ("consent.marketing", "is", "granted")], {"c-1"}),
    ([EITHER], {"c-1", "c-2"}),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "conditions", "ids"), [
    *(("session", *each) for each in SESSIONS), *(("customer", *each) for each in CUSTOMERS)
])  # fmt: skip
def test_a_list_finds_whom_its_conditions_say(store: Store, shop: Site, subject: str, conditions: list[Any], ids: set[str]) -> None:
    asked = wanted(subject, *conditions, reasons=["no_consent", "consent_unknown", "bought_same_item_30d"])
    told = found(store, shop, asked)
    assert set(told) == ids
    count = counted(store, shop, asked, NOW_MS)
    assert (count.found, count.suppressed) == (len(ids), sum(bool(member.suppressed) for member in told.values()))


def test_sessions_and_customers_say_why_they_are_left_out(store: Store, shop: Site) -> None:
    reasons = ["no_consent", "consent_unknown", "bought_same_item_30d"]
    assert {each: member.suppressed for each, member in found(store, shop, wanted("session", reasons=reasons)).items()} == {
        "s-1": [], "s-2": ["no_consent"], "s-3": ["consent_unknown", "bought_same_item_30d"], "s-4": ["consent_unknown", "quarantined"],
        "s-5": ["no_consent", "consent_unknown"],
    }  # fmt: skip
    assert {each: member.suppressed for each, member in found(store, shop, wanted("customer", reasons=reasons)).items()} == {
        "c-1": [], "c-2": ["no_consent"], "c-3": ["consent_unknown"],
    }  # fmt: skip


@pytest.mark.parametrize("subject", ["session", "customer", "cart"])
def test_pages_of_one_find_the_same_as_one_page(store: Store, shop: Site, subject: str) -> None:
    asked = wanted(subject)
    assert list(found(store, shop, asked, batch=1)) == list(found(store, shop, asked))
