"""A person corrects what a session was for, and the quality page tells how often that happens."""

from __future__ import annotations

import pytest

from tests.profiles_ui.conftest import SAME, Ask, Browser, House
from tests.profiles_ui.markup import words
from tests.profiles_ui.world import HOUR_MS, World


def say(browser: Browser, session_id: str, label: str) -> int:
    return browser.post(f"/sessions/{session_id}/purpose", data={"label": label}, headers=SAME).status_code


def test_what_a_person_says_stands_beside_what_the_model_says(admin: Browser, house: House, page: Ask, world: World) -> None:
    session_id = world.session()
    assert "A person says" not in words(page(f"/sessions/{session_id}"))
    assert say(admin, session_id, "purchase") == 303
    shown = words(page(f"/sessions/{session_id}"))
    assert "A person says: purchase a local admin, today 03:00" in shown
    assert shown.index("browsing 0.80") < shown.index("A person says")
    assert say(house.by_key(), session_id, "browsing") == 303
    assert "A person says: browsing , as the model does the key sk_" in words(page(f"/sessions/{session_id}"))


def test_it_can_be_taken_back(admin: Browser, page: Ask, world: World) -> None:
    session_id = world.session()
    say(admin, session_id, "purchase")
    assert say(admin, session_id, "") == 303
    assert "A person says" not in words(page(f"/sessions/{session_id}"))


@pytest.mark.parametrize(("path", "label", "status"), [("{}", "fun", 400), ("none", "purchase", 404)])
def test_what_cannot_be_said_is_refused_in_words(admin: Browser, page: Ask, world: World, path: str, label: str, status: int) -> None:
    session_id = world.session()
    assert say(admin, path.format(session_id), label) == status
    assert "A person says" not in words(page(f"/sessions/{session_id}"))


def test_neither_a_stranger_nor_another_website_nor_another_shop_can_correct(admin: Browser, house: House, page: Ask, world: World) -> None:
    session_id = world.session()
    house.deps.registry.add_site(f"{house.site.name}-2", ["https://two.example"])
    assert say(house.browser(), session_id, "purchase") == 303  # to the log-in
    assert say(house.by_key(site=f"{house.site.name}-2"), session_id, "purchase") == 404
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert admin.post(f"/sessions/{session_id}/purpose", data={"label": "purchase"}, headers=foreign).status_code == 403
    assert "A person says" not in words(page(f"/sessions/{session_id}"))


def test_the_quality_page_shows_how_often_persons_agree(admin: Browser, page: Ask, world: World) -> None:
    assert "Nobody has judged a session yet" in words(page("/quality"))
    for number, label in enumerate(("browsing", "browsing", "purchase")):
        say(admin, world.session(visitor_id=f"v-{number}", ago=number * HOUR_MS + HOUR_MS), label)
    shown = words(page("/quality"))
    assert "Of 3 sessions that a person judged, the model said the same of 2: 67 %." in shown
    assert "purchase – – – browsing 1 2 – information – – –" in shown


def test_the_quality_page_tells_of_repetitions_and_robots(page: Ask, world: World) -> None:
    for _ in range(3):
        world.event("page_view", event_id="e-1")
    world.event("page_view")
    world.session()
    world.session(visitor_id="v-2", quarantine_reason="webdriver")
    shown = words(page("/quality"))
    assert "Events 2 each counted once Came again 2 left out Sessions 2 robots and people Of these robots 1 1: a program drives the browser" in shown


def test_the_quality_page_tells_what_became_of_every_event(page: Ask, world: World) -> None:
    assert "Nothing has arrived yet" in words(page("/quality"))
    for outcome, reason, events in (("received", "", 1200), ("accepted", "", 1190), ("refused", "id_invalid", 10), ("stored", "", 1190)):
        world.insert("ledger", {"site": world.site, "hour": world.now_ms // 3_600_000 * 3600, "outcome": outcome, "reason": reason, "events": events})
    shown = words(page("/quality"))
    assert "Every one of 1,200 events is accounted for" in shown
    assert "Refused 10 id invalid: 10" in shown
    world.insert("ledger", {"site": world.site, "hour": 3600, "outcome": "accepted", "reason": "", "events": 7})
    assert "14 events cannot be accounted for" in words(page("/quality"))
