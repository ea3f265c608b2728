"""Where persons, devices and carts meet: differences that the oracle found (tests/sessionizer/oracle; docs/sessions.md, docs/carts.md)."""

from __future__ import annotations

import msgspec

from tests.sessionizer.world import MINUTE, NOON_MS, World, contents
from tracker.clock import iso


def test_of_two_carts_that_meet_each_item_keeps_its_newer_quantity(world: World) -> None:
    phone = world.visitor("phone").view().log_in("c-1").add("X1*2@10")
    laptop = world.visitor("laptop").view().wait(minutes=5).add("X1*3@10")
    phone.wait(minutes=5).add("X2@5")  # touches the cart, and says nothing of X1
    laptop.wait(minutes=5).log_in("c-1")
    world.tick()
    assert contents(world.cart()) == {"X1": 3, "X2": 1}


def test_of_two_carts_that_meet_all_is_told_that_was_taken_out(world: World) -> None:
    phone = world.visitor("phone").view().log_in("c-1").add("X1*3@10").remove("X1*1")
    laptop = world.visitor("laptop").view().add("X1*5@10").wait(minutes=1).remove("X1*2")
    phone.wait(minutes=1).view()
    laptop.wait(minutes=1).log_in("c-1")
    world.tick()
    (gone,) = world.cart()["removed_items"]
    assert (gone["quantity"], gone["at"]) == (3, iso(NOON_MS + MINUTE))


def test_a_cart_lost_long_before_the_log_in_does_not_hide_the_one_at_hand(world: World) -> None:
    world.visitor("phone").view().log_in("c-1").add("X1@10")
    laptop = world.visitor("laptop").wait(days=40).view().add("X2@5").wait(hours=2).log_in("c-1")
    world.tick()
    assert [[item["id"] for item in row["cart_items"]] for row in world.sessions(laptop)] == [["X2"], ["X2"]]


def test_a_cart_that_was_lost_before_the_log_out_is_no_more_in_the_visit_that_ends_with_it(world: World) -> None:
    shared = world.visitor().view().log_in("c-1").add("X1@10").wait(days=31).view().wait(minutes=1).log_out()
    world.visitor("phone").wait(hours=1).view().log_in("c-1").add("X2@5")
    world.tick()
    first, second = world.sessions(shared)
    assert ([item["id"] for item in first["cart_items"]], second["cart_items"]) == (["X1"], [])


def test_a_visit_that_ends_with_another_persons_log_in_is_that_persons(world: World) -> None:
    ann = world.visitor().view().log_in("c-1").wait(hours=1).view().wait(minutes=1).log_in("c-2")
    world.tick()
    assert [row["customer_id"] for row in world.sessions(ann)] == ["c-1", "c-2"]


def test_an_order_at_the_counter_leaves_the_cart_of_who_uses_the_device_now(world: World) -> None:
    shared = world.visitor().view().log_in("c-1").wait(minutes=5).log_out()
    shared.wait(minutes=5).view().add("X1@10").wait(minutes=5)
    world.order_from_server("o-1", customer_id="c-1", items=[{"id": "X1"}])
    shared.wait(minutes=5).view()
    world.tick()
    assert (world.cart()["state"], contents(world.cart())) == ("open", {"X1": 1})
    assert [row["purchases"] for row in world.sessions(shared)] == [[]]


def test_a_purchase_counts_in_one_visit_though_the_page_before_the_campaign_is_open_still(world: World) -> None:
    world.sites[world.site.name] = msgspec.structs.replace(world.site, campaign_splits=True)
    ann = world.visitor().view("/?utm_campaign=spring")
    first_page = ann.page
    ann.wait(minutes=1).view("/?utm_campaign=sale").add("X1@10").wait(minutes=2).order("o-1", "X1", value="10")
    ann.wait(minutes=2).read(1000, page_id=first_page)
    world.tick()
    assert [(row["campaign"], len(row["purchases"]), float(row["cart_added"])) for row in world.sessions()] == [("spring", 0, 0), ("sale", 1, 1)]
