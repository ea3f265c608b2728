"""Why they came (docs/purpose.md): what the points of purpose.toml make of a visit, alone and through the whole sessionizer."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from profiles import evidence
from tests.sessionizer.world import Row, Visitor, World
from tracker.purpose import SIDES, Figures, model
from tracker.sites import Site
from tracker.store import Store

MODEL = model()
FIGURES = sorted({piece.figure for piece in MODEL.pieces})
RISING = ("bought", "payment", "checkout_steps", "cart_added", "cart_before", "product_views", "attention_min", "products_touched", "searches")
anything = st.fixed_dictionaries({figure: st.integers(0, 12) for figure in FIGURES})


def more_in_the_cart(figures: Figures) -> Figures:
    """The same visit, after one more unit was put in the cart: it is not empty, and nobody strolls with their hands full."""
    return {**figures, "cart_added": figures["cart_added"] + 1, "cart_emptied": 0, "wandering": 0}


# The points alone


@given(anything)
def test_the_three_scores_are_shares_of_one(figures: Figures) -> None:
    scores = MODEL.scores(figures)
    assert scores.information + scores.browsing + scores.purchase == pytest.approx(1, abs=1e-9)
    assert min(scores.information, scores.browsing, scores.purchase) >= 0


@given(anything)
def test_adding_to_the_cart_never_lowers_purchase(figures: Figures) -> None:
    assert MODEL.scores(more_in_the_cart(figures)).purchase >= MODEL.scores(figures).purchase


@given(anything, st.sampled_from(RISING))
def test_more_of_what_buyers_do_never_lowers_purchase(figures: Figures, figure: str) -> None:
    assert MODEL.scores({**figures, figure: figures[figure] + 1}).purchase >= MODEL.scores(figures).purchase


@given(anything, st.sampled_from(("editorial_views", "editorial_min")))
def test_more_reading_never_lowers_information_nor_touches_purchase(figures: Figures, figure: str) -> None:
    before, after = MODEL.scores(figures), MODEL.scores({**figures, figure: figures[figure] + 1})
    assert after.information >= before.information
    assert after.purchase == before.purchase


def test_points_are_whole_numbers_that_change_in_one_direction() -> None:
    for piece in MODEL.pieces:
        assert piece.points[0] == 0, f"{piece.figure} speaks where there is nothing"
        assert list(piece.points) in (sorted(piece.points), sorted(piece.points, reverse=True)), piece.figure
        assert {type(points) for points in piece.points} == {int}
        assert piece.rests_on in ("REES46", "UCI", "judgement", "rule")


# Through the sessionizer

ACTS: dict[str, Callable[[Visitor, int], Any]] = {
    "view": lambda v, n: v.view("/p?utm_medium=email" if n > 7 else f"/p/{n}", referrer="https://www.facebook.com/" if n == 0 else ""),
    "read": lambda v, n: v.read(n * 100_000),
    "see": lambda v, n: v.see("product", f"X{n % 3}", seen_ms=n * 100, touches=n % 2, category=f"kind {n % 4}"),
    "learn": lambda v, n: v.see("editorial", f"E{n % 3}", seen_ms=n * 50_000),
    "stroll": lambda v, n: v.see(("category", "promotion")[n % 2], f"C{n % 3}", seen_ms=2000, clicks=n % 3),
    "look at": lambda v, n: v.act("product_view", items=[{"id": f"X{n % 5}", "category": f"kind {n % 4}"}]),
    "search": lambda v, n: v.act("search", query=f"q{n}"),
    "add": lambda v, n: v.add(f"X{n % 3}*{n % 2 + 0.5}"),
    "remove": lambda v, n: v.remove(f"X{n % 3}"),
    "check out": lambda v, n: v.checkout(n % 4),
    "order": lambda v, n: v.order(f"o-{v.id}-{n}", *([f"X{n % 3}"] if n % 2 else [])),
    "log in": lambda v, n: v.log_in(f"c-{v.id}"),
    "leave": lambda v, n: v.wait(minutes=40 if n % 2 else 0),
}
visits = st.lists(st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 9)), min_size=1, max_size=12), min_size=30, max_size=30)


def played(world: World, visit: list[tuple[str, int]], name: str) -> Visitor:
    started_ms = world.clock.at_ms
    visitor = world.visitor(name).view()
    for act, number in visit:
        visitor.wait(seconds=20)
        ACTS[act](visitor, number)
    visitor.wait(seconds=20)
    world.clock.at_ms, left_ms = started_ms, world.clock.at_ms
    visitor.act("engagement", engaged_ms=1000, at_ms=left_ms)
    return visitor


@settings(max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # 60 visits each
@given(visits=visits)
def test_every_score_is_that_of_the_points_and_one_more_in_the_cart_lowers_no_purchase(store: Store, visits: Any) -> None:
    world = World(store, Site(name=f"shop-{uuid.uuid4().hex[:8]}", site_key="pk_x")).begin()
    for number, visit in enumerate(visits):
        played(world, [*visit, ("view", 1)], f"v{number}")
        played(world, [*visit, ("view", 1), ("add", 2)], f"v{number} with one more")
    world.tick(hours=12)
    rows = world.sessions()
    for row in rows:
        scores = MODEL.scores(evidence.figures(row))
        stored = [row[f"score_{side}"] for side in ("information", "browsing", "purchase")]
        assert stored == pytest.approx([scores.information, scores.browsing, scores.purchase], abs=1e-6), evidence.purpose(row)
        assert {side: told_for(side, row) for side in SIDES} == MODEL.points(evidence.figures(row))
        assert row["score_" + row["purpose"]] == max(stored)
    last = {row["visitor_id"]: row["score_purchase"] for row in rows}  # the oldest come first
    lowered = [number for number in range(len(visits)) if last[f"v{number} with one more"] < last[f"v{number}"]]
    assert lowered == []
    store.command("DELETE FROM carts WHERE site = {site:String}", site=world.site.name)


def told_for(side: str, row: Row) -> int:
    """The points of all sentences together."""
    return sum(int(points) for sentence in evidence.purpose(row) for points in re.findall(rf"[(, ]{side} ([+-]\d+)", sentence))


def label(world: World) -> str:
    world.tick()
    return str(world.session()["purpose"])


def test_who_reads_four_editorials_came_for_information(world: World) -> None:
    ann = world.visitor()
    for number in range(4):
        ann.view(f"/guide/{number}").see("editorial", f"E{number}", seen_ms=90_000).wait(seconds=90).read(90_000)
    assert label(world) == "information"
    [first, *_] = evidence.purpose(world.session())
    assert first == "4 editorials read 6 min, no product touched (information +27)"


def test_who_looks_at_products_of_several_kinds_came_to_browse(world: World) -> None:
    ann = world.visitor()
    for kind in ("coffee", "tea", "cups"):
        ann.view(f"/{kind}").act("product_view", items=[{"id": kind, "category": kind}]).wait(seconds=30)
    assert label(world) == "browsing"
    assert "products of 3 categories, none put in the cart (purchase -18)" in evidence.purpose(world.session())


def test_who_puts_the_one_product_looked_at_in_the_cart_came_to_buy_while_the_visit_is_still_open(world: World) -> None:
    ann = world.visitor().view("/p/X1").act("product_view", items=[{"id": "X1"}])
    world.tick()
    before = world.session()["score_purchase"]
    ann.wait(seconds=20).add("X1")
    assert label(world) == "purchase"
    assert world.session()["score_purchase"] > before


def test_a_full_cart_waiting_from_an_earlier_visit_speaks_for_buying_and_an_emptied_one_does_not(world: World) -> None:
    ann = world.visitor().view().add("X1*3")
    ann.wait(hours=1).view("/cart").wait(minutes=40)
    ann.view("/cart").wait(seconds=5).remove("X1*3")
    world.tick()
    filled, waiting, emptied = (evidence.figures(row) for row in world.sessions())
    assert (filled["cart_added"], filled["cart_before"]) == (3, 0)
    assert (waiting["cart_before"], waiting["cart_emptied"]) == (3, 0)
    assert (emptied["cart_before"], emptied["cart_emptied"]) == (3, 1)
    scores = [row["score_purchase"] for row in world.sessions()]
    assert scores[0] > scores[1] > scores[2]


def test_who_bought_came_to_buy(world: World) -> None:
    world.visitor().view("/guide").see("editorial", "E1", seen_ms=600_000).wait(minutes=10).order("o-1", value="9.90")
    assert label(world) == "purchase"
    assert world.session()["score_purchase"] > 0.99
