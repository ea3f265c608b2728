"""Where a customer stands, by orders and time (docs/sessions.md)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.lifecycle import DAY_MS, RHYTHM_MIN_MS, Life, Rhythm, chapter_at, chapters, lifecycle, site_rhythm
from tracker.clock import iso

MONTHLY, SLOW = Rhythm(30 * DAY_MS, "site"), Rhythm(45 * DAY_MS, "site")


def stages(*order_days: int, until: int, site: Rhythm = SLOW) -> list[tuple[int, str]]:
    """(day, stage) of each chapter that has begun by the day `until`; registered on day 0."""
    life = Life(0, [day * DAY_MS for day in order_days])
    return [(chapter.at_ms // DAY_MS, chapter.stage) for chapter in chapters(life, site) if chapter.at_ms <= until * DAY_MS]


@pytest.mark.parametrize(("order_days", "until", "story"), [
    ((), 1000, [(0, "prospect")]),
    ((10,), 45, [(0, "prospect"), (10, "new"), (40, "active")]),
    ((10,), 200, [(0, "prospect"), (10, "new"), (40, "active"), (55, "at_risk"), (100, "lapsed")]),
    ((10, 35, 60), 70, [(0, "prospect"), (10, "new"), (40, "active"), (60, "loyal")]),
    ((10, 35, 60), 100, [(0, "prospect"), (10, "new"), (40, "active"), (60, "loyal"), (85, "at_risk")]),
    ((10, 200), 250, [
        (0, "prospect"), (10, "new"), (40, "active"), (55, "at_risk"), (100, "lapsed"), (200, "won_back"), (230, "active"), (245, "at_risk"),
    ]),
])  # fmt: skip
def test_the_story_of_a_customer(order_days: tuple[int, ...], until: int, story: list[tuple[int, str]]) -> None:
    assert stages(*order_days, until=until) == story


def test_from_three_orders_on_the_own_rhythm_counts() -> None:
    life = Life(0, [0, 10 * DAY_MS, 20 * DAY_MS, 30 * DAY_MS])
    assert lifecycle(life, Rhythm(365 * DAY_MS, "site"), 45 * DAY_MS).stage == "at_risk"
    assert lifecycle(life, Rhythm(365 * DAY_MS, "site"), 51 * DAY_MS).stage == "lapsed"
    assert lifecycle(life, Rhythm(365 * DAY_MS, "site"), 39 * DAY_MS).stage == "loyal"


def test_two_orders_of_one_evening_make_nobody_late_the_next_morning() -> None:
    life = Life(0, [40 * DAY_MS, 40 * DAY_MS + 60_000, 40 * DAY_MS + 120_000])
    assert chapters(life, MONTHLY)[-1].rhythm.ms == RHYTHM_MIN_MS


def test_a_site_with_few_waits_has_no_rhythm_of_its_own() -> None:
    assert site_rhythm(9, 5 * DAY_MS).whose == "default"
    assert site_rhythm(10, 5 * DAY_MS) == Rhythm(5 * DAY_MS, "site")


def test_each_stage_says_since_when_and_why() -> None:
    told = lifecycle(Life(0, [0]), MONTHLY, 65 * DAY_MS)
    assert (told.stage, told.since, told.source) == ("lapsed", iso(60 * DAY_MS + 1), "derived")
    assert told.evidence == ["1 order, the last 65 days ago", "customers of this site order again within 30 days four times out of five"]
    assert lifecycle(Life(0, []), MONTHLY, 3 * DAY_MS).evidence == ["registered 3 days ago, no order yet"]


def test_the_evidence_tells_of_all_orders_so_far_not_of_those_when_the_stage_began() -> None:
    told = lifecycle(Life(0, [0, 18 * DAY_MS, 20 * DAY_MS]), MONTHLY, 22 * DAY_MS)
    assert (told.stage, told.since) == ("new", iso(0))
    assert told.evidence == ["3 orders, the last 2 days ago", "the first order was less than 30 days ago"]
    assert lifecycle(Life(0, [0, 18 * DAY_MS, 20 * DAY_MS]), MONTHLY, 19 * DAY_MS).evidence[0] == "2 orders, the last 1 day ago"


def test_the_crm_overrules_from_its_own_time_on() -> None:
    life = Life(0, [0], crm_stage="loyal", crm_ms=10 * DAY_MS)
    assert lifecycle(life, MONTHLY, 9 * DAY_MS).source == "derived"
    told = lifecycle(life, MONTHLY, 11 * DAY_MS)
    assert (told.stage, told.source, told.evidence[0]) == ("loyal", "crm", "the CRM says loyal; by the orders it would be new")


@settings(deadline=None)
@given(st.lists(st.integers(0, 2000), max_size=12), st.integers(0, 3000))
def test_chapters_follow_each_other_and_what_comes_later_changes_no_earlier_stage(days: list[int], at_day: int) -> None:
    orders = [day * DAY_MS for day in sorted(days)]
    story = chapters(Life(0, orders), MONTHLY)
    assert [chapter.at_ms for chapter in story] == sorted(chapter.at_ms for chapter in story)
    at_ms = at_day * DAY_MS
    known = chapters(Life(0, [order for order in orders if order <= at_ms]), MONTHLY)
    assert chapter_at(story, at_ms).stage == chapter_at(known, at_ms).stage
