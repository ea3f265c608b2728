"""docs/purpose.md tells the points that the product counts with."""

from __future__ import annotations

import re

from tests.bench.purpose_data import CLASSES, COUNTS
from tests.house.purpose import PAGE, TABLE, made, table
from tracker.purpose import logistic, model

TEXT = PAGE.read_text()


def test_the_table_of_points_is_the_one_of_the_code() -> None:
    assert TABLE.search(TEXT), "docs/purpose.md has lost its markers"
    assert made(TEXT) == TEXT, "run make docs"
    assert table().count("\n") == len(model().pieces) + len(model().start) + 2


def test_every_figure_that_is_told_of_is_counted_and_the_other_way_round() -> None:
    assert set(model().figures) == {piece.figure for piece in model().pieces}


def test_the_example_is_reckoned_as_the_product_does() -> None:
    example = re.search(r"```\n(.*?)```", TEXT, re.S)
    assert example
    figures = dict.fromkeys(model().figures, 0) | {name: int(number) for name, number in re.findall(r"^(\w+) = (\d+)", example[1], re.M)}
    points, scores = model().points(figures), model().scores(figures)
    total = model().start["purchase"] + points["purchase"]
    assert f"purchase {total:+d}, so {logistic(total):.2f}" in example[1]
    for side in ("purchase", "browsing", "information"):
        assert f"{side} {getattr(scores, side):.2f}" in example[1]


def test_the_columns_that_are_compared_are_named() -> None:
    assert [name for name in (*COUNTS, *CLASSES, "PageValues", "BounceRates", "ExitRates") if f"`{name}`" not in TEXT] == []
