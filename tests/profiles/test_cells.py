"""Cells: the same person in the same cell for ever, as many in each as was said."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.cells import cell_of, point_of

shares = st.lists(st.integers(0, 1000), min_size=1, max_size=8).filter(any)


@given(st.text(), st.text(), shares)
def test_nobody_falls_into_a_cell_without_a_share(salt: str, person: str, given_shares: list[int]) -> None:
    assert given_shares[cell_of(salt, person, given_shares)] > 0


@given(st.text(), st.text(), shares, st.integers(1, 50))
def test_shares_are_a_ratio(salt: str, person: str, given_shares: list[int], times: int) -> None:
    assert cell_of(salt, person, given_shares) == cell_of(salt, person, [share * times for share in given_shares])


@given(st.text(), st.text(), st.integers(0, 60), st.integers(0, 40))
def test_who_was_held_out_stays_held_out_when_the_other_cells_change(salt: str, person: str, one: int, more: int) -> None:
    assert (cell_of(salt, person, [10, one, 90 - one]) == 0) is (cell_of(salt, person, [10, 90 - more, more]) == 0)


def test_each_cell_gets_its_share_of_many() -> None:
    found = Counter(cell_of("autumn", f"customer-{number}", [45, 45, 10]) for number in range(20_000))
    assert abs(found[0] - 9000) < 350  # five standard deviations
    assert abs(found[2] - 2000) < 210


def test_two_tests_divide_the_same_people_independently() -> None:
    both = Counter((cell_of("a", str(number), [1, 1]), cell_of("b", str(number), [1, 1])) for number in range(20_000))
    assert all(abs(count - 5000) < 310 for count in both.values())


def test_a_cell_is_a_promise_so_the_points_never_change() -> None:
    assert point_of("rule_1", "c:1") == 15_038_728_288_915_990_049
    assert point_of("a", "bc") != point_of("ab", "c")


@pytest.mark.parametrize("bad", [[], [0, 0], [5, -1]])
def test_shares_that_divide_nothing_are_refused(bad: list[int]) -> None:
    with pytest.raises(ValueError, match="give whole numbers"):
        cell_of("a", "b", bad)
