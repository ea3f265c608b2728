"""Readiness against what really happened: orders of CDNOW's customers within seven days, and of REES46's within the hour.

Every fifth person is held out: the points were fitted on the others (this module prints the fit beside what profiles/readiness.py says).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from profiles import readiness as model
from profiles.lifecycle import DAY_MS
from tests.bench import cdnow, rees46
from tests.bench.cdnow import Alike, Counts
from tests.bench.figures import Figures, Options
from tests.bench.logistic import auc, fit

NOW_MS = 10_000 * DAY_MS
CUTS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0)  # of the calibration table
BG_NBD = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}  # weeks; Fader, Hardie and Lee (2005), on these customers


def run(options: Options) -> Figures:
    figures = Figures()
    alike, bought = cdnow.counts(held_out=True)
    kinds = list(alike)
    told, of, yes = [probability(kind) for kind in kinds], [alike[kind] for kind in kinds], [bought[kind] for kind in kinds]
    figures.set("auc", auc(told, yes, of))
    figures.set("auc_bgnbd", auc([bg_nbd(kind) for kind in kinds], yes, of))
    figures.set("base_rate", sum(yes) / sum(of))
    rows = calibration(told, yes, of)
    figures.set("worst_bin", max(abs(said - was) for said, was, of_bin, _ in rows if of_bin >= 1000))
    figures.remark(f"CDNOW, held-out customers: {sum(of):,} moments, {sum(yes):,} with an order within {model.HORIZON_DAYS} days")
    show(rows)
    figures.remark("to fit again: " + ", ".join(f"{name} {weight:+.2f}" for name, weight in refit(cdnow.counts(held_out=False)).items()))
    shop_now(figures)
    return figures


def probability(kind: Alike) -> float:
    """What the product says of somebody of whom nothing but orders is known."""
    silent, order_days, between, _ = kind
    last = NOW_MS - silent * DAY_MS
    before = [last - DAY_MS * (between - each) for each in range(order_days - 1)] if order_days > 1 else []
    score = model.readiness(model.Facts([*before, last], is_seen=False), NOW_MS).score
    assert score is not None
    return score


def bg_nbd(kind: Alike) -> float:
    """Alive, times the rate of orders: the standard model of repeated buying, with its published parameters."""
    _, order_days, between, age = kind
    again, seen, known = order_days - 1, between / 7, age / 7
    r, alpha, a, b = BG_NBD.values()
    gone = a / (b + again - 1) * ((alpha + known) / (alpha + seen)) ** (r + again) if again else 0.0
    return (r + again) / (alpha + known) / (1 + gone)


def calibration(told: Sequence[float], yes: Sequence[int], of: Sequence[int]) -> list[tuple[float, float, int, int]]:
    """Per bin of CUTS: said on average, how many ordered, of how many, orders."""
    bins: dict[float, list[float]] = {}
    for said, bought, all_ in zip(told, yes, of, strict=True):
        found = bins.setdefault(next(cut for cut in CUTS if said <= cut), [0.0, 0, 0])
        found[0], found[1], found[2] = found[0] + said * all_, found[1] + bought, found[2] + all_
    return [(said / all_, bought / all_, int(all_), int(bought)) for _, (said, bought, all_) in sorted(bins.items())]


def show(rows: Sequence[tuple[float, float, int, int]]) -> None:
    table = Table("said", "ordered", "moments", "orders", title="calibration, held-out customers", title_justify="left")
    for said, was, of, yes in rows:
        table.add_row(f"{said:.2%}", f"{was:.2%}", f"{of:,}", f"{yes:,}")
    Console().print(table)


def refit(counts: Counts) -> dict[str, float]:
    """The points as the data gives them, by the names of the product's tables."""
    together: Counter[tuple[int, int]] = Counter()
    happened: Counter[tuple[int, int]] = Counter()
    for kind, of in counts[0].items():
        key = place(model.LAST_ORDER, kind[0]), place(model.ORDER_DAYS, kind[1])
        together[key] += of
        happened[key] += counts[1][kind]
    keys = sorted(together)
    features = np.array([[1.0, *row(key)] for key in keys])
    weights = fit(features, np.array([happened[key] for key in keys], float), np.array([together[key] for key in keys], float))
    tables = {"LAST_ORDER": model.LAST_ORDER, "ORDER_DAYS": model.ORDER_DAYS}
    names = ["BASE", *(f"{name}[{at}]" for name, table in tables.items() for at in range(1, len(table)))]
    return dict(zip(names, weights.tolist(), strict=True))


def place(table: model.Table, measure: float) -> int:
    return next(at for at, (limit, _) in enumerate(table) if measure <= limit)


def row(key: tuple[int, int]) -> list[float]:
    """1 in the column of its bin; the first bin of each table is where one starts from."""
    made = [0.0] * (len(model.LAST_ORDER) + len(model.ORDER_DAYS) - 2)
    for at, offset in ((key[0], -1), (key[1], len(model.LAST_ORDER) - 2)):
        if at:
            made[at + offset] = 1.0
    return made


def shop_now(figures: Figures) -> None:
    """What a cart says while its owner is in the shop."""
    known = rees46.weights(held_out=False)
    figures.remark("REES46, who was here within the hour, an order in the rest of the window, log-odds: "
                   + ", ".join(f"{name} {weight:+.2f}" for name, weight in known.items()))  # fmt: skip
    told, yes, of = rees46.judged(known)
    figures.set("auc_shop_now", auc(told, yes, of))
    share = rees46.without_order()
    figures.set("base_without_order", math.log(share / (1 - share)))
    figures.remark(f"REES46, held-out users: {sum(of):,} moments, {sum(yes):,} with an order; of those without order and cart {share:.2%} ordered")
