"""The page by which the cut-off is chosen: real figures of the site, honest where there are few."""

from __future__ import annotations

from typing import Any

from tests.profiles_ui.conftest import Ask
from tests.profiles_ui.markup import words
from tests.profiles_ui.world import HOUR_MS, MINUTE_MS, NOW_MS, World

OPENED_MS = NOW_MS - 48 * HOUR_MS


def lay(world: World, *minutes: int, end: str = "", how: str = "", **known: Any) -> None:
    """A cart touched at these minutes after it was opened; the last one is its end, if it has one."""
    touches = [[OPENED_MS + minute * MINUTE_MS, "added", "visitor", "v-1", "e", {}] for minute in (0, *minutes)]
    closed = (OPENED_MS + minutes[-1] * MINUTE_MS) / 1000 if end else None
    doc = {"recovered": {"at": "", "order_id": "o", "how": how, "value": 1} if how else None}
    world.cart(state=end or "abandoned", history=touches, opened_at=OPENED_MS / 1000, closed_at=closed, doc=doc, **known)


def test_without_carts_the_page_teaches(page: Ask) -> None:
    shown = words(page("/carts/cutoff"))
    assert "No cart lay untouched for 1 h yet" in shown
    assert "Nothing to choose by yet" in shown


def test_each_cut_off_says_who_would_have_been_on_a_list_and_who_bought_by_themselves(page: Ask, world: World) -> None:
    with world.at_once():
        lay(world, 5, end="bought")
        lay(world, 25, 30, end="bought")
        lay(world, 90, end="recovered", how="organic")
        lay(world, 90, end="recovered", how="response")
        lay(world, 180, 200)
    shown = words(page("/carts/cutoff"))
    assert "33 % of the carts that lay untouched for 1 h were bought later without any message" in shown
    assert "Fewer than 30 carts lay that long" in shown
    assert "20 min 4 2 50 %" in shown
    assert "1 h now 3 1 33 %" in shown
    assert "2 h 1 0 0 %" in shown
    assert "1 bought after a message · 1 lies still" in shown
    assert "less than 10 min 33 % ; 1 cart" in shown
    assert "1 cart beyond 1 h lies still" in shown


def test_the_carts_of_robots_and_those_without_a_history_are_not_counted(page: Ask, world: World) -> None:
    world.session(visitor_id="robot", quarantine_reason="rate", ago=40 * HOUR_MS)
    lay(world, 90, end="bought", visitor_ids=["robot"])
    world.cart()
    assert "Nothing to choose by yet" in words(page("/carts/cutoff"))


def test_the_list_of_carts_leads_to_it(page: Ask) -> None:
    assert '<a href="/carts/cutoff">When is a cart abandoned?</a>' in page("/carts")
