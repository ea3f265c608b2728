"""What lists ask of a cart stands in columns of its own."""

from __future__ import annotations

import json

from tests.sessionizer.world import DAY, HOUR, NOON_MS, Row, World
from tracker.migrate import migrations

COLUMNS = """
SELECT customer_id, state, item_ids, categories, marketing, toUnixTimestamp64Milli(item_bought_at) AS item_bought_ms, response_code, history
FROM carts FINAL WHERE site = {site:String} AND NOT tombstone ORDER BY opened_at, state"""


def columns(world: World) -> list[Row]:
    return world.store.rows(COLUMNS, site=world.site.name)


def test_a_cart_can_be_found_by_its_items_their_categories_and_what_is_above_them(world: World) -> None:
    beans = {"id": "X1", "category": "coffee/beans/dark"}
    world.visitor().view().act("cart_add", items=[beans, {"id": "X2", "category": "coffee"}, {"id": "X3"}]).remove("X2")
    world.tick()
    (cart,) = columns(world)
    assert (cart["item_ids"], cart["categories"]) == (["X1", "X3"], ["coffee", "coffee/beans", "coffee/beans/dark"])
    assert (cart["marketing"], cart["item_bought_ms"], cart["response_code"]) == (None, None, "")


def test_whoever_bought_an_item_of_the_cart_before_is_known_by_the_cart_on_every_device(world: World) -> None:
    phone = world.visitor("phone").view().log_in("c-1").order("o-1", "X1").wait(days=1).order("o-2", "X1", "X2").wait(hours=1).order("o-3", "X2")
    world.visitor("laptop").view().log_in("c-1").add("X1", "X9").act("consent", props={"state": "granted", "purposes": ["marketing"]})
    world.tick()
    (cart,) = columns(world)
    assert (cart["customer_id"], cart["item_bought_ms"], cart["marketing"]) == ("c-1", NOON_MS + DAY, True)
    phone.world.server("order_cancelled", order_id="o-2", customer_id="c-1")
    world.tick()
    assert columns(world)[0]["item_bought_ms"] == NOON_MS  # what was cancelled was not bought


def test_what_a_stranger_bought_is_no_reason_and_a_guests_own_order_is(world: World) -> None:
    world.visitor("stranger").view().order("o-1", "X1")
    world.visitor("guest").view().order("o-2", "X1*2").wait(hours=1).add("X1")
    world.visitor("other").view().add("X1")
    world.tick()
    assert sorted(cart["item_bought_ms"] or 0 for cart in columns(world)) == [0, NOON_MS]


def test_the_code_with_which_a_cart_came_back_stands_in_its_row(world: World) -> None:
    world.visitor().view().add("X1").wait(hours=5).order("o-1", "X1", props={"response_code": "SPRING-A"})
    world.tick()
    (cart,) = columns(world)
    assert (cart["state"], cart["response_code"], cart["item_bought_ms"]) == ("recovered", "SPRING-A", NOON_MS + 5 * HOUR)


def test_pages_by_a_message_from_before_the_schema_knew_them_are_learned_once(world: World) -> None:
    world.visitor("ann").view("/?rc=SPRING").view("/?src=x").view("/?utm_medium=email").view("/")
    world.send()
    known = pages_known(world)
    world.store.command("DELETE FROM owner_events WHERE site = {s:String}", s=world.site.name)
    (learn,) = (sql for migration in migrations() for sql in migration.statements() if sql.startswith("INSERT INTO owner_events"))
    world.store.command(learn)
    assert [row["url"] for row in known] == ["https://shop.example/?rc=SPRING", "https://shop.example/?utm_medium=email"]
    assert pages_known(world) == known


def pages_known(world: World) -> list[Row]:
    sql = "SELECT owner, event_id, url, at, received_at, source, inserted_at FROM owner_events WHERE site = {s:String} ORDER BY event_id"
    return world.store.rows(sql, s=world.site.name)


def test_a_cart_of_an_earlier_build_gets_its_history_and_its_columns_by_a_rebuild(world: World) -> None:
    world.visitor().view().add("X1")
    world.tick(hours=2)
    world.store.command(
        "INSERT INTO carts"
        " (site, cart_id, version, tombstone, content_hash, built_at, visitor_ids, state, stage, currency, opened_at, touched_at, doc)"
        " SELECT site, cart_id, version + 1, false, 1, built_at, visitor_ids, state, stage, currency, opened_at, touched_at, doc"
        " FROM carts FINAL WHERE site = {site:String}", site=world.site.name,
    )  # fmt: skip
    assert [(cart["item_ids"], cart["history"]) for cart in columns(world)] == [([], "[]")]
    world.sessionizer.rebuild(world.site.name)
    (cart,) = columns(world)
    assert cart["item_ids"] == ["X1"]
    assert [entry[1] for entry in json.loads(cart["history"])] == ["opened", "added", "abandoned"]
