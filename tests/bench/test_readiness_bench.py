"""The points of readiness are what real orders give, and say of people who were held out what then happened."""

from __future__ import annotations

import pytest

from profiles import readiness as model
from tests.bench import cdnow, rees46
from tests.bench import readiness as bench
from tests.bench.figures import Options
from tests.bench.logistic import auc


def test_the_points_for_orders_are_those_that_real_customers_give() -> None:
    found = bench.refit(cdnow.counts(held_out=False))
    shipped = [model.BASE, *(points for _, points in model.LAST_ORDER[1:]), *(points for _, points in model.ORDER_DAYS[1:])]
    assert list(found.values()) == pytest.approx(shipped, abs=0.01)


def test_of_customers_held_out_as_many_ordered_as_was_said() -> None:
    figures = bench.run(Options()).keys
    assert figures["auc"] > 0.79
    assert figures["auc"] > figures["auc_bgnbd"] - 0.01
    assert figures["worst_bin"] < 0.02
    assert figures["base_without_order"] == pytest.approx(model.BASE_WITHOUT_ORDER, abs=0.01)


def test_a_cart_in_a_real_shop_says_more_than_the_product_takes_it_for() -> None:
    assert rees46.weights(held_out=False)["cart"] > max(points for _, points in model.CART)


def test_the_area_under_the_curve_counts_pairs() -> None:
    assert auc([0.1, 0.9], [0, 1], [1, 1]) == 1
    assert auc([0.5, 0.5], [0, 1], [1, 1]) == 0.5
    assert auc([0.2, 0.4, 0.6], [1, 0, 2], [2, 2, 2]) == pytest.approx((0.5 + 6) / 9)
