"""The points of purpose.toml that are said to rest on data are those that the data give; nothing is judged by what leaks the answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from sklearn.metrics import roc_auc_score

from tests.bench import purpose, purpose_data
from tests.bench.purpose_fit import REES46, UCI, Steps, probability, shipped
from tracker.purpose import model


def test_points_that_rest_on_data_are_what_the_data_say() -> None:
    says = purpose.data_says()
    assert says["REES46"].pop("start") == [model().start["purchase"]]
    told = {(piece.rests_on, piece.figure): list(piece.points) for piece in model().pieces if piece.rests_on in says}
    assert told == {(name, figure): points for name, found in says.items() for figure, points in found.items() if figure != "is_new"}
    assert {figure for _, figure in told} == (UCI | REES46).keys() - {"is_new"}


def test_no_model_is_given_what_is_made_from_later_orders_or_from_everybodys_visits() -> None:
    used = set(purpose_data.COUNTS + purpose_data.CLASSES) | purpose.GIVEN.keys() | UCI.keys()
    assert used & {"PageValues", "BounceRates", "ExitRates", "Revenue", "bought"} == set()


def test_the_points_tell_buyers_apart_on_visits_they_have_not_seen() -> None:
    visits = purpose_data.with_classes(purpose_data.uci())
    form = purpose.GIVEN | dict.fromkeys(purpose_data.class_columns(visits), Steps((1,), 0))
    found = purpose.crossed(visits, purpose.folds(visits), purpose.fitted(form))
    assert roc_auc_score(visits["bought"], found) > 0.74  # logistic regression: 0.710, gradient boosting: 0.760


def test_a_moment_knows_nothing_of_what_comes_after_it() -> None:
    moments = purpose_data.rees46()
    whole = moments.groupby("visit")
    for figure in ("product_views", "cart_added", "attention_min"):
        assert (whole[figure].diff().dropna() >= 0).all()
    first = moments[moments["event"] == 1]
    assert (first["product_views"] + first["cart_added"] == 1).all()
    assert moments["bought"].mean() == pytest.approx(0.043, abs=0.001)


def test_what_is_put_in_the_cart_is_bought_about_as_often_as_the_score_says() -> None:
    moments = purpose_data.rees46()
    carts = moments[moments["event_type"] == "cart"]
    said = probability(shipped(carts, ("cart_added", "wandering", "product_views", "attention_min"))).mean()
    assert said == pytest.approx(carts["bought"].mean(), abs=0.05)


def test_missing_data_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(purpose_data, "DATA", tmp_path)
    with pytest.raises(SystemExit, match=r"online_shoppers_intention\.csv is missing: put the data sets"):
        purpose_data.uci()
