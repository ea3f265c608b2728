"""Erasing a person: the tables afterwards are those of a world in which that person never was (docs/guarantees.md, no. 64)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from profiles.erasing import TABLES, Eraser
from tests.sessionizer.world import MovingClock, World, stamp
from tracker.erasure import Book
from tracker.sites import Site
from tracker.store import Store
from tracker.tombstones import Sieve

Row = dict[str, Any]


@pytest.fixture
def worlds(store: Store, site: Site) -> Iterator[tuple[World, World]]:
    """One in which somebody will be erased, and its twin, where only the others are."""
    clock = MovingClock()
    pair = World(store, site, clock), World(store, replace_name(site, f"{site.name}-twin"), clock)
    pair[1].sessionizer.arrivals = pair[0].begin().sessionizer.arrivals
    yield pair
    for world in pair:
        store.command("DELETE FROM carts WHERE site = {site:String}", site=world.site.name)  # another test's clock would let them fall due


def replace_name(site: Site, name: str) -> Site:
    return msgspec.structs.replace(site, name=name, site_key=f"pk_{name}")


@pytest.fixture
def eraser(store: Store, worlds: tuple[World, World], tmp_path: Path) -> Eraser:
    return Eraser(store, worlds[0].clock, tmp_path)


def both(worlds: tuple[World, World], act: Callable[[World], object]) -> None:
    for world in worlds:
        act(world)


def told(world: World) -> Row:
    """What the tables say, without what only names the site or the build."""
    sessions = [
        {
            name: row[name]
            for name in ("visitor_id", "started_ms", "ended_ms", "customer_id", "page_views", "events", "entry_url", "cart_value", "purchases")
        }
        for row in world.sessions()
    ]
    carts = [{name: cart[name] for name in cart if name not in ("cart_id", "site")} for cart in world.carts()]
    parameters = {"site": world.site.name}
    return {
        "sessions": sessions, "carts": carts,
        "customers": world.store.rows("SELECT customer_id, visitor_ids, attributes, length(cart_ids) AS carts FROM customers FINAL "
                                      "WHERE site = {site:String} AND NOT tombstone ORDER BY customer_id", **parameters),
        "visitors": world.store.rows("SELECT visitor_id, claims.customer_id AS claimed_by, length(cart_moments) AS moments FROM visitors FINAL "
                                     "WHERE site = {site:String} ORDER BY visitor_id", **parameters),
        "links": world.store.rows("SELECT DISTINCT kind, id, owner FROM links WHERE site = {site:String} ORDER BY ALL", **parameters),
        "days": world.store.rows("SELECT DISTINCT visitor_id, day FROM visitor_days WHERE site = {site:String} ORDER BY ALL", **parameters),
        "events": world.store.rows("SELECT count() AS rows FROM events WHERE site = {site:String}", **parameters),
    }  # fmt: skip


def mentions(store: Store, site: Site, *names: str) -> list[str]:
    """Tables in which a row of this site holds one of the names anywhere."""
    sql = {table: f"SELECT formatRow('JSONEachRow', *) AS line FROM {table} WHERE site = {{site:String}}" for table in TABLES}
    lines = {table: " ".join(row["line"] for row in store.rows(asked, site=site.name)) for table, asked in sql.items()}
    return [table for table, text in lines.items() if any(name in text for name in names)]


def ann(world: World) -> None:
    """A telephone and a laptop, a cart, an order that the shop's server reports too."""
    world.visitor("ann-phone").view("/shoes").add("X1@10").log_in("customer-ann", traits={"size": 38}).view("/cart")
    world.visitor("ann-laptop").view("/hats").log_in("customer-ann").add("X2@20").order("order-ann", "X2@20", value=20, currency="EUR")
    world.order_from_server("order-ann", customer_id="customer-ann", value=20, currency="EUR")
    world.server("customer_update", customer_id="customer-ann", props={"attributes": {"segment": "gold"}})


def ben(world: World) -> None:
    world.visitor("ben-laptop").view("/socks").log_in("customer-ben").add("X3@5").view("/cart")


def test_an_erased_customer_was_never_there(worlds: tuple[World, World], eraser: Eraser, store: Store) -> None:
    world, twin = worlds
    ann(world)
    both(worlds, ben)
    both(worlds, lambda each: each.tick(minutes=90))
    assert told(world) != told(twin)

    erased = eraser.erase(world.site, customer_id="customer-ann", asked_by="test")

    both(worlds, lambda each: each.tick(seconds=1))
    assert told(world) == told(twin)
    assert mentions(store, world.site, "ann-phone", "ann-laptop", "customer-ann", "order-ann") == []
    assert erased is not None
    assert erased.visitor_ids == ["ann-laptop", "ann-phone"]
    assert erased.deleted["events"] == 10


def test_of_a_shared_browser_only_this_customers_time_goes(worlds: tuple[World, World], eraser: Eraser, store: Store) -> None:
    world, twin = worlds
    both(worlds, lambda each: each.visitor("kiosk").view("/a").log_in("customer-ben").add("X3@5"))
    both(worlds, lambda each: each.tick(minutes=2))
    both(worlds, lambda each: each.visitor("kiosk").log_out())
    both(worlds, lambda each: each.tick(hours=2))
    kiosk = world.visitor("kiosk").view("/ann").log_in("customer-ann").add("X1@10").order("order-ann", "X1@10", value=10, currency="EUR")
    world.tick(minutes=5)
    kiosk.log_out()
    both(worlds, lambda each: each.tick(hours=2))
    both(worlds, lambda each: each.visitor("kiosk").view("/b").log_in("customer-cem").add("X5@7").log_out())
    both(worlds, lambda each: each.tick(hours=2))

    erased = eraser.erase(world.site, customer_id="customer-ann", asked_by="test")
    both(worlds, lambda each: each.tick(seconds=1))

    # her log-out stays: the instant at which her time ended
    left, wanted = told(world), told(twin)
    assert left.pop("events")[0]["rows"] - wanted.pop("events")[0]["rows"] == 1
    assert [row for row in left.pop("sessions") if row["page_views"]] == wanted.pop("sessions")
    assert left == wanted
    assert erased is not None
    assert erased.visitor_ids == ["kiosk"]
    assert mentions(store, world.site, "customer-ann", "order-ann", "/ann") == []


def test_an_erased_browser_leaves_the_customers_other_devices_as_they_are(worlds: tuple[World, World], eraser: Eraser, store: Store) -> None:
    world, twin = worlds
    both(worlds, lambda each: each.visitor("ann-laptop").view("/hats").log_in("customer-ann").add("X2@20"))
    both(worlds, lambda each: each.tick(minutes=1))
    world.visitor("ann-phone").view("/shoes").log_in("customer-ann").add("X1@10")
    both(worlds, lambda each: each.tick(minutes=90))

    eraser.erase(world.site, visitor_id="ann-phone", asked_by="test")
    both(worlds, lambda each: each.tick(seconds=1))

    assert told(world) == told(twin)
    assert mentions(store, world.site, "ann-phone") == []


def test_an_order_that_a_guests_browser_told_of_goes_and_the_rest_of_the_visit_stays(
    worlds: tuple[World, World], eraser: Eraser, store: Store
) -> None:
    world, twin = worlds
    both(worlds, lambda each: each.visitor("day-1").view("/a").add("X1@10").add("X5@5"))
    both(worlds, lambda each: each.tick(minutes=5))
    world.visitor("day-1").order("order-ann", "X1@10", value=10, currency="EUR")
    world.order_from_server("order-ann", customer_id="customer-ann", value=10, currency="EUR")
    both(worlds, lambda each: each.tick(minutes=5))
    assert told(world) != told(twin)

    eraser.erase(world.site, customer_id="customer-ann", asked_by="test")
    both(worlds, lambda each: each.tick(seconds=1))

    assert told(world) == told(twin)
    assert mentions(store, world.site, "customer-ann", "order-ann") == []


def test_what_comes_late_is_left_out_and_what_is_new_comes_through(worlds: tuple[World, World], eraser: Eraser, store: Store) -> None:
    world, _ = worlds
    ann(world)
    world.tick(minutes=1)
    eraser.erase(world.site, customer_id="customer-ann", asked_by="test")
    sieve = Sieve.of(eraser.data, store)

    again = sieve([json.dumps(row | {"at": float(row["at"])}).encode() for row in world.history])
    later = world.clock.at_ms / 1000 + 60
    new = [
        json.dumps({"site": site, "visitor_id": visitor, "customer_id": customer, "event_id": "n", "type": "page_view", "at": at}).encode()
        for site, visitor, customer, at in [
            (world.site.name, "ann-phone", "", later), (world.site.name, "ben", "", later - 120), ("another", "ann-phone", "", later - 120),
            (world.site.name, "", "customer-ann", later), (world.site.name, "ben", "customer-ben", later - 120),
        ]
    ]  # fmt: skip

    assert again == []
    assert sieve(new) == new


def test_a_tombstone_and_the_log_name_nobody(worlds: tuple[World, World], eraser: Eraser, store: Store) -> None:
    world, _ = worlds
    ann(world)
    world.tick(minutes=1)
    eraser.erase(world.site, customer_id="customer-ann", asked_by="sk_12345678")
    assert "ann" not in (eraser.data / "erased.json").read_text()
    assert (eraser.data / "erased.json").stat().st_mode & 0o777 == 0o600
    (entry,) = eraser.entries(world.site.name)
    assert (entry["kind"], entry["asked_by"], entry["visitors"]) == ("customer", "sk_12345678", 2)
    assert json.loads(entry["deleted"])["events"] == 10
    assert "ann" not in json.dumps(entry)
    assert store.rows("SELECT count() AS rows FROM forgetting") == [{"rows": 0}]
    mutations = store.rows("SELECT command FROM system.mutations WHERE command ILIKE '%customer-ann%' OR command ILIKE '%ann-phone%'")
    assert mutations == []


def test_dead_letters_damaged_pieces_and_refused_lines_go_too(worlds: tuple[World, World], eraser: Eraser, store: Store) -> None:
    world, _ = worlds
    name = world.site.name
    ann(world)
    world.tick(minutes=1)
    lines = [
        json.dumps({"site": name, "visitor_id": visitor, "customer_id": customer, "at": stamp(world.clock.at_ms)}, separators=(",", ":"))
        for visitor, customer in [("ann-phone", ""), ("", "customer-ann"), ("ben-laptop", "customer-ben")]
    ]
    letters = [{"site": name, "reason": "code_27", "message": "no", "segment": "s", "line": line} for line in lines]
    store.insert("dead_letters", "\n".join(map(json.dumps, letters)).encode())
    quarantine = eraser.data / "spool" / "quarantine"
    quarantine.mkdir(parents=True)
    for number, line in enumerate(lines):
        (quarantine / f"piece-{number}").write_text("damaged" + line)
    (eraser.data / "imports").mkdir()
    state = {
        "started_at_ms": 1,
        "examples": [{"line": 1, "reason": "r", "message": "not 'customer-ann'"}, {"line": 2, "reason": "r", "message": "no"}],
    }
    (eraser.data / "imports" / "one.json").write_text(json.dumps(state))

    erased = replace(eraser, spools=[eraser.data / "spool"]).erase(world.site, customer_id="customer-ann", asked_by="test")

    assert erased is not None
    assert {name: erased.deleted[name] for name in ("dead_letters", "quarantine", "imports")} == {"dead_letters": 2, "quarantine": 2, "imports": 1}
    assert [row["line"] for row in store.rows("SELECT line FROM dead_letters WHERE site = {site:String}", site=name)] == [lines[2]]
    assert [piece.name for piece in quarantine.iterdir()] == ["piece-2"]
    assert "customer-ann" not in (eraser.data / "imports" / "one.json").read_text()


def test_a_door_and_a_writer_see_a_tombstone_at_once(worlds: tuple[World, World], eraser: Eraser) -> None:
    world, _ = worlds
    book = Book(eraser.data / "erased.json")
    assert book.of(world.site.name) is None
    eraser.erase(world.site, visitor_id="ann-phone", asked_by="test")
    book.refresh()
    erased = book.of(world.site.name)
    assert erased is not None
    assert erased("ann-phone", "", world.clock.at_ms)
    assert not erased("ann-phone", "", world.clock.at_ms + 1)
    assert not erased("ann-laptop", "", world.clock.at_ms)
