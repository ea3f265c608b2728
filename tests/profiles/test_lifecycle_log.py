"""The log of a customer's stages: what changed when, and because of what."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.lifecycle import DAY_MS, Life, Rhythm, lifecycle
from profiles.lifecycle_log import log
from tests.profiles.conftest import Api
from tests.profiles.samples import ago, customer, order, put
from tracker.clock import iso
from tracker.store import Store

SLOW = Rhythm(45 * DAY_MS, "site")


def told(life: Life, day: int, site: Rhythm = SLOW) -> list[tuple[str, str]]:
    return [(change.stage, change.because) for change in log(life, site, day * DAY_MS)]


def test_every_change_says_when_and_because_of_what() -> None:
    life = Life(0, [10 * DAY_MS, 200 * DAY_MS])
    changes = log(life, SLOW, 240 * DAY_MS)
    assert [change.since for change in changes] == [iso(day) for day in (
        0, 10 * DAY_MS, 40 * DAY_MS, 55 * DAY_MS + 1, 100 * DAY_MS + 1, 200 * DAY_MS, 230 * DAY_MS,
    )]  # fmt: skip
    assert [(change.stage, change.because) for change in changes] == [
        ("prospect", "first known by name"),
        ("new", "the first order"),
        ("active", "30 days since the first order"),
        ("at_risk", "no order for more than 45 days: four times out of five customers here wait no longer"),
        ("lapsed", "no order for more than twice 45 days: four times out of five customers here wait no longer"),
        ("won_back", "order number 2, 190 days after the one before, when they had lapsed"),
        ("active", "30 days since the order that won them back"),
    ]


def test_who_orders_before_being_known_begins_as_new() -> None:
    assert told(Life(10 * DAY_MS, [5 * DAY_MS]), 12) == [("new", "the first order")]


def test_the_crms_word_takes_over_from_its_own_time_on() -> None:
    life = Life(0, [10 * DAY_MS], crm_stage="loyal", crm_ms=30 * DAY_MS)
    assert told(life, 29) == [("prospect", "first known by name"), ("new", "the first order")]
    assert told(life, 300)[2:] == [("loyal", "the CRM says so")]
    assert log(life, SLOW, 300 * DAY_MS)[-1].source == "crm"


def test_a_rhythm_says_whose_it_is() -> None:
    own = Life(0, [0, 10 * DAY_MS, 20 * DAY_MS, 30 * DAY_MS])
    assert told(own, 45)[-1] == ("at_risk", "no order for more than 10 days: four times out of five they waited no longer")
    assert "too few repeated orders" in told(Life(0, [0]), 100, Rhythm(90 * DAY_MS, "default"))[-1][1]


@settings(deadline=None)
@given(st.lists(st.integers(0, 2000), max_size=12), st.integers(0, 3000), st.integers(0, 300))
def test_the_log_ends_with_the_stage_of_now_and_only_grows(days: list[int], day: int, later: int) -> None:
    life = Life(0, [each * DAY_MS for each in sorted(days)])
    now = log(life, SLOW, day * DAY_MS)
    stands = lifecycle(life, SLOW, day * DAY_MS)
    assert (now[-1].stage, now[-1].since) == (stands.stage, stands.since)
    assert log(life, SLOW, (day + later) * DAY_MS)[: len(now)] == now
    assert all(one.stage != two.stage for one, two in pairwise(now))


@pytest.mark.parametrize("overruled", [False, True])
def test_the_customer_profile_carries_the_log(api: Api, store: Store, overruled: bool) -> None:
    crm = {"lifecycle": "lapsed", "lifecycle_at": ago(days=2) / 1000} if overruled else {}
    put(store, "customers", [customer(api.site, "c-1", order("o-1", ago(days=20), 10), **crm)])
    stage = api.get("/v1/customers/c-1")["lifecycle"]
    assert [change["stage"] for change in stage["log"]] == ["prospect", "new", *(["lapsed"] if overruled else [])]
    assert stage["log"][-1] == {"stage": stage["stage"], "since": stage["since"], "source": stage["source"],
                                "because": "the CRM says so" if overruled else "the first order"}  # fmt: skip
