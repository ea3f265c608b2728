"""Why a session counts as what it does: each sentence with its number."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from profiles import evidence
from tracker.purpose import model

NOTHING: dict[str, Any] = {
    "purchases": [], "checkout_stage": "", "checkout_steps": 0, "cart_added": Decimal(0), "cart_removed": Decimal(0), "product_views": 0,
    "products_touched": 0, "category_views": 0, "searches": [], "promotion_clicks": 0, "editorial_views": 0, "editorial_ms": 0, "page_views": 0,
    "engaged_ms": 0, "earlier_sessions": 0, "products": [], "cart_items": [], "channel": "direct", "customer_id": "", "purpose_model": "another-1",
}  # fmt: skip


@pytest.mark.parametrize(("figures", "sentence"), [
    ({"editorial_views": 4, "editorial_ms": 360_000}, "4 editorials read 6 min, no product touched"),
    ({"purchases": [{}]}, "bought: 1 order"),
    ({"cart_added": Decimal("2.000"), "cart_removed": Decimal(1), "cart_items": [{"quantity": Decimal(1)}]},
     "put 2 units in the cart, took 1 unit out"),
    ({"cart_added": Decimal("0.500")}, "put 0.5 units in the cart"),
    ({"checkout_stage": "payment", "checkout_steps": 3}, "reached the payment in 3 checkout steps"),
    ({"product_views": 5, "products_touched": 2}, "5 product views, 2 products touched"),
    ({"product_views": 1}, "1 product view, none touched"),
    ({"products_touched": 1}, "1 product touched, none opened"),
    ({"cart_added": Decimal(1), "cart_removed": Decimal(1)}, "put 1 unit in the cart, took 1 unit out, so that it was empty"),
    ({"cart_items": [{"quantity": Decimal("1.500")}]}, "came with 2 units still in the cart from an earlier visit"),
    ({"products": [{"category": "coffee", "views": 1}, {"category": "tea", "views": 2}, {"category": "milk", "views": 0}]},
     "products of 2 categories, none put in the cart"),
    ({"customer_id": "c-1"}, "1 customer known by name"),
    ({"channel": "email"}, "came from 1 e-mail"),
    ({"channel": "social"}, "came from 1 social network"),
    ({"searches": ["a", "b"]}, "searched 2 times, no product opened"),
    ({"page_views": 1, "engaged_ms": 12_400}, "1 page in 12 s of attention"),
    ({"earlier_sessions": 1}, "1 earlier visit the same day"),
    ({}, "nothing but the visit itself was observed"),
])  # fmt: skip
def test_a_figure_becomes_a_sentence(figures: dict[str, Any], sentence: str) -> None:
    assert evidence.purpose(NOTHING | figures) == [sentence]


OURS = NOTHING | {"purpose_model": model().name}


def test_the_weightiest_sentence_comes_first() -> None:
    told = evidence.purpose(OURS | {"purchases": [{}], "page_views": 3, "product_views": 2})
    assert [sentence.split()[0] for sentence in told] == ["bought:", "2", "3"]


def test_a_sentence_says_what_it_counts_for_in_the_model_that_scored_the_session() -> None:
    cart = {"cart_added": Decimal(2), "cart_items": [{"quantity": Decimal(2)}]}
    [piece] = [piece for piece in model().pieces if piece.figure == "cart_added"]
    assert evidence.purpose(OURS | cart) == [f"put 2 units in the cart (purchase +{piece.of(2)})"]
    assert evidence.purpose(NOTHING | cart) == ["put 2 units in the cart"]


def test_what_the_sentences_count_for_is_all_there_is() -> None:
    told = {name for statement in evidence.STATEMENTS for name in statement.figures}
    assert told == {piece.figure for piece in model().pieces} == set(evidence.figures(NOTHING))
    assert sum(len(statement.figures) for statement in evidence.STATEMENTS) == len(told)
