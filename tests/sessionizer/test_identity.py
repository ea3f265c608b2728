"""Who a visitor was (docs/sessions.md)."""

from __future__ import annotations

import json

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from sessionizer.claims import claims, customer_at
from sessionizer.model import Event
from tests.sessionizer.world import DAY, HOUR, World, contents

CLAIM_BACK_S = 30 * 86_400


def who(world: World) -> list[str]:
    return [row["customer_id"] for row in world.sessions()]


def test_logging_in_names_the_visit_and_does_not_split_it(world: World) -> None:
    world.visitor().view().wait(minutes=5).log_in("c-1").wait(minutes=5).view()
    world.tick()
    assert who(world) == ["c-1"]
    assert world.session()["identified_how"] == "login"


def test_a_page_that_was_looked_at_makes_no_customer_known(world: World) -> None:
    """A page view by a message's link is among the events that carts are told from, and a copy of an `identify` may be one."""
    ann = world.visitor().view("/?utm_medium=email", customer_id="c-1").add("X1").log_in("c-2")
    world.tick()
    known = world.store.rows("SELECT customer_id FROM customers FINAL WHERE site = {site:String} AND NOT tombstone", site=world.site.name)
    assert [row["customer_id"] for row in known] == ["c-2"]
    ann.wait(minutes=1).log_in("c-1")
    world.tick()
    assert world.customer("c-1")["registered_at"].strftime("%H:%M") == "12:01"


def test_a_log_in_claims_the_visits_of_the_last_30_days(world: World) -> None:
    ann = world.visitor().view().wait(days=2).view()
    ann.wait(days=29).view()
    world.tick()
    assert who(world) == ["", "", ""]
    ann.wait(minutes=1).log_in("c-1")
    world.tick()
    assert who(world) == ["", "c-1", "c-1"]
    assert [row["version"] for row in world.sessions()] == [1, 2, 2]


def test_a_log_in_claims_back_to_the_previous_customers_log_out_only(world: World) -> None:
    ann = world.visitor().view().log_in("c-1").wait(minutes=1).log_out()
    ann.wait(hours=2).view().wait(hours=2).view().log_in("c-2")
    world.tick()
    assert who(world) == ["c-1", "c-2", "c-2"]


def test_after_the_log_out_the_next_visit_is_anonymous(world: World) -> None:
    world.visitor().view().log_in("c-1").wait(minutes=1).log_out().wait(hours=1).view()
    world.tick()
    assert who(world) == ["c-1", ""]


def test_another_log_in_without_a_log_out_begins_another_customer(world: World) -> None:
    world.visitor().view().log_in("c-1").wait(hours=1).view().log_in("c-2").wait(hours=1).view()
    world.tick()
    assert who(world) == ["c-1", "c-2", "c-2"]


def test_a_customer_has_many_devices(world: World) -> None:
    world.visitor("laptop").view().log_in("c-1")
    world.visitor("phone").view().log_in("c-1")
    world.tick()
    assert world.customer("c-1")["visitor_ids"] == ["laptop", "phone"]


def test_erase_the_log_in_and_the_profiles_fall_apart_again_as_they_were(world: World) -> None:
    laptop = world.visitor("laptop").view().add("X1@5")
    world.tick()
    before = [(row["customer_id"], row["cart_id"]) for row in world.sessions()], world.carts()
    laptop.wait(minutes=1).log_in("c-1")
    world.visitor("phone").view().log_in("c-1").add("X2@7")
    world.tick()
    assert len(world.carts()) == 1
    for table in ("events", "owner_events", "links"):
        erase(world, table)
    world.clock.at_ms -= 60_000
    world.sessionizer.rebuild(world.site.name)
    assert ([(row["customer_id"], row["cart_id"]) for row in world.sessions(laptop)], world.carts()) == before
    assert world.store.rows("SELECT tombstone FROM customers FINAL WHERE site = {s:String}", s=world.site.name) == [{"tombstone": True}]


def erase(world: World, table: str) -> None:
    gone = "site = {s:String} AND (type = 'identify' OR visitor_id = 'phone')"
    sql = {
        "events": f"ALTER TABLE events DELETE WHERE {gone}",
        "owner_events": f"ALTER TABLE owner_events DELETE WHERE {gone}",
        "links": "ALTER TABLE links DELETE WHERE site = {s:String}",
    }
    world.store.command(sql[table] + " SETTINGS mutations_sync = 2", s=world.site.name)


def test_what_is_known_of_a_customer_is_the_latest_word_per_fact(world: World) -> None:
    ann = world.visitor().view().log_in("c-1", traits={"city": "Bern", "vip": True})
    ann.wait(minutes=5)
    world.server("customer_update", customer_id="c-1", props={"attributes": {"city": "Basel"}, "consent": {"marketing": True}, "lifecycle": "loyal"})
    ann.wait(minutes=5).act("consent", props={"state": "denied", "purposes": ["marketing"]})
    world.tick()
    row = world.customer("c-1")
    assert json.loads(row["attributes"]) == {"city": "Basel", "vip": True}
    assert row["lifecycle"] == "loyal"
    assert (json.loads(row["consent"])["marketing"]["granted"], json.loads(row["consent"])["marketing"]["how"]) == (False, "tag")


def test_a_customer_nobody_saw_in_a_browser_exists_by_the_orders_a_server_sends(world: World) -> None:
    world.order_from_server("o-1", customer_id="c-9", value="20", currency="EUR")
    world.server("refund", order_id="o-1", value="5", customer_id="c-9", event_id="order:o-1:refunded")
    world.tick()
    (order,) = world.customer("c-9")["orders"]
    assert (order["order_id"], order["status"], float(order["refunded"])) == ("o-1", "refunded", 5.0)


def test_an_update_says_what_an_order_is_worth_now_and_a_bare_refund_gives_it_all_back(world: World) -> None:
    world.order_from_server("o-1", customer_id="c-9", value="20", currency="EUR")
    world.server("order_updated", order_id="o-1", value="25", customer_id="c-9", event_id="order:o-1:updated")
    world.tick()
    (order,) = world.customer("c-9")["orders"]
    assert (order["status"], float(order["value"]), float(order["refunded"])) == ("updated", 25.0, 0.0)
    world.clock.at_ms += 1000
    world.server("refund", order_id="o-1", customer_id="c-9", event_id="order:o-1:refunded")
    world.tick()
    (order,) = world.customer("c-9")["orders"]
    assert (order["status"], float(order["value"]), float(order["refunded"])) == ("refunded", 25.0, 25.0)


def test_an_order_the_page_reports_belongs_to_that_visitor_even_if_the_server_was_quicker(world: World) -> None:
    phone = world.visitor("phone").view().log_in("c-1").wait(minutes=1)
    laptop = world.visitor("laptop").view().log_in("c-1").wait(minutes=1)
    phone.view().add("X1@20")
    world.order_from_server("o-1", customer_id="c-1", value="20", currency="EUR")
    world.tick()
    assert [len(world.session(device)["purchases"]) for device in (laptop, phone)] == [0, 1]
    laptop.order("o-1", value="21", received_ms=world.clock.at_ms + 9000).wait(minutes=1).view()
    world.tick()
    assert [len(world.session(device)["purchases"]) for device in (laptop, phone)] == [1, 0]
    assert float(world.session(laptop)["purchases"][0]["value"]) == 20.0


def event(kind: str, at_ms: int, number: int, customer: str = "") -> Event:
    return Event("v", f"e{number:03d}", kind, at_ms, customer_id=customer, props='{"how":"login"}')


acts = st.lists(st.tuples(st.sampled_from(["identify a", "identify b", "logout"]), st.integers(0, 60 * DAY // HOUR)), max_size=12)


@settings(deadline=None)
@given(acts)
def test_claims_agree_with_looking_at_every_hour(said: list[tuple[str, int]]) -> None:
    """The plain model asks at each hour: who is logged in, else who logs in next, before anybody else's time ends."""
    moments = {at: what for what, at in said}  # one act an hour, so that order is not in question
    events = [event(what.split()[0], at * HOUR, at, what[9:]) for at, what in sorted(moments.items())]
    found = claims(events, CLAIM_BACK_S)
    for hour in range(60 * 24):
        assert customer_at(found, hour * HOUR + 1) == plain_model(sorted(moments.items()), hour)


def plain_model(acts: list[tuple[int, str]], hour: int) -> str:
    before = [what for at, what in acts if at <= hour]
    if before and before[-1] != "logout":
        return before[-1][9:]
    after = next(((at, what) for at, what in acts if at > hour), None)
    if after is None or after[1] == "logout" or after[0] - hour > 30 * 24:
        return ""
    return after[1][9:]


def test_a_claim_names_its_event_so_that_it_can_be_explained() -> None:
    (claim,) = claims([event("identify", 40 * DAY, 1, "c-1")], CLAIM_BACK_S)
    assert (claim.from_ms, claim.identified_at_ms, claim.how, claim.event_id) == (10 * DAY, 40 * DAY, "login", "e001")


def test_props_that_are_no_object_say_nothing() -> None:
    assert msgspec.structs.replace(event("identify", 0, 1, "c"), props="[1").properties() == {}


def test_of_an_event_id_that_two_visitors_used_only_the_first_received_makes_a_cart(world: World) -> None:
    first = world.visitor().view().add("X1@10", event_id="same")
    world.visitor().wait(seconds=1).view().add("X2@20", event_id="same")
    world.tick()
    assert [(cart["owner"]["visitor_ids"], contents(cart)) for cart in world.carts()] == [([first.id], {"X1": 1})]
