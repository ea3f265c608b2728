"""The statistics of the report, held to the paper they come from, to scipy, and to many trials of a world whose truth is known."""

from __future__ import annotations

import random

import pytest
from scipy import stats

from profiles.campaigns import uplift
from profiles.campaigns.uplift import Amounts, Share


@pytest.mark.parametrize(("one", "other", "low", "high"), [
    ((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926), ((0, 10), (0, 20), -0.1611, 0.2775), ((0, 10), (0, 10), -0.2775, 0.2775),
    ((10, 10), (0, 20), 0.6791, 1.0), ((10, 10), (0, 10), 0.6075, 1.0),
])  # fmt: skip
def test_the_interval_of_two_shares_is_that_of_newcombes_table(one: tuple[int, int], other: tuple[int, int], low: float, high: float) -> None:
    assert uplift.newcombe(Share(*one), Share(*other)) == pytest.approx((low, high), abs=0.00006)


@pytest.mark.parametrize(("count", "people"), [(0, 7), (7, 7), (3, 50), (120, 900), (1, 100_000)])
def test_the_interval_of_one_share_is_wilsons(count: int, people: int) -> None:
    known = stats.binomtest(count, people).proportion_ci(0.95, method="wilson")
    assert uplift.wilson(Share(count, people)) == pytest.approx((known.low, known.high), abs=1e-9)


@pytest.mark.parametrize("freedom", [5, 7.3, 12, 29, 58.4, 1000])
def test_the_point_of_students_t_is_right_to_a_thousandth(freedom: float) -> None:
    assert uplift.student(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=0.001)


def test_the_interval_of_two_means_is_welchs() -> None:
    chance = random.Random(7)
    one = [chance.expovariate(0.02) if chance.random() < 0.2 else 0.0 for _ in range(400)]
    other = [chance.expovariate(0.03) if chance.random() < 0.1 else 0.0 for _ in range(60)]
    known = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    assert uplift.welch(amounts(one), amounts(other)) == pytest.approx((known.low, known.high), rel=0.001)


def amounts(paid: list[float]) -> Amounts:
    return Amounts(len(paid), sum(1 for each in paid if each), sum(paid), sum(each**2 for each in paid))


def test_so_many_people_are_needed_as_the_book_says() -> None:
    """20 % against 30 %, 5 % and 80 %: 293 in each of two cells of the same size (Fleiss, without the correction for continuity)."""
    assert uplift.still_needed(Share(20, 100), Share(30, 100)) == pytest.approx(2 * 293 - 200, abs=2)
    assert uplift.still_needed(Share(10, 100), Share(10, 100)) is None


@pytest.mark.parametrize(("cell", "hold_out", "verdict"), [
    ((120, 900), (5, 100), "more"), ((50, 900), (14, 100), "fewer"), ((30, 900), (1, 100), "too_early"), ((92, 900), (10, 100), "too_early"),
    ((0, 900), (0, 100), "too_early"), ((900, 900), (100, 100), "too_early"), ((5, 10), (0, 0), "too_early"), ((3, 4), (0, 4), "too_early"),
])  # fmt: skip
def test_nothing_is_said_before_its_time(cell: tuple[int, int], hold_out: tuple[int, int], verdict: str) -> None:
    found = uplift.of_shares(Share(*cell), Share(*hold_out))
    assert found.verdict == verdict
    assert found.needed is None or (found.verdict == "too_early" and found.needed > 0)


def test_too_few_people_are_told_how_many_are_missing() -> None:
    """2 of 100 ordered, a tenth is held out: 5 are expected there from 2,500 people on."""
    assert uplift.people_short(Share(18, 900), Share(2, 100)) == 1500
    assert uplift.people_short(Share(45, 2250), Share(5, 250)) == 0
    found = uplift.of_shares(Share(18, 900), Share(2, 100))
    assert (found.verdict, found.needed) == ("too_early", 1500)
    assert uplift.of_shares(Share(0, 900), Share(0, 100)).needed is None


def test_a_mean_of_few_payers_is_too_early_however_far_apart() -> None:
    few, many = amounts([500.0] * 29 + [0.0] * 10), amounts([5.0] * 40 + [0.0] * 10)
    assert uplift.of_means(few, many).verdict == "too_early"
    assert uplift.of_means(amounts([500.0, 501.0] * 20), many).verdict == "more"


def test_where_a_letter_does_nothing_an_uplift_is_seen_in_about_one_of_twenty_looks() -> None:
    chance = random.Random(11)
    seen = sum(
        uplift.of_shares(Share(binomial(chance, 900, 0.1), 900), Share(binomial(chance, 300, 0.1), 300)).verdict != "too_early" for _ in range(400)
    )
    assert 5 <= seen <= 35


def binomial(chance: random.Random, people: int, rate: float) -> int:
    return sum(chance.random() < rate for _ in range(people))
