"""Why a session counts as what it does: each sentence with its number."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from profiles import evidence

NOTHING: dict[str, Any] = {
    "purchases": [], "checkout_stage": "", "checkout_steps": 0, "cart_added": Decimal(0), "cart_removed": Decimal(0), "product_views": 0,
    "products_touched": 0, "category_views": 0, "searches": [], "promotion_clicks": 0, "editorial_views": 0, "editorial_ms": 0, "page_views": 0,
    "engaged_ms": 0, "earlier_sessions": 0,
}  # fmt: skip


@pytest.mark.parametrize(("figures", "sentence"), [
    ({"editorial_views": 4, "editorial_ms": 360_000}, "4 editorials read 6 min, no product touched"),
    ({"purchases": [{}]}, "bought: 1 order"),
    ({"cart_added": Decimal("2.000"), "cart_removed": Decimal(1)}, "put 2 units in the cart, took 1 unit out"),
    ({"cart_added": Decimal("0.500")}, "put 0.5 units in the cart"),
    ({"checkout_stage": "payment", "checkout_steps": 3}, "reached the payment in 3 checkout steps"),
    ({"product_views": 5, "products_touched": 2}, "5 product views, 2 products touched"),
    ({"product_views": 1}, "1 product view, none touched"),
    ({"searches": ["a", "b"]}, "searched 2 times"),
    ({"page_views": 1, "engaged_ms": 12_400}, "1 page in 12 s of attention"),
    ({"earlier_sessions": 1}, "1 earlier visit the same day"),
    ({}, "nothing but the visit itself was observed"),
])  # fmt: skip
def test_a_figure_becomes_a_sentence(figures: dict[str, Any], sentence: str) -> None:
    assert evidence.purpose(NOTHING | figures) == [sentence]


def test_the_weightiest_sentence_comes_first() -> None:
    told = evidence.purpose(NOTHING | {"purchases": [{}], "page_views": 3, "product_views": 2})
    assert [sentence.split()[0] for sentence in told] == ["bought:", "2", "3"]
