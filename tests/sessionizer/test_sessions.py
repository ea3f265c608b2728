"""Where a session begins and ends (docs/sessions.md)."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from tests.sessionizer.world import DAY, HOUR, MINUTE, NOON_MS, SECOND, World, stamp


def lengths_s(world: World) -> list[float]:
    return [(row["ended_ms"] - row["started_ms"]) / 1000 for row in world.sessions()]


def test_exactly_half_an_hour_of_silence_is_still_the_same_visit(world: World) -> None:
    world.visitor().view("/shoes").wait(minutes=30).view("/hats")
    world.tick()
    assert lengths_s(world) == [1800]


def test_a_millisecond_more_opens_a_new_session(world: World) -> None:
    world.visitor().view("/shoes").wait(minutes=30, ms=1).view("/hats")
    world.tick()
    assert [row["entry_url"] for row in world.sessions()] == ["https://shop.example/shoes", "https://shop.example/hats"]


def test_a_site_may_choose_its_own_gap(world: World) -> None:
    world.sites[world.site.name] = msgspec.structs.replace(world.site, session_gap_s=60)
    world.visitor().view().wait(seconds=60).view().wait(seconds=61).view()
    world.tick()
    assert lengths_s(world) == [60, 0]


def test_midnight_does_not_split(world: World) -> None:
    world.visitor().wait(hours=11, minutes=50).view().wait(minutes=20).view()
    world.tick()
    assert lengths_s(world) == [1200]


@pytest.mark.parametrize("before_ms", [1, 3 * HOUR], ids=["a millisecond before midnight", "the whole gap before midnight"])
@pytest.mark.parametrize("late", [False, True], ids=["the later day is the news", "the earlier day is the news"])
def test_a_visit_over_midnight_is_one_whichever_of_its_days_is_the_news(world: World, before_ms: int, late: bool) -> None:
    world.sites[world.site.name] = msgspec.structs.replace(world.site, session_gap_s=3 * 3600)
    world.pass_time(days=1)
    first_ms = NOON_MS + 12 * HOUR - before_ms
    joined, parted = world.visitor(), world.visitor()
    days = [[(joined, first_ms), (parted, first_ms)], [(joined, first_ms + 3 * HOUR), (parted, first_ms + 3 * HOUR + 1)]]
    for day in reversed(days) if late else days:
        for visitor, at_ms in day:
            visitor.view(at_ms=at_ms)
        world.tick()
    assert (len(world.sessions(joined)), len(world.sessions(parted))) == (1, 2)


def test_a_run_of_exactly_a_day_stays_whole(world: World) -> None:
    ann = world.visitor()
    for _ in range(96):
        ann.view().wait(minutes=15)
    ann.view()
    world.tick()
    assert lengths_s(world) == [86_400]


def test_a_longer_run_is_cut_every_24_hours_from_its_first_event(world: World) -> None:
    ann = world.visitor()
    for _ in range(50 * 4 + 1):
        ann.view().wait(minutes=15)
    world.tick()
    assert lengths_s(world) == [86_400, 86_400 - 900, 7200 - 900]
    assert [row["started_ms"] - NOON_MS for row in world.sessions()] == [0, DAY + 15 * MINUTE, 2 * DAY + 15 * MINUTE]


def test_what_a_server_or_a_consent_says_opens_no_session(world: World) -> None:
    ann = world.visitor().view()
    ann.wait(hours=2).act("consent", props={"state": "granted"})
    world.order_from_server("o-1", visitor_id=ann.id)
    world.tick()
    assert lengths_s(world) == [0]
    assert world.session()["events"] == 1


def test_what_falls_in_the_time_of_a_session_belongs_to_it(world: World) -> None:
    ann = world.visitor().view().wait(minutes=5)
    world.order_from_server("o-1", visitor_id=ann.id, value="19.90", currency="EUR")
    ann.act("consent", props={"state": "granted"}).wait(minutes=5).view()
    world.tick()
    assert world.session()["events"] == 4
    assert [order["order_id"] for order in world.session()["purchases"]] == ["o-1"]


def test_rows_about_a_page_lengthen_its_session_to_the_last_moment_it_was_visible(world: World) -> None:
    world.visitor().view().wait(minutes=12).read(300_000).wait(minutes=20).view()
    world.tick()
    assert lengths_s(world) == [32 * 60]


def test_the_silence_begins_when_the_page_was_last_visible(world: World) -> None:
    world.visitor().view().wait(minutes=29).read(60_000).wait(minutes=30).view()
    world.tick()
    assert lengths_s(world) == [59 * 60]


def test_a_tab_closed_after_two_hours_in_the_background_is_not_a_new_visit(world: World) -> None:
    world.visitor().view().wait(hours=2).read(90_000).see("product", "X1", seen_ms=4000)
    world.tick()
    assert lengths_s(world) == [90]
    assert world.session()["products"][0]["seen_ms"] == 4000


def test_a_page_proves_no_more_time_than_has_passed(world: World) -> None:
    world.visitor().view().wait(minutes=31).read(7_200_000)
    world.tick()
    assert lengths_s(world) == [31 * 60]


def test_rows_about_a_page_belong_to_the_session_of_its_view_even_after_another_has_begun(world: World) -> None:
    ann = world.visitor().view("/long")
    page = ann.page
    ann.wait(hours=1).view("/other").wait(minutes=1).read(40_000, page_id=page)
    world.tick()
    assert [row["engaged_ms"] for row in world.sessions()] == [40_000, 0]


def test_rows_whose_page_view_nobody_saw_stand_by_their_own_time(world: World) -> None:
    world.visitor().read(5000, page_id="lost").wait(minutes=31).see("product", "X1", page_id="lost", seen_ms=2000)
    world.tick()
    assert lengths_s(world) == [0, 0]


def test_a_page_left_open_over_days_ties_them_together(world: World) -> None:
    ann = world.visitor().view("/kept-open")
    world.tick()
    ann.wait(days=4).read(20_000)
    world.tick()
    assert lengths_s(world) == [20]
    assert world.session()["version"] == 2


def test_a_session_never_outlasts_its_piece_of_24_hours(world: World) -> None:
    ann = world.visitor()
    for _ in range(95):
        ann.view().wait(minutes=15)
    ann.view().wait(minutes=25).read(1_500_000)
    world.tick()
    assert lengths_s(world) == [86_400]


def test_a_late_event_joins_two_sessions_and_the_lost_one_says_where_it_went(world: World) -> None:
    ann = world.visitor().view("/a")
    ann.wait(minutes=50).view("/c")
    world.tick()
    kept, lost = world.sessions()
    ann.act("page_view", at_ms=NOON_MS + 25 * MINUTE, received_ms=NOON_MS + HOUR)
    world.tick()
    assert [row["session_id"] for row in world.sessions()] == [kept["session_id"]]
    assert [(row["session_id"], row["superseded_by"]) for row in world.tombstones()] == [(lost["session_id"], kept["session_id"])]


def test_an_earlier_first_event_gives_the_session_another_name(world: World) -> None:
    ann = world.visitor().view("/b")
    world.tick()
    before = world.session()["session_id"]
    ann.act("page_view", at_ms=NOON_MS - MINUTE)
    world.tick()
    after = world.session()["session_id"]
    assert [(row["session_id"], row["superseded_by"]) for row in world.tombstones()] == [(before, after)]


def test_an_event_counts_once_however_often_it_comes(world: World) -> None:
    world.visitor().view().wait(minutes=1).view()
    world.send(list(world.rows) * 3)
    world.tick()
    assert (world.session()["page_views"], world.session()["events"]) == (2, 2)


def test_of_copies_that_differ_the_one_received_first_counts_whatever_came_in_first(world: World) -> None:
    ann = world.visitor().view("/first")
    (row,) = world.rows
    world.send([row | {"url": "https://shop.example/second", "received_at": stamp(NOON_MS + 9 * SECOND)}])
    world.tick()
    assert ann.id == world.session()["visitor_id"]
    assert world.session()["entry_url"] == "https://shop.example/first"


def test_a_copy_with_another_time_moves_the_session_and_leaves_no_second_one(world: World) -> None:
    world.visitor().view()
    (row,) = world.rows
    world.tick()
    world.send([row | {"at": stamp(NOON_MS - 3 * DAY), "received_at": stamp(NOON_MS)}])
    world.tick()
    assert [session["started_ms"] for session in world.sessions()] == [NOON_MS - 3 * DAY]


def test_nothing_new_writes_nothing(world: World) -> None:
    world.visitor().view().add("X1")
    world.tick()
    world.send(world.history)
    assert world.sessionizer.tick().sessions_changed == 0
    assert world.versions("sessions") == [1]


def test_a_new_campaign_splits_only_where_the_site_says_so(world: World) -> None:
    ann = world.visitor().view("/?utm_campaign=spring").wait(minutes=1).view("/p").wait(minutes=1)
    ann.view("/?utm_campaign=spring").wait(minutes=1).view("/?utm_campaign=sale").wait(minutes=1).view("/q")
    world.tick()
    assert len(world.sessions()) == 1
    world.sites[world.site.name] = msgspec.structs.replace(world.site, campaign_splits=True)
    world.sessionizer.rebuild(world.site.name)
    assert [(row["campaign"], row["page_views"]) for row in world.sessions()] == [("spring", 3), ("sale", 2)]


def test_paying_may_take_longer_than_the_gap_and_still_is_one_visit(world: World) -> None:
    ann = world.visitor().view("/checkout").wait(minutes=90)
    ann.view("/thanks?utm_campaign=receipt", referrer="https://www.paypal.com/checkout").wait(hours=3).view("/", referrer="https://www.paypal.com/")
    bob = world.visitor().view("/checkout").wait(minutes=90).view("/thanks", referrer="https://forum.example/")
    world.tick()
    assert len(world.sessions(ann)) == 2
    assert len(world.sessions(bob)) == 2
    assert [row["channel"] for row in world.sessions(ann)] == ["direct", "direct"]


def test_coming_back_from_the_payment_provider_neither_splits_nor_takes_attribution(world: World) -> None:
    ann = world.visitor().view("/", referrer="https://www.google.com/").wait(minutes=5)
    ann.view("/thanks", referrer="https://www.paypal.com/checkout")
    bob = world.visitor().view("/thanks", referrer="https://checkout.stripe.com/pay")
    world.tick()
    assert (world.session(ann)["channel"], world.session(bob)["channel"]) == ("search", "direct")


def test_events_of_a_site_nobody_set_up_are_added_up_by_the_default_rules(world: World) -> None:
    world.sites.clear()
    world.visitor().view().wait(minutes=31).view()
    world.tick()
    assert len(world.sessions()) == 2


def test_a_listed_crawler_is_quarantined_with_its_class_until_a_person_releases_it(world: World) -> None:
    bot = replace(world.visitor(), ua="Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)").view()
    world.tick()
    assert (world.session()["quarantine_reason"], world.session()["bot_class"]) == ("user_agent", "search-engine")
    world.server("release", visitor_id=bot.id)
    world.tick(days=2)
    assert world.session()["quarantine_reason"] == ""


def test_a_browser_driven_by_a_program_is_quarantined(world: World) -> None:
    world.visitor().view(webdriver=True)
    world.tick()
    assert world.session()["quarantine_reason"] == "webdriver"


def test_a_person_at_a_laptop_or_a_telephone_is_not_quarantined(world: World) -> None:
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"
    ann, bob = world.visitor().view(), replace(world.visitor(), ua=phone).view()
    world.tick()
    assert [world.session(who)["quarantine_reason"] for who in (ann, bob)] == ["", ""]
    assert [world.session(who)["device_type"] for who in (ann, bob)] == ["desktop", "mobile"]
