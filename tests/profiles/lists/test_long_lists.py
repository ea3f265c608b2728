"""A list over more carts than are read in one stretch: everybody once, in the order of ids, wherever many or few are found."""

from __future__ import annotations

import pytest

from profiles.lists import carts
from profiles.lists.subject import MARK_ROWS, Asking
from tests.profiles.lists.world import cart, found, wanted
from tests.profiles.samples import NOW_MS, put
from tracker.sites import Site
from tracker.store import Store

MANY = 60_000
OFTEN, SELDOM = range(20_000), range(20_000, MANY, 4000)


@pytest.fixture
def shop(store: Store, site: Site) -> Site:
    abandoned, row = {*OFTEN, *SELDOM}, cart(site, "", NOW_MS)
    put(store, "carts", [row | {"cart_id": f"k-{each:06}", "state": "abandoned" if each in abandoned else "bought"} for each in range(MANY)])
    return site


@pytest.mark.parametrize(("batch", "after"), [(10_000, ""), (700, "k-018000"), (700, "k-039999"), (50_000, "")])
def test_everybody_comes_once_in_the_order_of_ids(store: Store, shop: Site, batch: int, after: str) -> None:
    ids = (f"k-{each:06}" for each in (*OFTEN, *SELDOM))
    assert list(found(store, shop, wanted("cart", ("state", "is", "abandoned")), batch=batch, after=after)) == [each for each in ids if each > after]


def test_marks_are_in_order_beyond_the_beginning_and_about_as_far_apart_as_is_said(store: Store, shop: Site) -> None:
    marks = carts.marks(Asking(store, shop, wanted("cart").conditions, NOW_MS), "k-030000")
    assert marks == sorted(marks)
    assert marks[0] > "k-030000"
    assert MANY / 2 / MARK_ROWS / 2 < len(marks) < MANY / 2 / MARK_ROWS * 2
