"""Rules at work over profiles as they change: what they meet, how often, for whom, and what is done."""

from __future__ import annotations

from typing import Any

import pytest

from tests.profiles.conftest import Api
from tests.profiles.rules.world import ABANDONED, World, above
from tests.profiles.samples import DAY_MS, NOW_MS, ago, cart, customer, event, item, order, session
from tracker.cookieless import PREFIX
from tracker.offers import OfferBook
from tracker.outbox import Message, put

OFFER = {"kind": "offer", "offer_id": "ten-percent"}


@pytest.fixture
def world(api: Api) -> World:
    api.clock.at_ms = ago(180)  # the rules are made three hours ago
    return World(api)


def later(world: World) -> None:
    world.api.clock.at_ms = NOW_MS


def test_a_cart_abandoned_above_the_limit_is_told_with_the_code_of_its_cell(world: World) -> None:
    rule = world.rule()
    later(world)
    world.put("carts", cart(world.api.site, "dear", ago(120), item("X1", 199.9)), cart(world.api.site, "cheap", ago(120), item("X2", 9.9)))
    assert world.look() == 1
    [told] = world.messages()
    data = told["data"]
    assert (told["type"], data["cart"]["cart_id"], data["response_code"]) == ("rule.matched", "dear", rule.cells[0].response_code)
    assert data["why"] == ["it is abandoned", "its value is at least 100 EUR"]


def test_a_spell_is_met_once_and_the_next_one_again(world: World) -> None:
    rule = world.rule()
    later(world)
    row = cart(world.api.site, "c", ago(120), item("X1", 199.9))
    world.put("carts", row)
    world.look()
    world.put("carts", row | {"version": 2})
    assert world.look() == 0
    world.put("carts", cart(world.api.site, "c", ago(61), item("X1", 199.9), version=3))
    assert world.look() == 1
    assert len(world.matches(rule)) == 2


def test_what_was_so_before_the_rule_was_on_does_not_count(world: World) -> None:
    world.rule()
    later(world)
    world.put("carts", cart(world.api.site, "old", ago(300), item("X1", 199.9)))
    assert world.look() == 0


def test_an_import_of_last_month_tells_nobody(world: World) -> None:
    world.api.clock.at_ms = ago(days=60)
    world.rule()
    later(world)
    world.put("carts", cart(world.api.site, "old", ago(days=30), item("X1", 199.9)))
    assert world.look() == 0


def test_a_hold_out_is_counted_and_never_acted_upon(world: World) -> None:
    rule = world.rule(hold_out=40, cells=[{"name": "A", "share": 30}, {"name": "B", "share": 30}])
    later(world)
    carts = [cart(world.api.site, f"c{n}", ago(120), item("X1", 199.9), visitor_ids=[f"v-{n}"]) for n in range(60)]
    world.put("carts", *carts)
    assert world.look() == 60
    matches = world.matches(rule)
    held = {match["subject_id"] for match in matches if not match["cell"]}
    told = {message["data"]["cart"]["cart_id"]: message["data"] for message in world.messages()}
    assert 10 < len(held) < 40
    assert held.isdisjoint(told)
    assert {data["response_code"] for data in told.values()} == {cell.response_code for cell in rule.cells}
    assert all(told[match["subject_id"]]["cell"] == match["cell"] for match in matches if match["cell"])


def test_a_cart_without_consent_is_shown_with_the_reason_and_nothing_is_done(world: World) -> None:
    rule = world.rule()
    later(world)
    row = cart(world.api.site, "c", ago(120), item("X1", 199.9))
    world.put("carts", row | {"doc": row["doc"].replace('"marketing":null', '"marketing":false')})
    assert world.look() == 1
    assert ([match["suppressed"] for match in world.matches(rule)], world.messages()) == ([["no_consent"]], [])
    world.put("carts", row | {"version": 2, "doc": row["doc"].replace('"marketing":null', '"marketing":true')})
    assert world.look() == 1
    assert ([match["suppressed"] for match in world.matches(rule)], len(world.messages())) == ([[]], 1)


def test_an_age_comes_true_by_the_clock_alone(world: World) -> None:
    world.rule(ABANDONED, {"field": "abandoned_age_s", "operator": "at_least", "value": 3600})
    later(world)
    world.put("carts", cart(world.api.site, "c", ago(90)))
    assert world.look() == 0  # abandoned half an hour ago
    world.pass_by(29)
    assert world.look() == 0
    world.again()
    world.pass_by(2)
    assert world.look() == 1
    assert world.look() == 0


def test_killed_between_the_match_and_the_deed_it_is_done_once_at_the_next_start(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = world.rule()
    later(world)
    world.put("carts", cart(world.api.site, "c", ago(120), item("X1", 199.9)))
    monkeypatch.setattr(world.runner, "act", killed)
    with pytest.raises(KeyboardInterrupt):
        world.look()
    assert ([match["done"] for match in world.matches(rule)], world.messages()) == ([False], [])
    for _ in range(2):
        world.again()
        world.look()
    assert ([match["done"] for match in world.matches(rule)], len(world.messages())) == ([True], 1)


def test_killed_after_the_deed_and_before_it_is_noted_the_message_is_the_same_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.rule()
    later(world)
    world.put("carts", cart(world.api.site, "c", ago(120), item("X1", 199.9)))
    with monkeypatch.context() as patched:
        patched.setattr("profiles.rules.loop.msgspec.structs.replace", killed)
        with pytest.raises(KeyboardInterrupt):
            world.look()
    assert len(world.messages()) == 1
    world.again()
    world.look()
    assert len(world.messages()) == 1


def killed(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def test_a_changed_rule_asks_from_now_on_and_keeps_its_cells_and_codes(world: World) -> None:
    rule = world.rule(cells=[{"name": "A", "share": 90}], hold_out=10)
    later(world)
    world.put("carts", *(cart(world.api.site, f"c{n}", ago(120), item("X1", 60), visitor_ids=[f"v-{n}"]) for n in range(30)))
    assert world.look() == 0
    changed = world.rule(ABANDONED, above(50), rule_id=rule.rule_id, cells=[{"name": "A", "share": 45}, {"name": "B", "share": 45}], hold_out=10)
    assert (changed.rule_id, changed.cells[0].response_code) == (rule.rule_id, rule.cells[0].response_code)
    world.put("carts", *(cart(world.api.site, f"c{n}", ago(120), item("X1", 60), visitor_ids=[f"v-{n}"], version=2) for n in range(30)))
    assert world.look() == 0  # abandoned before the change
    world.pass_by(120)
    world.put("carts", *(cart(world.api.site, f"c{n}", ago(1), item("X1", 60), visitor_ids=[f"v-{n}"], version=3) for n in range(30)))
    assert world.look() == 30


def test_a_rule_that_is_off_meets_nothing(world: World) -> None:
    world.rule(enabled=False)
    later(world)
    world.put("carts", cart(world.api.site, "c", ago(120), item("X1", 199.9)))
    assert (world.look(), world.messages()) == (0, [])


def test_once_per_customer_holds_over_sessions_and_devices_until_the_days_are_over(world: World) -> None:
    rule = world.rule({"field": "page_views", "operator": "at_least", "value": 5}, subject="session", once={"per": "customer", "days": 1})
    later(world)
    site = world.api.site
    world.put("customers", customer(site, "c-1", visitor_ids=["v-1", "v-2"]))
    world.put("sessions", session(site, "v-1", "s1", ago(60), customer_id="c-1"), session(site, "v-2", "s2", ago(50), customer_id="c-1"))
    assert world.look() == 1
    world.put("sessions", session(site, "v-1", "s3", ago(30)))  # not logged in, on the same browser
    assert world.look() == 0
    world.api.clock.at_ms = NOW_MS + DAY_MS
    world.put("sessions", session(site, "v-2", "s4", NOW_MS + DAY_MS - 650_000, customer_id="c-1"))
    assert world.look() == 1
    assert {match["person"] for match in world.matches(rule)} == {"c:c-1"}


def test_a_session_to_buy_gets_an_offer_which_the_door_tells_until_it_is_over(world: World) -> None:
    purchase = {"field": "purpose", "operator": "is", "value": "purchase"}
    rule = world.rule(purchase, subject="session", action=OFFER | {"shown_s": 600})
    later(world)
    site = world.api.site
    world.put("sessions", session(site, "v-1", "s1", ago(11), purpose="purchase"), session(site, "v-2", "s2", ago(11)))
    world.look()
    book = OfferBook(world.api.deps.settings.data / "offers.json")
    told = book.of(site.name, "v-1", NOW_MS)
    assert [(offer.offer_id, offer.response_code) for offer in told or ()] == [("ten-percent", rule.cells[0].response_code)]
    assert (book.of(site.name, "v-2", NOW_MS), book.of("other", "v-1", NOW_MS), book.of(site.name, "v-1", NOW_MS + 600_000)) == (None, None, None)
    world.rule(purchase, subject="session", action=OFFER, enabled=False, rule_id=rule.rule_id)
    world.look()
    book.refresh()
    assert book.of(site.name, "v-1", NOW_MS) is None


@pytest.mark.parametrize("why", ["said no", "cookieless", "robot"])
def test_a_session_that_may_not_be_addressed_gets_no_offer(world: World, why: str) -> None:
    rule = world.rule({"field": "page_views", "operator": "at_least", "value": 1}, subject="session", action=OFFER)
    later(world)
    site = world.api.site
    visitor_id = f"{PREFIX}1" if why == "cookieless" else "v-1"
    world.put("sessions", session(site, visitor_id, "s1", ago(11), quarantine_reason="bot" if why == "robot" else ""))
    if why == "said no":
        world.put("events", event(site, "v-1", "e1", "consent", ago(11), props='{"state":"denied","purposes":["marketing"]}'))
    world.look()
    assert [match["suppressed"] for match in world.matches(rule)] == [["quarantined" if why == "robot" else "no_consent"]]
    assert OfferBook(world.api.deps.settings.data / "offers.json").of(site.name, visitor_id, NOW_MS) is None


def test_a_customer_is_met_when_what_the_company_knows_changes(world: World) -> None:
    rule = world.rule({"field": "attributes.tier", "operator": "is", "value": "gold"}, subject="customer", action={"kind": "list"})
    later(world)
    world.put("customers", customer(world.api.site, "c-1", attributes='{"tier":"silver"}'))
    assert world.look() == 0
    world.put("customers", customer(world.api.site, "c-1", attributes='{"tier":"gold"}', version=2))
    assert world.look() == 1
    assert [(match["subject_id"], match["done"]) for match in world.matches(rule)] == [("c-1", True)]


def test_a_rule_that_was_made_while_the_others_looked_misses_nothing(world: World) -> None:
    world.rule()
    later(world)
    world.look()
    rule = world.rule(ABANDONED, above(10))
    world.put("carts", cart(world.api.site, "c", ago(60), item("X1", 20.0)))
    assert world.runner.look() == 0  # it does not know the rule yet
    assert world.look() == 1
    assert [match["subject_id"] for match in world.matches(rule)] == ["c"]


def test_a_session_is_met_when_it_closes_by_the_clock_alone(world: World) -> None:
    rule = world.rule({"field": "status", "operator": "is", "value": "closed"}, subject="session", action={"kind": "list"})
    later(world)
    world.put("sessions", session(world.api.site, "v-1", "s1", ago(20)))
    assert world.look() == 0
    world.pass_by(21)
    assert world.look() == 1
    assert world.matches(rule)[0]["why"] == ["it is closed"]


def test_a_customer_is_met_when_the_last_order_is_long_ago_or_the_stage_has_changed(world: World) -> None:
    silent = world.rule({"field": "last_order_age_s", "operator": "at_least", "value": 86_400}, subject="customer", action={"kind": "list"})
    staged = world.rule({"field": "lifecycle", "operator": "is", "value": "active"}, subject="customer", action={"kind": "list"})
    later(world)
    site = world.api.site
    for name, days in (("c-1", 1), ("c-2", 30)):  # on one browser, and two people all the same
        world.put("customers", customer(site, name, order(f"o-{name}", ago(days=days) + 60_000, 10)))
    world.look()
    assert ([row["subject_id"] for row in world.matches(silent)], world.matches(staged)) == (["c-2"], [])
    world.pass_by(2)
    told = Message(site.name, "msg_stage", "customer.lifecycle_changed", "customer:c-2", 1, NOW_MS, b"{}", visitor_ids=(), customer_ids=("c-2",))
    put(world.api.deps.store, [told], world.api.clock.at_ms - 1000)
    world.look()
    assert {row["subject_id"] for row in world.matches(silent)} == {"c-1", "c-2"}
    assert [row["subject_id"] for row in world.matches(staged)] == ["c-2"]
