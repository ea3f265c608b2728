"""A cart's own history: who did what to it, when, and which event caused it. The folds by themselves, without a database."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from sessionizer.cart import Horizon
from sessionizer.fold import fold
from sessionizer.history import FIRST_KEPT, LAST_KEPT
from sessionizer.model import Event, Item
from tests.sessionizer.world import HOUR, MINUTE, NOON_MS
from tracker.sites import Site

SITE = Site(name="shop", site_key="pk_shop")
Told = list[tuple[Any, ...]]


def goods(*items: str) -> tuple[Item, ...]:
    return tuple(Item(name, name=name.title(), price=Decimal(10), quantity=Decimal(1)) for name in items)


def event(number: int, kind: str, minute: float, *items: str, visitor: str = "ann", **more: Any) -> Event:
    at_ms = NOON_MS + round(minute * MINUTE)
    return Event(visitor, f"e{number}", kind, at_ms, at_ms + 500, items=goods(*items), **more)


def histories(*events: Event, hours: float = 10) -> list[Told]:
    rows = fold(list(events), SITE, Horizon(NOON_MS + round(hours * HOUR))).carts.values()
    return [[tuple(entry) for entry in json.loads(bytes(row["history"]))] for row in rows]


def history(*events: Event, hours: float = 10) -> Told:
    (told,) = histories(*events, hours=hours)
    return told


def short(told: Told) -> list[tuple[float, str, str, str]]:
    return [((at_ms - NOON_MS) / MINUTE, what, who, event_id) for at_ms, what, who, _, event_id, _ in told]


def test_every_change_says_who_did_it_when_and_by_which_event() -> None:
    told = history(
        event(1, "cart_add", 0, "x1", "x2"), event(2, "cart_remove", 1, "x2"), event(3, "checkout", 2, step=1, step_name="address"),
        event(4, "checkout", 90, step=2, step_name="payment"), hours=2,
    )  # fmt: skip
    assert short(told) == [
        (0, "opened", "visitor", "e1"), (0, "added", "visitor", "e1"), (1, "removed", "visitor", "e2"), (2, "stage", "visitor", "e3"),
        (62, "abandoned", "clock", ""), (90, "returned", "visitor", "e4"), (90, "stage", "visitor", "e4"),
    ]  # fmt: skip
    assert {entry[3] for entry in told if entry[2] == "visitor"} == {"ann"}


def test_price_and_quantity_are_told_as_they_were_then() -> None:
    dearer = (Item("x1", name="Espresso", price=Decimal("12.50"), quantity=Decimal(2)),)
    told = history(event(1, "cart_add", 0, "x1"), Event("ann", "e2", "cart_add", NOON_MS + MINUTE, items=dearer), hours=0.5)
    assert [entry[5]["items"] for entry in told if entry[1] == "added"] == [[["x1", "X1", 10, 1]], [["x1", "Espresso", 12.5, 2]]]


def test_a_snapshot_tells_what_it_put_in_and_what_it_took_out() -> None:
    told = history(event(1, "cart_add", 0, "x1"), event(2, "cart_set", 1, "x2"), hours=0.5)
    assert told[-1][1] == "set"
    assert [(name, units) for name, _, _, units in told[-1][5]["items"]] == [("x1", -1), ("x2", 1)]


def test_a_log_in_tells_whose_the_cart_is_now_or_with_which_other_it_was_united() -> None:
    told = history(
        event(1, "identify", 0, visitor="phone", customer_id="c-1"), event(2, "cart_add", 1, "x1", visitor="phone"),
        event(3, "cart_add", 2, "x2"), event(4, "identify", 3, customer_id="c-1"), hours=0.5,
    )  # fmt: skip
    assert short(told)[-1] == (3, "merged", "customer", "e4")
    assert [what for _, what, _, _ in short(told)] == ["opened", "added", "opened", "added", "merged"]
    alone = history(event(1, "cart_add", 0, "x1"), event(2, "identify", 1, customer_id="c-1"), event(3, "cart_add", 2, "x2"), hours=0.5)
    assert short(alone)[2:] == [(1, "logged_in", "customer", "e2"), (2, "added", "customer", "e3")]


def test_the_ends_are_told_with_the_order_that_made_them() -> None:
    bought = history(event(1, "cart_add", 0, "x1", "x2"), event(2, "order", 1, "x1", order_id="o1"), event(3, "order", 2, "x2", order_id="o2"))
    assert short(bought)[2:] == [(1, "partly_bought", "visitor", "e2"), (2, "bought", "visitor", "e3")]
    emptied = history(event(1, "cart_add", 0, "x1"), event(2, "cart_remove", 1, "x1"))
    assert short(emptied)[-1] == (1, "emptied", "visitor", "e2")
    lost = history(event(1, "cart_add", 0, "x1"), hours=24 * 31)
    assert short(lost)[2:] == [(60, "abandoned", "clock", ""), (30 * 24 * 60, "lost", "clock", "")]


def test_a_recovery_tells_how_with_which_code_and_where_the_rest_went() -> None:
    back = event(2, "page_view", 120, url="https://shop.example/?rc=SPRING-A")
    old, rest = histories(event(1, "cart_add", 0, "x1", "x2"), back, event(3, "order", 130, "x1", order_id="o1", value=Decimal(10)), hours=2.5)
    assert short(old)[2:] == [(60, "abandoned", "clock", ""), (120, "response", "visitor", "e2"), (130, "recovered", "visitor", "e3")]
    assert old[-1][5] | {"items": None} == {"order_id": "o1", "how": "response", "response_code": "SPRING-A", "value": 10, "items": None}
    assert short(rest) == [(130, "opened", "visitor", "e3")]
    assert rest[0][5]["items"] == [["x2", "X2", 10, 1]]


def test_what_becomes_of_the_order_later_is_told_and_changes_no_end() -> None:
    order = (event(1, "cart_add", 0, "x1"), event(2, "order", 1, "x1", order_id="o1", value=Decimal(10)))
    kinds = ((3, "order_updated"), (4, "refund"), (5, "order_cancelled"))
    later = [event(number, kind, number, order_id="o1", source="server", value=Decimal(4)) for number, kind in kinds]
    told = history(*order, *later)
    assert short(told)[3:] == [(3, "order_updated", "server", "e3"), (4, "order_refunded", "server", "e4"), (5, "order_cancelled", "server", "e5")]
    (row,) = fold([*order, *later], SITE, Horizon(NOON_MS + HOUR)).carts.values()
    assert row["state"] == "bought"


def test_a_recovered_cart_stays_recovered_whatever_the_page_says_of_its_order_later() -> None:
    events = [event(1, "cart_add", 0, "x1"), event(2, "order", 120, "x1", order_id="o1", value=Decimal(10))]
    later = [event(3, "refund", 130, order_id="o1"), event(4, "order_cancelled", 140, order_id="o1"), event(5, "refund", 150, order_id="another")]
    (before,) = fold(events, SITE, Horizon(NOON_MS + 5 * HOUR)).carts.values()
    (after,) = fold([*events, *later], SITE, Horizon(NOON_MS + 5 * HOUR)).carts.values()
    assert (after["state"], after["doc"]) == ("recovered", before["doc"])
    assert short(history(*events, *later))[4:] == [(130, "order_refunded", "visitor", "e3"), (140, "order_cancelled", "visitor", "e4")]
    assert (before["item_bought_at"] is None, after["item_bought_at"]) == (False, None)


def test_what_came_before_any_abandonment_did_not_bring_the_owner_back() -> None:
    lead = event(1, "cart_add", 0, "x1", url="https://shop.example/?rc=WELCOME")
    (row,) = fold([lead, event(2, "order", 120, "x1", order_id="o1")], SITE, Horizon(NOON_MS + 3 * HOUR)).carts.values()
    assert (row["state"], row["response_code"]) == ("recovered", "")
    assert json.loads(row["doc"])["recovered"]["how"] == "organic"


def test_of_a_cart_that_a_program_plays_with_the_middle_is_left_out() -> None:
    told = history(*(event(number, "cart_add", number / 100, "x1") for number in range(1000)), hours=0.5)
    assert len(told) == FIRST_KEPT + LAST_KEPT + 1
    assert told[FIRST_KEPT][1:] == ("left_out", "clock", "", "", {"count": 1001 - FIRST_KEPT - LAST_KEPT})
