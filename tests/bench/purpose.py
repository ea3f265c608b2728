"""How well purpose-1 tells who will buy, on real visits, beside logistic regression and gradient boosting on the same columns.

in   ../shared/data
out  purpose {auc, ap, auc_logistic, auc_boosting} on UCI, five-fold, and more beside; the calibration and the refitted points as remarks
Every figure is about visits that the model fitted for it has not seen, but for `…_shipped`: those are the points of purpose.toml as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from tests.bench import purpose_data as data
from tests.bench.figures import Figures, Options
from tests.bench.purpose_fit import REES46, UCI, Fitted, Floats, Form, Steps, calibration, fit, probability, shipped
from tracker.purpose import model

FOLDS = 5
# The columns as UCI gives them, in the form of the model: whole points that change at a few steps. Durations in seconds.
# Informational pages and the seconds on account pages are offered to the other two models; here they added nothing.
GIVEN: Form = {
    "Administrative": Steps((1, 2, 3, 5, 8)), "ProductRelated": Steps((2, 4, 7, 10, 15, 20, 30, 50, 80, 120), 0),
    "ProductRelated_Duration": Steps((1, 60, 150, 300, 600, 900, 1500, 2500, 4000), 0), "s_per_product": Steps((1, 10, 20, 30, 40, 55, 80, 120), 0),
}  # fmt: skip
Predict = Callable[[pd.DataFrame, pd.DataFrame], Floats]
Split = Iterator[tuple[Floats, Floats]]


def run(_options: Options) -> Figures:
    figures = Figures()
    on_uci(figures, data.uci())
    on_rees46(figures, data.rees46())
    refitted(figures)
    return figures


def on_uci(figures: Figures, visits: pd.DataFrame) -> None:
    given = data.with_classes(visits)
    form = GIVEN | dict.fromkeys(data.class_columns(given), Steps((1,), 0))
    points = crossed(given, folds(given), fitted(form))
    set_both(figures, "auc", "ap", given, points)
    for name, make in (("logistic", logistic_regression), ("boosting", gradient_boosting)):
        set_both(figures, f"auc_{name}", f"ap_{name}", given, crossed(given, folds(given), learned(make)))
    set_both(figures, "auc_own_figures", "ap_own_figures", given, crossed(given, folds(given), fitted(UCI)))
    set_both(figures, "auc_shipped", "ap_shipped", given, probability(shipped(given, tuple(UCI))))
    figures.set("base_rate", given["bought"].mean())
    figures.remark(f"UCI, {len(given):,} visits: page counts, seconds, visitor type, month, weekend, source; not PageValues, made from later orders")
    figures.remark("auc_own_figures: only what the product weighs (product pages, minutes on them, account pages) and new or returning")
    figures.remark("calibration on UCI, of the points fitted on the other folds:")
    figures.remarks.extend(calibration(points, given["bought"].to_numpy()))


def on_rees46(figures: Figures, moments: pd.DataFrame) -> None:
    """After the first three events, of visits that have not bought by then: will they?"""
    third = moments[moments["event"] == 3].reset_index(drop=True)
    splits = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(third, third["bought"], third["user_id"])
    set_both(figures, "auc_third_event", "ap_third_event", third, crossed(third, splits, on_earlier_visits(moments)))
    given = ("cart_added", "wandering", "product_views", "attention_min")
    set_both(figures, "auc_third_event_shipped", "ap_third_event_shipped", third, probability(shipped(third, given)))
    figures.set("base_rate_third_event", third["bought"].mean())
    buyers = third["bought"].sum()
    figures.remark(f"REES46, {len(third):,} visits after their third event, {buyers} of which bought later: fitted on other people's visits")
    figures.remark("calibration on REES46, of the points as shipped, after the third event:")
    figures.remarks.extend(calibration(probability(shipped(third, given)), third["bought"].to_numpy(), groups=5))
    carts = moments[moments["event_type"] == "cart"]
    figures.remark("… when something was put in the cart:")
    figures.remarks.extend(calibration(probability(shipped(carts, given)), carts["bought"].to_numpy(), groups=1))
    figures.remark("… at every moment before the order, so that who stays long without buying counts often:")
    figures.remarks.extend(calibration(probability(shipped(moments, given)), moments["bought"].to_numpy(), groups=5))


def refitted(figures: Figures) -> None:
    for name, found in data_says().items():
        told = {figure: list(piece.points) for piece in model().pieces for figure in found if piece.figure == figure and piece.rests_on == name}
        figures.remark(f"{name} says {found}; purpose.toml says {told}")


def data_says() -> dict[str, dict[str, list[int]]]:
    """The points of the two data sets, all of their visits used: what purpose.toml has to say."""
    moments = data.told_apart(data.rees46())
    beside = ("product_views", "attention_min")  # UCI's word on these is given; REES46 says the rest
    uci, rees46 = fit(data.uci(), UCI), fit(moments, REES46, shipped(moments, beside) - model().start["purchase"])
    return {"UCI": uci.points(), "REES46": rees46.points() | {"start": [rees46.start]}}


# Fitting on some visits and judging others


def folds(frame: pd.DataFrame) -> Split:
    found: Split = StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(frame, frame["bought"])
    return found


def crossed(frame: pd.DataFrame, splits: Split, predict: Predict) -> Floats:
    found = np.zeros(len(frame))
    with threadpool_limits(1):  # the matrices are small: threads would only wait for each other
        for known, unknown in splits:
            found[unknown.astype(int)] = predict(frame.iloc[known], frame.iloc[unknown])
    return found


def fitted(form: Form) -> Predict:
    return lambda known, unknown: probability(fit(known, form).summed(unknown))


def on_earlier_visits(moments: pd.DataFrame) -> Predict:
    """Fitted on all moments of the people in the training part, so that the model is the product's and not one for third events."""
    form = REES46 | {"attention_min": UCI["attention_min"]}

    def predict(known: pd.DataFrame, unknown: pd.DataFrame) -> Floats:
        theirs = data.told_apart(moments[moments["user_id"].isin(known["user_id"])])
        found: Fitted = fit(theirs, form)
        return probability(found.summed(unknown))

    return predict


def learned(make: Callable[[], object]) -> Predict:
    def predict(known: pd.DataFrame, unknown: pd.DataFrame) -> Floats:
        columns = ColumnTransformer(
            [("n", StandardScaler(), list(data.COUNTS)), ("c", OneHotEncoder(handle_unknown="ignore"), list(data.CLASSES))], sparse_threshold=0
        )
        pipeline: Pipeline = make_pipeline(columns, make())
        pipeline.fit(known, known["bought"])
        found: Floats = pipeline.predict_proba(unknown)[:, 1]
        return found

    return predict


def logistic_regression() -> object:
    return LogisticRegression(max_iter=2000)


def gradient_boosting() -> object:
    return GradientBoostingClassifier(random_state=0)


def set_both(figures: Figures, auc: str, ap: str, frame: pd.DataFrame, found: Floats) -> None:
    happened = frame["bought"].to_numpy()
    figures.set(auc, roc_auc_score(happened, found))
    figures.set(ap, average_precision_score(happened, found))
