"""An event counts once by its id, under whichever visitor its copies came; the one received first counts (docs/sessions.md)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sessionizer.world import DAY, HOUR, MINUTE, NOON_MS, SECOND, Row, World, contents, stamp
from tracker.migrate import migrations
from tracker.store import Store, load

WINDOWED = ("events", "arrivals", "visitor_days", "owner_events", "links", "event_ids")


def copy_of(row: Row, later_ms: int = MINUTE, **changed: str) -> Row:
    return row | {"received_at": stamp(round(float(row["received_at"]) * 1000) + later_ms)} | changed


def event_ids(world: World, visitor_id: str, customer_id: str = "") -> list[str]:
    """What /v1/sessions/{id}/events would tell of the visitor's only session."""
    session = next(row for row in world.sessions() if row["visitor_id"] == visitor_id)
    asked = {name: session[name] for name in ("site", "visitor_id", "session_id", "started_ms", "ended_ms")}
    return [row["event_id"] for row in world.store.rows(load("profiles", "session_events"), customer_id=customer_id, **asked)]


def visitors(world: World) -> set[str]:
    return {row["visitor_id"] for row in world.sessions()}


def test_an_event_that_came_under_two_visitors_counts_for_the_one_it_was_received_from_first(world: World) -> None:
    ann = world.visitor().view().wait(seconds=5).view()
    world.rows += [copy_of(row, visitor_id="another network") for row in world.rows]
    world.tick()
    assert (visitors(world), world.session()["page_views"]) == ({ann.id}, 2)


def test_a_copy_that_was_received_earlier_but_comes_later_takes_the_visit_with_it(world: World) -> None:
    before_consent = world.visitor("cookieless").view().wait(seconds=5).view()
    late, world.rows = world.rows, []
    world.send([copy_of(row, visitor_id="with consent") for row in late])
    world.sessionizer.tick()
    assert visitors(world) == {"with consent"}

    world.send(late)
    world.sessionizer.tick()
    assert (visitors(world), world.session()["page_views"]) == ({before_consent.id}, 2)
    assert [(gone["visitor_id"], gone["superseded_by"]) for gone in world.tombstones()] == [("with consent", "")]


def test_an_event_goes_back_to_a_visitor_of_whom_an_even_earlier_copy_is_found(world: World) -> None:
    world.visitor("a").view().add("X1@10")
    world.tick()
    first = list(world.history)
    for later_ms, visitor_id in ((-10, "b"), (-20, "a"), (-30, "b"), (-40, "a")):
        world.send([copy_of(row, later_ms=later_ms, visitor_id=visitor_id) for row in first])
        world.sessionizer.tick()
        assert (visitors(world), world.cart()["owner"]["visitor_ids"]) == ({visitor_id}, [visitor_id])


def test_a_visit_keeps_what_was_its_own_when_a_copied_event_goes_elsewhere(world: World) -> None:
    ann = world.visitor().view().wait(minutes=2).view().wait(minutes=2).view()
    bob = world.visitor()
    borrowed = copy_of(world.rows[1], later_ms=-1, visitor_id=bob.id)
    world.tick()
    assert [row["page_views"] for row in world.sessions(ann)] == [3]

    world.send([borrowed])
    world.sessionizer.tick()
    assert [(row["visitor_id"], row["page_views"]) for row in world.sessions()] == [(ann.id, 2), (bob.id, 1)]
    assert borrowed["event_id"] not in event_ids(world, ann.id)
    assert event_ids(world, bob.id) == [borrowed["event_id"]]


def test_a_cart_a_log_in_and_an_order_are_not_copied_with_their_events(world: World) -> None:
    ann = world.visitor().view().log_in("c-1").add("X1@10", "X2@20").order("o-1", "X1", value="10")
    world.rows += [copy_of(row, visitor_id="a replay") for row in world.rows]
    world.tick()
    (cart,) = world.carts()
    assert (cart["owner"]["visitor_ids"], contents(cart)) == ([ann.id], {"X2": 1})
    assert world.customer("c-1")["visitor_ids"] == [ann.id]


def test_a_cart_goes_to_the_earlier_copy_and_its_first_owner_has_none(world: World) -> None:
    world.visitor("first seen").view().add("X1@10")
    world.tick()
    add = world.history[-1]
    world.send([copy_of(add, later_ms=-400, visitor_id="received first")])
    world.sessionizer.tick()
    assert [(cart["owner"]["visitor_ids"], contents(cart)) for cart in world.carts()] == [(["received first"], {"X1": 1})]
    assert [row["cart_id"] for row in world.sessions() if row["visitor_id"] == "first seen"] == [""]


def test_an_order_told_by_the_page_and_by_the_server_under_one_id_is_one_event(world: World) -> None:
    ann = world.visitor().view().log_in("c-1").order("o-1", value="10")
    told = world.rows[-1]
    world.rows.append(copy_of(told, visitor_id="", customer_id="c-2", source="server", value="99"))
    world.tick()
    assert [(order["order_id"], float(order["value"])) for order in world.session(ann)["purchases"]] == [("o-1", 10)]
    assert told["event_id"] in event_ids(world, ann.id, "c-2")
    customers = world.store.rows("SELECT customer_id FROM customers FINAL WHERE site = {s:String} AND NOT tombstone", s=world.site.name)
    assert customers == [{"customer_id": "c-1"}]


def test_a_copy_of_another_type_does_not_put_anything_in_the_cart(world: World) -> None:
    ann = world.visitor().view()
    world.rows.append(copy_of(world.rows[0]) | {"type": "cart_add", "items": [{"id": "X1"}]})
    world.tick()
    assert (world.carts(), world.session(ann)["page_views"], world.session(ann)["events"]) == ([], 1, 1)


def test_of_one_id_with_two_payloads_both_rows_are_kept_and_the_first_received_counts(world: World) -> None:
    ann = world.visitor().view("/first")
    world.rows.append(copy_of(world.rows[0], url="https://shop.example/second"))
    world.tick()
    assert world.session(ann)["entry_url"] == "https://shop.example/first"
    day = {"from_ms": NOON_MS - HOUR, "to_ms": NOON_MS + HOUR}
    (told,) = world.store.rows(load("profiles", "quality_events"), site=world.site.name, **day)
    assert (told["events"], told["duplicates"]) == (1, 1)


def test_a_visit_whose_first_event_is_told_of_another_day_moves_there_and_stays_the_same_visit(world: World) -> None:
    world.visitor().view()
    (told,) = world.rows
    world.tick()
    before = world.session()
    world.send([copy_of(told, -SECOND, at=stamp(NOON_MS - 2 * DAY))])
    world.sessionizer.tick()
    assert (world.session()["session_id"], world.session()["started_ms"]) == (before["session_id"], NOON_MS - 2 * DAY)
    assert (max(world.versions("sessions")), world.tombstones()) == (2, [])  # the database may have merged the two already


def test_copies_received_in_the_same_millisecond_count_for_the_smaller_visitor_whichever_comes_first(world: World) -> None:
    for first, second in (("a", "b"), ("d", "c")):
        row = world.event("page_view", NOON_MS, visitor_id=first)
        world.tick()
        world.send([row | {"visitor_id": second}])
        world.sessionizer.tick()
    assert visitors(world) == {"a", "c"}


def test_a_tick_that_died_after_it_found_the_copies_is_made_good_by_the_next(world: World) -> None:
    world.visitor("first seen").view()
    world.tick()
    world.send([copy_of(world.history[-1], later_ms=-1, visitor_id="received first")])
    dying = world.sessionizer
    touched, until_ms = dying.arrivals.look()
    dying.crossings.of_tick(touched, dying.arrivals.new_since_ms, until_ms)

    world.start_anew()
    world.sessionizer.tick()
    assert visitors(world) == {"received first"}


def test_a_copy_that_becomes_visible_after_a_later_insert_is_found_all_the_same(world: World) -> None:
    world.visitor("first seen").view()
    world.tick()
    until_ms = world.sessionizer.arrivals.until_ms
    late = copy_of(world.history[-1], later_ms=-1, visitor_id="received first") | {"inserted_at": stamp(until_ms - 3000)}
    world.send([late])
    world.sessionizer.tick()
    assert visitors(world) == {"received first"}


def test_a_copy_counts_again_at_the_next_rebuild_when_the_one_before_it_is_erased(world: World) -> None:
    world.visitor("forgotten").view().add("X1@10")
    world.rows += [copy_of(row, visitor_id="still here") for row in world.rows]
    world.tick()
    for table in ("events", "owner_events"):
        world.store.command(f"DELETE FROM {table} WHERE site = {{s:String}} AND visitor_id = 'forgotten'", s=world.site.name)
    world.sessionizer.rebuild(world.site.name)
    assert (visitors(world), world.cart()["owner"]["visitor_ids"]) == ({"still here"}, ["still here"])


@pytest.mark.parametrize(
    "event_id",
    [
        "0199c0de-0001-7000-8000-000000000001",
        "FFFFFFFF-ffff-7fff-bfff-ffffffffffff",
        "550e8400-e29b-41d4-a716-446655440000",
        "order:42:placed",
        "é" * 64,
    ],
)
def test_a_copy_is_known_by_an_id_of_any_form(world: World, event_id: str) -> None:
    row = world.event("page_view", NOON_MS, visitor_id="received first", event_id=event_id)
    world.rows += [copy_of(row, visitor_id="another network"), copy_of(row, visitor_id="another name") | {"event_id": event_id + "x"}]
    world.tick()
    assert visitors(world) == {"received first", "another name"}


def test_the_migration_learns_the_ids_of_events_that_were_there_before(world: World) -> None:
    world.visitor().view().add("X1@10").log_in("c-1")
    world.order_from_server("o-1", customer_id="c-1")
    world.send()
    known = ids_known(world)
    world.store.command("DELETE FROM event_ids WHERE site = {s:String}", s=world.site.name)
    (learn,) = (sql for migration in migrations() for sql in migration.statements() if sql.startswith("INSERT INTO event_ids"))
    world.store.command(learn)
    assert (len(known), ids_known(world)) == (4, known)


def ids_known(world: World) -> list[Row]:
    sql = "SELECT bucket, owner, id, type, day, inserted_at FROM event_ids WHERE site = {s:String} ORDER BY id"
    return world.store.rows(sql, s=world.site.name)


def test_the_same_id_on_another_site_is_another_event(world: World, store: Store) -> None:
    ann = world.visitor().view()
    elsewhere = {"site": f"{world.site.name}-2", "visitor_id": "elsewhere"}
    world.send([copy_of(world.rows[0], later_ms=-MINUTE) | elsewhere])
    world.tick()
    assert visitors(world) == {ann.id}


@pytest.fixture
def forgetful(store: Store) -> Iterator[Store]:
    """A database that remembers the tokens of the last three inserts only."""
    for table in WINDOWED:
        store.command(f"ALTER TABLE {table} MODIFY SETTING non_replicated_deduplication_window = 3")
    yield store
    for table in WINDOWED:
        store.command(f"ALTER TABLE {table} MODIFY SETTING non_replicated_deduplication_window = 10000")


def test_a_replay_longer_than_the_database_remembers_tokens_changes_nothing(world: World, forgetful: Store) -> None:
    ann = world.visitor()
    for number in range(12):
        ann.wait(minutes=1).view().add(f"X{number}@10")
    bodies = [world.rows[number : number + 2] for number in range(0, len(world.rows), 2)]
    told = []
    for _ in range(2):
        for number, body in enumerate(bodies):
            world.insert(body, token=f"{world.site.name}:{number}")
        world.sessionizer.tick()
        told.append((world.session()["page_views"], world.session()["content_hash"], contents(world.cart())))
    stored = world.store.one("SELECT count() AS rows FROM events WHERE site = {s:String}", s=world.site.name)
    assert stored == {"rows": 2 * len(world.rows)}
    assert (told[0], told[0][0]) == (told[1], 12)
    again = world.sessionizer.rebuild(world.site.name)
    assert (again.sessions_changed, again.carts_changed) == (0, 0)
