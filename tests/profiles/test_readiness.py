"""How likely an order within seven days is: points that add up, each with its sentence; silence where too little is known."""

from __future__ import annotations

import math
import random
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles import readiness as model
from profiles.readiness import Aside, Facts, Visit, readiness
from tests.profiles.conftest import Api
from tests.profiles.samples import DAY_MS, NOW_MS, ago, cart, customer, item, order, purchase, put, session
from tracker.store import Store


def at(facts: Facts) -> float:
    score = readiness(facts, NOW_MS).score
    assert score is not None
    return score


def aside(hours: float, value: str = "348.90") -> Aside:
    return Aside(ago(hours * 60), Decimal(value), "EUR")


ONE = Facts([ago(days=3)], is_seen=False)


def test_the_points_of_the_evidence_add_up_to_the_probability() -> None:
    facts = Facts([ago(days=400), ago(days=40), ago(days=3)], aside(5), [Visit(ago(60), "browsing", 0.8)])
    told = readiness(facts, NOW_MS)
    points = [float(found) for sentence in told.evidence for found in re.findall(r"\(([+-]\d+\.\d\d)\)$", sentence)]
    assert len(points) == len(told.evidence)
    assert told.score == round(1 / (1 + math.exp(-sum(points))), 4)
    assert (told.horizon_days, told.model) == (7, "readiness-1")


def test_every_sentence_has_its_figure() -> None:
    told = readiness(Facts([ago(days=40), ago(days=12)], aside(5), [Visit(ago(days=1.5), "purchase", 0.82)]), NOW_MS)
    assert told.evidence == [
        "348.90 € in the cart, touched 5 hours ago (+1.20)", "ordered on 2 days so far (+0.65)", "the last order 12 days ago (-0.12)",
        "a visit 36 hours ago, purpose purchase 0.82, which the cart tells already (+0.00)", "every customer begins with (-3.36)",
    ]  # fmt: skip


def test_it_says_when_there_is_too_little_to_go_on() -> None:
    told = readiness(Facts([], None, [Visit(ago(days=8), "purchase", 0.9)]), NOW_MS)
    assert told.score is None
    assert told.evidence == ["too little to go on: no order yet, nothing in the cart, no visit in the last 7 days"]
    assert readiness(Facts([], None, [Visit(ago(days=6), "purchase", 0.9)]), NOW_MS).score is not None


@pytest.mark.parametrize(("less", "more"), [
    (ONE, replace(ONE, orders_ms=[*ONE.orders_ms, ago(days=30)])),
    (Facts([ago(days=200)]), Facts([ago(days=20)])),
    (ONE, replace(ONE, cart=aside(300))), (replace(ONE, cart=aside(300)), replace(ONE, cart=aside(2))),
    (replace(ONE, cart=aside(2)), replace(ONE, cart=aside(0.5))),
    (replace(ONE, visits=[Visit(ago(60), "information", 0.9)]), replace(ONE, visits=[Visit(ago(60), "purchase", 0.9)])),
    (replace(ONE, visits=[Visit(ago(days=2), "purchase", 0.9)]), replace(ONE, visits=[Visit(ago(60), "purchase", 0.9)])),
    (replace(ONE, is_seen=True), ONE),
])  # fmt: skip
def test_what_speaks_for_an_order_raises_it(less: Facts, more: Facts) -> None:
    assert at(less) < at(more)


def test_two_orders_of_one_day_count_as_one_and_a_visit_before_the_last_order_as_none() -> None:
    assert at(Facts([ago(days=3), ago(days=3) + 60_000])) == at(Facts([ago(days=3) + 60_000]))
    before = Facts([ago(days=3)], None, [Visit(ago(days=4), "purchase", 0.9)])
    assert readiness(before, NOW_MS).evidence == readiness(replace(before, visits=[Visit(ago(60), "purchase", 0.9, is_bought=True)]), NOW_MS).evidence


moments = st.integers(0, 700).map(lambda days: ago(days=days))
visits = st.builds(Visit, moments, st.sampled_from(sorted(model.PURPOSE)), st.just(0.5), st.booleans())
carts = st.none() | st.builds(Aside, moments, st.just(Decimal(5)), st.just("EUR"))
people = st.builds(Facts, st.lists(moments, max_size=8), carts, st.lists(visits, max_size=6))


@settings(deadline=None)
@given(people, st.randoms(use_true_random=False))
def test_the_order_in_which_facts_are_given_changes_nothing(facts: Facts, dice: random.Random) -> None:
    shuffled = replace(facts, orders_ms=dice.sample(facts.orders_ms, len(facts.orders_ms)), visits=dice.sample(facts.visits, len(facts.visits)))
    assert readiness(shuffled, NOW_MS) == readiness(facts, NOW_MS)


@settings(deadline=None)
@given(people)
def test_goods_in_the_cart_never_lower_it(facts: Facts) -> None:
    if readiness(replace(facts, cart=None), NOW_MS).score is not None:
        assert at(replace(facts, cart=aside(1))) >= at(replace(facts, cart=None))


# --- on the profile ------------------------------------------------------------------------------------------------


def told(api: Api) -> Any:
    return api.get("/v1/customers/c-1")["readiness"]


def test_the_customer_profile_says_how_likely_an_order_is(api: Api, store: Store) -> None:
    put(store, "customers", [customer(api.site, "c-1", order("o-1", ago(days=40), 10), order("o-2", ago(days=12), 10), cart_ids=["k-1"])])
    put(store, "carts", [cart(api.site, "k-1", ago(300), item("X1"), customer_id="c-1")])
    put(store, "sessions", [
        session(api.site, "v-1", "s-1", ago(310), customer_id="c-1", purpose="purchase", score_purchase=0.7),
        session(api.site, "v-1", "s-2", ago(100), customer_id="c-1", quarantine_reason="rate", purpose="purchase"),
    ])  # fmt: skip
    assert told(api)["evidence"] == [
        "199.90 € in the cart, touched 5 hours ago (+1.20)", "ordered on 2 days so far (+0.65)", "the last order 12 days ago (-0.12)",
        "a visit 5 hours ago, purpose purchase 0.70, which the cart tells already (+0.00)", "every customer begins with (-3.36)",
    ]  # fmt: skip
    assert told(api)["score"] == 0.1638


def test_what_a_person_says_of_a_visit_counts_instead_of_the_model(api: Api, store: Store) -> None:
    put(store, "customers", [customer(api.site, "c-1", order("o-1", ago(days=40), 10))])
    put(store, "sessions", [session(api.site, "v-1", "s-1", ago(310), customer_id="c-1")])
    assert "a visit 5 hours ago, purpose browsing 0.81 (+0.30)" in told(api)["evidence"]
    api.call("PUT", "/v1/sessions/s-1/purpose", json={"label": "purchase"})
    assert "a visit 5 hours ago, purpose purchase 1.00 (+0.80)" in told(api)["evidence"]


def test_time_alone_changes_it_and_a_visit_that_bought_is_no_wish_for_more(api: Api, store: Store) -> None:
    bought = purchase("o-1", ago(60), 10)
    put(store, "customers", [customer(api.site, "c-1", order("o-1", ago(60), 10))])
    put(store, "sessions", [session(api.site, "v-1", "s-1", ago(70), customer_id="c-1", purpose="purchase", purchases=[bought])])
    first = told(api)["score"]
    assert first == round(1 / (1 + math.exp(3.36)), 4)
    api.clock.at_ms += 100 * DAY_MS
    assert told(api)["score"] < first
