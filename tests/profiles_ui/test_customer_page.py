"""The page of a customer tells how they came to stand where they stand, and why we take a browser for theirs."""

from __future__ import annotations

from typing import Any

from profiles import customers
from tests.profiles_ui.conftest import Ask, House
from tests.profiles_ui.markup import words
from tests.profiles_ui.world import DAY_MS, HOUR_MS, NOW_MS, World

STILL_S = 4_102_444_800


def claim(customer_id: str, from_ms: int, identified_ms: int, how: str, until_s: float = STILL_S) -> dict[str, Any]:
    times = {"from_at": from_ms / 1000, "until_at": until_s, "identified_at": identified_ms / 1000}
    return times | {"customer_id": customer_id, "how": how, "event_id": "e"}


def known(world: World, visitor_id: str, *claims: dict[str, Any]) -> None:
    world.insert("visitors", {"site": world.site, "visitor_id": visitor_id, "version": 1, "claims": list(claims)})


def ordered(*days: int) -> list[dict[str, Any]]:
    return [{"order_id": f"o-{each}", "at": (NOW_MS - each * DAY_MS) / 1000, "value": 10} for each in days]


def test_every_stage_of_the_life_cycle_is_told_with_its_reason(page: Ask, world: World) -> None:
    world.customer("C-1", orders=ordered(198, 10))
    shown = words(page("/customers/C-1"))
    told = [
        "Won back order number 2, 188 days after the one before", "At risk no order for more than 90 days", "Active 30 days since the first order",
        "New customer the first order", "Known, no order first known by name",
    ]  # fmt: skip
    places = [shown.index(line) for line in told]
    assert places == sorted(places)


def test_the_crms_word_is_the_last_of_the_stages(page: Ask, world: World) -> None:
    world.customer("C-1", orders=ordered(20), lifecycle="loyal", lifecycle_at=(NOW_MS - DAY_MS) / 1000)
    shown = words(page("/customers/C-1"))
    assert shown.index("Loyal the CRM says so") < shown.index("New customer the first order")


def test_each_device_says_because_of_which_log_in_it_is_theirs(page: Ask, world: World) -> None:
    world.customer("C-1", visitor_ids=["v-phone", "v-desk", "v-guest"])
    world.session(visitor_id="v-phone", customer_id="C-1", device_type="mobile", browser="Safari", os="iOS")
    left_s = (NOW_MS - 3 * HOUR_MS) / 1000
    hers, his = claim("C-1", NOW_MS - 5 * HOUR_MS, NOW_MS - 4 * HOUR_MS, "login", left_s), claim("C-2", NOW_MS - HOUR_MS, NOW_MS, "signup")
    known(world, "v-phone", hers, his)
    known(world, "v-desk", claim("C-1", NOW_MS - HOUR_MS, NOW_MS, "other"))
    shown = words(page("/customers/C-1"))
    assert "phone, Safari on iOS because identified yesterday 23:00 by logging in, until today 00:00; visits since yesterday 22:00 count too" in shown
    assert "visitor v-desk because identified today 03:00; visits since today 02:00 count too" in shown
    assert "visitor v-guest never identified here: known by an order" in shown
    assert "signing up" not in shown


def test_a_browser_tells_of_everybody_it_was(page: Ask, world: World) -> None:
    world.session(visitor_id="v-1", customer_id="C-2")
    left_s = (NOW_MS - 3 * HOUR_MS) / 1000
    known(world, "v-1", claim("C-1", NOW_MS - 5 * HOUR_MS, NOW_MS - 4 * HOUR_MS, "link", left_s), claim("C-2", NOW_MS - HOUR_MS, NOW_MS, "checkout"))
    shown = words(page("/visitors/v-1"))
    assert "C-1 because identified yesterday 23:00 by a personal link, until today 00:00; visits since yesterday 22:00 count too" in shown
    assert "C-2 because identified today 03:00 at the checkout; visits since today 02:00 count too" in shown


def test_how_likely_an_order_is_stands_on_top_with_its_reasons(page: Ask, world: World) -> None:
    world.customer("C-1", orders=ordered(190, 40, 12))
    world.session(customer_id="C-1", ago=5 * HOUR_MS, purpose="purchase", score_purchase=0.82)
    shown = words(page("/customers/C-1"))
    assert "Order within 7 days 17 % how likely it is" in shown
    assert "17 % likely to order within 7 days Ordered on 3 days so far (+1.09)" in shown
    assert "A visit 4 hours ago, purpose purchase 0.82 (+0.80)" in shown
    assert "The last order 12 days ago (−0.12) Every customer begins with (−3.36)" in shown


def test_the_page_says_the_same_as_the_profile(house: House, world: World, page: Ask) -> None:
    world.customer("C-1", orders=ordered(70, 20))
    for number in range(14):
        world.session(customer_id="C-1", ago=number * 9 * HOUR_MS + HOUR_MS, purpose=("information", "browsing")[number % 2])
    profile = customers.customer(house.deps, house.site, "C-1")
    assert profile is not None
    shown = words(page("/customers/C-1"))
    for sentence in profile.readiness.evidence:
        assert (sentence[0].upper() + sentence[1:]).replace("(-", "(−") in shown


def test_where_too_little_is_known_the_page_says_so(page: Ask, world: World) -> None:
    world.customer("C-1")
    shown = words(page("/customers/C-1"))
    assert "Order within 7 days – too little to go on" in shown
    assert "Too little to go on: no order yet, nothing in the cart, no visit in the last 7 days." in shown
    assert "C-1: known since 6 May, no order yet" in shown
