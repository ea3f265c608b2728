"""The Install page tells what the pages told, what is wrong, and what to do about it; nothing where there is nothing."""

from __future__ import annotations

import re

import pytest

from profiles.views.coverage import TROUBLES
from tests.house.tree import ROOT
from tests.profiles_ui.conftest import Ask
from tests.profiles_ui.markup import words
from tests.profiles_ui.world import DAY_MS, HOUR_MS, World
from tracker.ledger import NOTES


def count(world: World, outcome: str, reason: str, events: int = 1, ago: int = HOUR_MS) -> None:
    hour_s = (world.now_ms - ago) // HOUR_MS * 3600
    world.insert("ledger", {"site": world.site, "hour": hour_s, "outcome": outcome, "reason": reason, "events": events})


def view_pages(world: World) -> None:
    """Four page views: two of a product, one of a list, one of neither; and what must not count."""
    with world.at_once():
        for page in ("p1", "p2", "p3", "p4"):
            world.event("page_view", page_id=page)
        for page in ("p1", "p2"):
            world.event("product_view", page_id=page, items=[{"id": "X1"}])
        for page in ("p1", "p3"):
            world.event("content", page_id=page, kind="product", content_id="X2")
        world.event("content", page_id="p4", kind="promotion", content_id="autumn")
        world.event("page_view", page_id="old", ago=8 * DAY_MS)
        world.event("page_view", page_id="feed", source="import")


def test_pages_are_counted_with_and_without_product_data(page: Ask, world: World) -> None:
    view_pages(world)
    shown = words(page("/install"))
    assert "Page views 4 all that the tag saw" in shown
    assert "With a product view 2 50 % · the page is about a product" in shown
    assert "With products in a list 1 25 % · a product was seen, none viewed" in shown
    assert "Without product data 1 25 % · neither of the two" in shown
    assert "If product pages are among those without, mark them" in shown
    assert "Nothing was refused, and no tag had anything to complain of" in shown


def test_pages_that_tell_no_product_at_all_are_told_what_to_do(page: Ask, world: World) -> None:
    world.event("page_view", page_id="p1")
    assert "No page told a product view" in words(page("/install"))


def test_nothing_is_shown_where_nothing_came(page: Ask) -> None:
    assert "in the last 7 days" not in words(page("/install"))


def test_what_tags_report_and_what_was_refused_stands_there_with_a_cure(page: Ask, world: World) -> None:
    for reason, events in (("second_tag", 1), ("price_differs", 12), ("dropped", 1846)):
        count(world, "noted", reason, events)
    count(world, "refused", "origin_refused", 3)
    count(world, "refused", "id_invalid", 2)
    count(world, "accepted", "", 9)
    count(world, "refused", "busy", 5, ago=9 * DAY_MS)
    shown = words(page("/install"))
    assert "The tag is in the page twice 1 page load Take one of the two out" in shown
    assert "Two prices for the same product 12 page loads" in shown
    assert "Given up by the tag’s guard 1,846 events" in shown
    assert "Sent from an address that is not this site’s 3 events If it is yours" in shown
    assert "Refused: id invalid 2 events Open your pages with data-debug" in shown
    assert "busy" not in shown
    assert "all that the tag saw" not in shown


@pytest.mark.parametrize("code", NOTES)
def test_every_code_of_the_tag_has_a_cure_of_its_own(code: str) -> None:
    assert TROUBLES["noted", code][3].endswith(".")


def test_every_reason_with_a_cure_is_one_that_is_given() -> None:
    published = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "api.md").read_text()))
    assert {reason for _, reason in TROUBLES} - published == set()
