"""The cart and its states, through the tables (docs/carts.md)."""

from __future__ import annotations

import msgspec
import pytest

from tests.sessionizer.world import DAY, HOUR, MINUTE, NOON_MS, Visitor, World, contents
from tracker.clock import iso


def states(world: World) -> list[str]:
    return [cart["state"] for cart in world.carts()]


def test_a_cart_holds_what_was_put_in_and_not_taken_out(world: World) -> None:
    world.visitor().view().add("X1*2@10", "X2@5").remove("X1*1").wait(minutes=1).remove("X2")
    world.tick()
    cart = world.cart()
    assert (cart["state"], contents(cart), cart["items_count"], cart["value"]) == ("open", {"X1": 1}, 1, 10)
    assert [(gone["id"], gone["quantity"], gone["at"]) for gone in cart["removed_items"]] == [
        ("X1", 1, iso(NOON_MS)),
        ("X2", 1, iso(NOON_MS + MINUTE)),
    ]


def test_a_snapshot_wins_over_the_deltas_before_it(world: World) -> None:
    world.visitor().view().add("X1*3@10", "X2@5").wait(seconds=1).set("X1*1", "X3@7").wait(seconds=1).add("X3")
    world.tick()
    assert contents(world.cart()) == {"X1": 1, "X3": 2}
    assert world.cart()["value"] == 24


def test_the_latest_known_price_and_name_count(world: World) -> None:
    world.visitor().view().add("X1@10").wait(seconds=1).act("cart_add", items=[{"id": "X1", "name": "Espresso", "price": "8.5"}])
    world.tick()
    assert world.cart()["items"] == [{"id": "X1", "name": "Espresso", "price": 8.5, "quantity": 2}]


def test_money_is_never_summed_across_currencies(world: World) -> None:
    world.visitor().view().add("X1@10 USD").wait(seconds=1).add("X2*2@7 CHF")
    world.tick()
    assert (world.cart()["value"], world.cart()["currency"], world.cart()["items_count"]) == (14, "CHF", 3)


def test_sixty_minutes_untouched_is_abandoned_and_not_a_millisecond_less(world: World) -> None:
    world.visitor().view().add("X1@10")
    world.tick(minutes=60, ms=-1)
    assert (world.cart()["state"], world.cart()["abandoned_at"]) == ("open", None)
    world.tick(ms=1)
    assert (world.cart()["state"], world.cart()["abandoned_at"]) == ("abandoned", iso(NOON_MS + HOUR))


def test_looking_around_does_not_touch_the_cart(world: World) -> None:
    world.visitor().view().add("X1@10").wait(minutes=29).view("/cart").wait(minutes=29).view("/cart").act("custom", name="x")
    world.tick(minutes=2)
    assert states(world) == ["abandoned"]


def test_a_checkout_step_touches_it_and_tells_the_stage(world: World) -> None:
    ann = world.visitor().view().add("X1@10").wait(minutes=30).checkout(1, "address")
    world.tick(minutes=59)
    assert (world.cart()["state"], world.cart()["stage"]) == ("open", "checkout")
    ann.checkout(2, "Payment").wait(minutes=1).checkout(1, "address")
    world.tick()
    assert world.cart()["stage"] == "payment"


@pytest.mark.parametrize(
    ("step", "name", "stage"), [(1, "", "checkout"), (2, "", "checkout"), (3, "", "payment"), (4, "review", "checkout"), (2, "Bezahlung", "payment")]
)
def test_a_step_is_the_payment_by_its_name_and_without_one_from_the_third_on(world: World, step: int, name: str, stage: str) -> None:
    world.visitor().view().add("X1@10").checkout(step, name)
    world.tick()
    assert world.cart()["stage"] == stage


def test_touched_again_it_is_open_again_and_the_spell_is_kept(world: World) -> None:
    world.visitor().view().add("X1@10").wait(hours=2).add("X2@5")
    world.tick()
    cart = world.cart()
    assert (cart["state"], cart["abandoned_at"]) == ("open", None)
    assert cart["abandonments"] == [{"at": iso(NOON_MS + HOUR), "until": iso(NOON_MS + 2 * HOUR), "ended_by": "cart_add"}]


def test_an_order_of_everything_before_any_abandonment_is_bought(world: World) -> None:
    world.visitor().view().add("X1*2@10").wait(minutes=10).order("o-1", "X1")
    world.tick()
    cart = world.cart()
    assert (cart["state"], cart["closed_at"], cart["recovered"]) == ("bought", iso(NOON_MS + 10 * MINUTE), None)


def test_an_order_that_names_no_items_takes_everything(world: World) -> None:
    world.visitor().view().add("X1*2@10", "X2@5").wait(minutes=10).order("o-1", value="25")
    world.tick()
    assert states(world) == ["bought"]


def test_what_was_not_bought_stays_in_the_same_cart_and_the_order_touches_it(world: World) -> None:
    world.visitor().view().add("X1*2@10", "X2@5").wait(minutes=50).order("o-1", "X1*1")
    world.tick(minutes=59)
    assert (world.cart()["state"], contents(world.cart())) == ("open", {"X1": 1, "X2": 1})
    world.tick(minutes=1)
    assert world.cart()["abandoned_at"] == iso(NOON_MS + 110 * MINUTE)


def test_an_order_of_other_things_leaves_the_cart_and_touches_it(world: World) -> None:
    world.visitor().view().add("X1@10").wait(minutes=50).order("o-1", "Z9")
    world.tick(minutes=59)
    assert (states(world), contents(world.cart())) == (["open"], {"X1": 1})


def test_an_order_after_an_abandonment_recovers_the_cart(world: World) -> None:
    world.visitor().view().add("X1@10").wait(hours=5).order("o-1", "X1", value="10")
    world.tick()
    cart = world.cart()
    assert cart["state"] == "recovered"
    assert cart["recovered"] == {"at": iso(NOON_MS + 5 * HOUR), "order_id": "o-1", "how": "organic", "value": 10}
    assert cart["abandonments"] == [{"at": iso(NOON_MS + HOUR), "until": iso(NOON_MS + 5 * HOUR), "ended_by": "order"}]


def test_a_cart_that_was_abandoned_once_can_only_be_recovered(world: World) -> None:
    world.visitor().view().add("X1@10").wait(hours=5).add("X2@5").wait(minutes=5).order("o-1")
    world.tick()
    assert states(world) == ["recovered"]


def test_what_a_recovery_leaves_opens_a_new_cart_touched_at_the_orders_time(world: World) -> None:
    world.visitor().view().add("X1*3@10", "X2@5").wait(hours=5).order("o-1", "X1*2")
    world.tick(minutes=30)
    old, new = world.carts()
    assert (old["state"], contents(old)) == ("recovered", {"X1": 2})
    assert (new["state"], contents(new), new["opened_at"], new["touched_at"]) == (
        "open",
        {"X1": 1, "X2": 1},
        iso(NOON_MS + 5 * HOUR),
        iso(NOON_MS + 5 * HOUR),
    )
    assert new["abandonments"] == []


@pytest.mark.parametrize(
    ("path", "props", "how"),
    [
        ("/", {}, "organic"),
        ("/?utm_medium=email", {}, "link"),
        ("/?rc=abc", {}, "response"),
        ("/?rc=abc&utm_medium=email", {}, "response"),
        ("/", {"response_code": "SPRING"}, "response"),
    ],
)
def test_a_recovery_says_how_it_came_about(world: World, path: str, props: dict[str, str], how: str) -> None:
    world.visitor().view().add("X1@10").wait(hours=5).view(path).checkout(1).view("/thanks").order("o-1", "X1", props=props)
    world.tick()
    assert world.cart()["recovered"]["how"] == how


def test_a_response_that_the_company_reports_says_how_the_cart_came_back_and_touches_nothing(world: World) -> None:
    ann = world.visitor("phone").view().log_in("c-1").add("X1@10")
    world.tick(hours=2)
    world.server("response", customer_id="c-1", props={"response_code": "spring-a"})
    world.tick(minutes=1)
    assert states(world) == ["abandoned"]
    ann.order("o-1", "X1", value="10")
    world.tick(minutes=1)
    assert (world.cart()["recovered"]["how"], world.cart()["touched_at"]) == ("response", iso(NOON_MS))


def test_a_link_on_any_page_of_any_device_says_how_the_cart_came_back(world: World) -> None:
    world.visitor("phone").view().log_in("c-1").add("X1@10")
    world.tick(hours=2)
    laptop = world.visitor("laptop").view("/news?utm_medium=Newsletter").wait(minutes=5)
    laptop.view("/cart").log_in("c-1").order("o-1", "X1")  # who comes by a mail logs in afterwards
    world.tick()
    assert world.cart()["recovered"]["how"] == "link"


def test_another_device_of_the_same_customer_recovers_it(world: World) -> None:
    world.visitor("phone").view().log_in("c-1").add("X1@10")
    world.tick(hours=2)
    world.visitor("laptop").view().log_in("c-1").order("o-1", "X1")
    world.tick()
    assert states(world) == ["recovered"]


def test_a_late_order_from_before_the_abandonment_makes_it_bought_as_if_it_had_never_been(world: World) -> None:
    ann = world.visitor().view().add("X1@10")
    world.tick(hours=3)
    assert states(world) == ["abandoned"]
    world.order_from_server("o-1", at_ms=NOON_MS + 20 * MINUTE, visitor_id=ann.id, received_ms=NOON_MS + 3 * HOUR)
    world.tick()
    cart = world.cart()
    assert (cart["state"], cart["abandoned_at"], cart["abandonments"]) == ("bought", None, [])


def test_where_the_shop_feeds_its_orders_the_flag_waits_for_the_feed(world: World) -> None:
    world.feed_reaches(NOON_MS)
    world.visitor().view().add("X1@10")
    world.tick(hours=3)
    assert states(world) == ["open"]
    world.feed_reaches(NOON_MS + HOUR - 1)
    world.tick()
    assert states(world) == ["open"]
    world.feed_reaches(NOON_MS + HOUR)
    world.tick()
    assert (states(world), world.cart()["abandoned_at"]) == (["abandoned"], iso(NOON_MS + HOUR))


def test_a_feed_that_begins_takes_back_what_it_has_not_reached(world: World) -> None:
    world.visitor().view().add("X1@10")
    world.tick(hours=3)
    assert states(world) == ["abandoned"]
    world.feed_reaches(NOON_MS + MINUTE)
    world.tick()
    assert states(world) == ["open"]
    world.sessionizer.rebuild(world.site.name)
    assert states(world) == ["open"]


def test_a_spell_is_told_once_the_feed_has_reached_it_even_if_the_cart_has_ended(world: World) -> None:
    world.feed_reaches(NOON_MS)
    world.visitor().view().add("X1@10").wait(hours=2).order("o-1", "X1")
    world.tick()
    assert states(world) == ["bought"]
    world.feed_reaches(NOON_MS + 2 * HOUR)
    world.tick()
    assert states(world) == ["recovered"]


def test_thirty_days_untouched_is_lost_and_the_next_thing_opens_a_new_cart(world: World) -> None:
    ann = world.visitor().view().add("X1@10")
    world.tick(days=30, ms=-1)
    assert states(world) == ["abandoned"]
    world.tick(ms=1)
    assert (states(world), world.cart()["closed_at"]) == (["lost"], iso(NOON_MS + 30 * DAY))
    ann.wait(days=1).view().add("X2@5")
    world.tick()
    assert states(world) == ["lost", "open"]
    assert contents(world.carts()[1]) == {"X2": 1}


def test_an_order_at_exactly_thirty_days_still_recovers(world: World) -> None:
    world.visitor().view().add("X1@10").wait(days=30).order("o-1", "X1")
    world.tick(hours=1)
    assert states(world) == ["recovered"]


@pytest.mark.parametrize("how", ["remove", "set"])
def test_a_visitor_who_takes_everything_out_empties_the_cart(world: World, how: str) -> None:
    ann = world.visitor().view().add("X1@10").wait(minutes=1)
    ann.remove("X1") if how == "remove" else ann.set()
    ann.wait(minutes=1).add("X2@5")
    world.tick()
    assert states(world) == ["emptied", "open"]
    assert [gone["id"] for gone in world.carts()[0]["removed_items"]] == ["X1"]


def test_a_site_may_choose_its_own_cut_off(world: World) -> None:
    world.sites[world.site.name] = msgspec.structs.replace(world.site, cart_cutoff_s=600)
    world.visitor().view().add("X1@10")
    world.tick(minutes=10)
    assert states(world) == ["abandoned"]


def test_an_order_is_one_whoever_reports_it_and_the_first_report_wins(world: World) -> None:
    ann = world.visitor().view().add("X1*2@10")
    ann.wait(minutes=1).order("o-1", "X1*1", value="10")
    world.order_from_server("o-1", visitor_id=ann.id, value="99", received_ms=NOON_MS + HOUR)
    world.tick(minutes=5)
    assert contents(world.cart()) == {"X1": 1}
    assert [float(order["value"]) for order in world.session()["purchases"]] == [10.0]


def test_updates_cancellations_and_refunds_refer_to_the_order_and_leave_the_cart_alone(world: World) -> None:
    ann = world.visitor().view().add("X1@10").order("o-1", "X1", value="10").wait(minutes=1).add("X2@5")
    world.server("order_cancelled", order_id="o-1", visitor_id=ann.id, event_id="order:o-1:cancelled")
    world.tick()
    assert (states(world), contents(world.carts()[1])) == (["bought", "open"], {"X2": 1})
    assert [order["status"] for order in world.session()["purchases"]] == ["cancelled"]


# Owners


def test_logging_in_never_makes_a_second_cart(world: World) -> None:
    world.visitor().view().add("X1@10")
    world.tick()
    before = world.cart()["cart_id"]
    ann = Visitor(world, world.sessions()[0]["visitor_id"])
    ann.wait(minutes=1).log_in("c-1").wait(minutes=1).add("X2@5")
    world.tick()
    cart = world.cart()
    assert (cart["cart_id"], cart["owner"]["customer_id"], contents(cart)) == (before, "c-1", {"X1": 1, "X2": 1})


def test_the_visitors_cart_moves_into_the_customers_and_the_newer_quantity_wins(world: World) -> None:
    world.visitor("phone").view().log_in("c-1").add("X1*2@10", "X3@1")
    world.tick()
    theirs = world.cart()["cart_id"]
    world.visitor("laptop").view().wait(minutes=5).add("X1*1@10", "X2@5").wait(minutes=5).log_in("c-1")
    world.tick()
    cart = world.cart()
    assert (cart["cart_id"], contents(cart)) == (theirs, {"X1": 1, "X2": 1, "X3": 1})
    assert cart["owner"] == {"customer_id": "c-1", "visitor_ids": ["laptop", "phone"]}
    assert cart["touched_at"] == iso(NOON_MS + 5 * MINUTE)


def test_a_cart_that_moved_into_another_leaves_a_tombstone(world: World) -> None:
    laptop = world.visitor("laptop").view().add("X2@5")
    world.tick()
    gone = world.cart()["cart_id"]
    world.visitor("phone").view().log_in("c-1").add("X1@10")
    laptop.wait(minutes=5).log_in("c-1")
    world.tick()
    sql = "SELECT cart_id FROM carts FINAL WHERE site = {site:String} AND tombstone"
    assert [row["cart_id"] for row in world.store.rows(sql, site=world.site.name)] == [gone]


def test_a_young_cart_that_moves_in_ends_the_abandonment_of_the_old_one(world: World) -> None:
    world.visitor("phone").view().log_in("c-1").add("X1@10").wait(hours=5)
    world.visitor("laptop").view().add("X2@5").wait(minutes=5).log_in("c-1")
    world.tick()
    assert world.cart()["state"] == "open"
    assert [spell["ended_by"] for spell in world.cart()["abandonments"]] == ["identify"]


def test_on_a_shared_device_the_next_person_begins_with_an_empty_cart(world: World) -> None:
    ann = world.visitor().view().log_in("c-1").add("X1@10").wait(minutes=5).log_out()
    ann.wait(minutes=5).view().add("X2@5").wait(minutes=1).log_in("c-2")
    world.tick()
    assert [(cart["owner"]["customer_id"], contents(cart)) for cart in world.carts()] == [("c-1", {"X1": 1}), ("c-2", {"X2": 1})]


@pytest.mark.parametrize("late_ms", [-60_000, 60_000])
def test_what_a_page_told_of_was_bought_in_its_visit_whatever_the_servers_clock_says(world: World, late_ms: int) -> None:
    world.order_from_server("o-1", at_ms=NOON_MS + late_ms, received_ms=NOON_MS - 1, customer_id="c-1", value="11", items=[{"id": "X1"}])
    world.visitor().view().order("o-1", "X1", value="10")
    world.tick()
    bought = [(order["order_id"], float(order["value"])) for order in world.session()["purchases"]]
    assert (bought, [order["order_id"] for order in world.customer("c-1")["orders"]]) == ([("o-1", 11.0)], ["o-1"])


def test_a_guest_who_gives_a_name_on_the_thank_you_page_has_bought(world: World) -> None:
    ann = world.visitor().view().add("X1@10").wait(minutes=5)
    world.order_from_server("o-1", customer_id="c-1", items=[{"id": "X1"}])
    ann.wait(seconds=1).log_in("c-1")
    world.tick(hours=3)
    assert states(world) == ["bought"]
    assert [order["order_id"] for order in world.session()["purchases"]] == ["o-1"]


# What a session and a customer show of it


def test_a_session_shows_the_cart_as_it_was_when_the_session_ended(world: World) -> None:
    ann = world.visitor().view().add("X1*2@10").remove("X1*1").wait(hours=2).view().wait(minutes=1).add("X2@5")
    world.tick()
    first, second = world.sessions(ann)
    assert [[item["id"] for item in row["cart_items"]] for row in (first, second)] == [["X1"], ["X1", "X2"]]
    assert [(float(row["cart_added"]), float(row["cart_removed"])) for row in (first, second)] == [(2, 1), (1, 0)]


def test_after_the_purchase_the_session_shows_no_cart(world: World) -> None:
    world.visitor().view().add("X1@10").wait(minutes=1).order("o-1", "X1", value="10").view("/thanks")
    world.tick()
    row = world.session()
    assert (row["cart_id"], row["cart_items"], [order["order_id"] for order in row["purchases"]]) == ("", [], ["o-1"])


def test_a_session_on_one_device_shows_what_the_customer_put_aside_on_another(world: World) -> None:
    world.visitor("phone").view().log_in("c-1").add("X1@10").wait(hours=1)
    laptop = world.visitor("laptop").view().wait(seconds=5).log_in("c-1").wait(seconds=5).view()
    world.tick()
    row = world.session(laptop)
    assert ([item["id"] for item in row["cart_items"]], float(row["cart_added"])) == (["X1"], 0.0)


def test_a_cart_says_whether_its_owner_may_be_written_to(world: World) -> None:
    ann = world.visitor().view().add("X1@10").act("consent", props={"state": "granted"})
    world.tick()
    assert world.cart()["consent"] == {"marketing": None, "at": None, "how": None}
    ann.wait(minutes=1).act("consent", props={"state": "granted", "purposes": ["marketing"]})
    world.tick()
    assert world.cart()["consent"] == {"marketing": True, "at": iso(NOON_MS + MINUTE), "how": "tag"}
