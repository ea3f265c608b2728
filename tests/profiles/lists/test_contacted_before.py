"""Who was written to lately, or is on another running list, is left out: by customer, and an anonymous one by the browser."""

from __future__ import annotations

import pytest

from profiles.lists import counted
from tests.profiles.lists.world import cart, found, wanted
from tests.profiles.samples import NOW_MS, Fields, ago, put, seconds, session
from tracker.sites import Site
from tracker.store import Store

REASONS = ["contacted_lately", "on_another_list"]


def contact(site: Site, number: int, campaign_id: str, list_id: str, days_ago: float, customer_id: str, visitor_id: str) -> Fields:
    return {
        "site": site.name, "program_id": "program", "pull_id": "pull", "attempt": "attempt", "held_out": False, "row": number,
        "campaign_id": campaign_id, "list_id": list_id, "pulled_at": seconds(ago(days=days_ago)), "customer_id": customer_id,
        "visitor_ids": [visitor_id],
    }  # fmt: skip


@pytest.fixture
def shop(store: Store, site: Site) -> Site:
    put(store, "pulls", [{"site": site.name, "program_id": "program", "pull_id": "pull", "attempt": "attempt", "pulled_at": seconds(ago(days=40))}])
    until = {"running": ago(days=-9), "over": ago(days=1)}
    put(store, "campaigns", [
        {"site": site.name, "campaign_id": each, "state": "running", "from_at": seconds(ago(days=50)), "until_at": seconds(end), "version": 1}
        for each, end in until.items()
    ])  # fmt: skip
    put(store, "pull_rows", [
        contact(site, 1, "over", "other", 13, "c-1", "v-1"), contact(site, 2, "over", "other", 15, "c-2", "v-2"),
        contact(site, 3, "running", "other", 40, "c-3", "v-3"), contact(site, 4, "running", "mine", 40, "c-4", "v-4"),
        contact(site, 5, "over", "other", 1, "", "v-5"), contact(site, 6, "over", "other", 1, "c-6", "v-6") | {"held_out": True},
    ])  # fmt: skip
    people = {"c-1": "v-1", "c-2": "v-2", "c-3": "v-3", "c-4": "v-4", "c-5": "v-5", "c-6": "v-6", "c-7": "v-1"}
    put(store, "carts", [cart(site, who, ago(300), customer_id=who, visitor_ids=[visitor]) for who, visitor in people.items()])
    put(store, "carts", [cart(site, "anonymous", ago(300), visitor_ids=["v-1"]), cart(site, "stranger", ago(300), visitor_ids=["v-9"])])
    put(store, "sessions", [session(site, visitor, f"s-{who}", ago(300), customer_id=who) for who, visitor in people.items()])
    return site


LEFT_OUT = {
    "c-1": ["contacted_lately"],  # 13 days ago
    "c-2": [],  # 15 days ago
    "c-3": ["on_another_list"],  # by a campaign that runs
    "c-4": [],  # by this very list
    "c-5": ["contacted_lately"],  # as the browser they had before they were known
    "c-6": [],  # held out: nobody wrote to them
    "c-7": [],  # another customer at the same browser
}


def test_a_cart_is_left_out_by_whom_it_belongs_to(store: Store, shop: Site) -> None:
    asked = wanted("cart", reasons=REASONS, days=14, list_id="mine")
    told = {cart_id: member.suppressed for cart_id, member in found(store, shop, asked).items()}
    assert told == LEFT_OUT | {"anonymous": ["contacted_lately"], "stranger": []}
    count = counted(store, shop, asked, NOW_MS)
    assert (count.found, count.suppressed) == (9, 4)
    assert {each.reason: each.count for each in count.reasons} == {"contacted_lately": 3, "on_another_list": 1}


def test_so_is_a_session(store: Store, shop: Site) -> None:
    asked = wanted("session", reasons=REASONS, days=14, list_id="mine")
    assert {each.removeprefix("s-"): member.suppressed for each, member in found(store, shop, asked).items()} == LEFT_OUT
    assert counted(store, shop, asked, NOW_MS).suppressed == 3


def test_without_these_reasons_nobody_is_left_out_for_them(store: Store, shop: Site) -> None:
    assert {cart_id for cart_id, member in found(store, shop, wanted("cart")).items() if member.suppressed} == set()
