"""What is told of a cart: what stands after all messages is what the cart says now, whatever happened in between (docs/decisions/0018-outbox.md)."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sessionizer.announce import NEWS_MS, CartNow, Told, announce
from tests.faults.sizes import size
from tests.sessionizer.batches import NOW_MS, Batch, batches
from tests.sessionizer.oracle.events import ms
from tests.sessionizer.test_determinism import Flaky, parts
from tests.sessionizer.world import HOUR, MINUTE, NOON_MS, Row, World
from tracker.clock import iso, ms_of_iso
from tracker.errors import StoreDown
from tracker.outbox import Message
from tracker.store import Store

MESSAGES = "SELECT message_id, type, subject, sequence, payload FROM messages FINAL WHERE site = {site:String} ORDER BY subject, sequence"
Standing = set[tuple[str, str]]  # (type, when)


def messages(world: World) -> list[Row]:
    rows = world.store.rows(MESSAGES, site=world.site.name)
    return [row | json.loads(row["payload"]) for row in rows]


def kinds(world: World) -> list[str]:
    return [row["type"] for row in messages(world)]


def standing(told: Iterable[Row]) -> Standing:
    """What a receiver believes who has heard these, in order of their sequence."""
    believed: dict[str, tuple[str, str]] = {}
    for row in sorted(told, key=lambda each: each["sequence"]):
        if row["type"] == "cart.retracted":
            del believed[row["data"]["retracts"]["message_id"]]
        else:
            believed[row["message_id"]] = (row["type"], row["timestamp"])
    return set(believed.values())


def holds(cart: Row) -> Standing:
    recovered = {("cart.recovered", cart["recovered"]["at"])} if cart["recovered"] else set()
    return recovered | {("cart.abandoned", spell["at"]) for spell in cart["abandonments"]}


def must_be_told(cart: Row, now_ms: int) -> Standing:
    over = {("cart.abandoned", spell["at"]) for spell in cart["abandonments"] if spell["until"]}
    return {(kind, at) for kind, at in holds(cart) - over if ms_of_iso(at) >= now_ms - NEWS_MS}


# --- the pure function ---------------------------------------------------------------------------------------------------------

moments = st.integers(0, 40).map(lambda hours: iso(NOON_MS + hours * 8 * HOUR))
spell = st.fixed_dictionaries({"at": moments, "until": st.none() | moments})
recovery = st.none() | st.fixed_dictionaries({"at": moments, "order_id": st.sampled_from("ab")})
DOCUMENT: dict[Any, Any] = {
    "owner": st.just({"customer_id": None, "visitor_ids": ["v"]}),
    "state": st.sampled_from(("open", "abandoned", "bought", "recovered")),
    "abandonments": st.lists(spell, max_size=3, unique_by=lambda each: each["at"]),
    "recovered": recovery,
    "closed_at": st.none(),
}
document = st.fixed_dictionaries(DOCUMENT)


def told(given_messages: Sequence[Message]) -> list[Told]:
    return [Told(each.message_id, each.type, each.sequence, each.payload) for each in given_messages]


def heard(given_messages: Sequence[Message]) -> list[Row]:
    return [json.loads(each.payload) | {"message_id": each.message_id, "sequence": each.sequence} for each in given_messages]


@given(st.lists(st.none() | document, min_size=1, max_size=8), st.integers(0, 40))
def test_what_stands_after_all_messages_is_what_the_cart_says(documents: list[Row | None], hours: int) -> None:
    now_ms = NOON_MS + hours * 8 * HOUR
    said: list[Message] = []
    for doc in documents:
        cart = CartNow("c", json.dumps(doc) if doc else "", 1)
        said += announce("shop", cart, told(said), now_ms)
        assert announce("shop", cart, told(said), now_ms) == []
        believed = standing(heard(said))
        assert believed <= (holds(doc) if doc else set())
        assert believed >= (must_be_told(doc, now_ms) if doc else set())
    assert [each.sequence for each in said] == list(range(1, len(said) + 1))
    assert len({each.message_id for each in said}) == len(said)


# --- in the sessionizer --------------------------------------------------------------------------------------------------------


def test_an_abandonment_is_told_once(world: World) -> None:
    world.visitor("anna").view().add("X1@10")
    world.tick()
    assert kinds(world) == []
    world.tick(minutes=61)
    world.visitor("anna").view().read(100)
    world.tick(minutes=1)
    (message,) = messages(world)
    assert message["type"] == "cart.abandoned"
    assert message["subject"] == "cart:" + world.cart()["cart_id"]
    assert message["timestamp"] == world.cart()["abandoned_at"]
    assert message["data"] == world.cart() | {"version": 2}


def test_a_recovery_is_told_after_the_abandonment(world: World) -> None:
    anna = world.visitor().view().add("X1@10")
    world.tick()
    world.tick(hours=2)
    anna.order("o-1", "X1")
    world.tick()
    assert kinds(world) == ["cart.abandoned", "cart.recovered"]
    assert messages(world)[1]["data"]["recovered"]["order_id"] == "o-1"


def test_an_abandonment_that_is_over_before_it_could_be_told_is_not_told(world: World) -> None:
    anna = world.visitor().view().add("X1@10").wait(hours=2).view().add("X2")
    world.tick()
    assert len(world.cart()["abandonments"]) == 1
    assert kinds(world) == []
    anna.wait(hours=2).order("o-1")
    world.tick()
    assert kinds(world) == ["cart.recovered"]


def test_an_order_that_came_late_takes_the_abandonment_back_and_is_named(world: World) -> None:
    anna = world.visitor().view().add("X1@10")
    bought_ms = world.clock.at_ms + 5 * MINUTE
    world.tick()
    world.tick(hours=2)
    world.order_from_server("o-late", at_ms=bought_ms, visitor_id=anna.id)
    world.tick()
    abandoned, retracted = messages(world)
    assert retracted["type"] == "cart.retracted"
    assert retracted["data"]["retracts"] == {
        "message_id": abandoned["message_id"], "type": "cart.abandoned", "at": abandoned["timestamp"], "why": "bought", "order_id": "o-late",
    }  # fmt: skip
    assert retracted["data"]["state"] == "bought"


def test_a_touch_that_came_late_takes_it_back_and_tells_the_later_one(world: World) -> None:
    anna = world.visitor().view().add("X1@10")
    touched_ms = world.clock.at_ms + 30 * MINUTE
    world.tick()
    world.tick(minutes=65)
    anna.add("X2@5", at_ms=touched_ms)
    world.tick()
    assert kinds(world) == ["cart.abandoned", "cart.retracted"]
    world.tick(minutes=30)
    assert kinds(world) == ["cart.abandoned", "cart.retracted", "cart.abandoned"]
    assert messages(world)[1]["data"]["retracts"]["why"] == "touched"
    assert standing(messages(world)) == {("cart.abandoned", world.cart()["abandoned_at"])}


def test_a_cart_that_moved_into_another_at_a_log_in_is_taken_back_and_the_other_is_told(world: World) -> None:
    phone, laptop = world.visitor("phone"), world.visitor("laptop")
    laptop.view().log_in("c-1").add("X1@10")
    phone.view().add("X2@10")
    world.tick()
    world.tick(minutes=61)
    phone.log_in("c-1")
    world.tick()
    told_of = {row["subject"]: [each["type"] for each in messages(world) if each["subject"] == row["subject"]] for row in messages(world)}
    (left,) = world.carts()
    retracted = next(row for row in messages(world) if row["type"] == "cart.retracted")
    assert retracted["data"]["retracts"]["why"] == "moved"
    assert retracted["data"]["retracts"]["cart_id"] == left["cart_id"]
    assert told_of["cart:" + left["cart_id"]] == ["cart.abandoned"]
    assert retracted["subject"] != "cart:" + left["cart_id"]


def test_old_news_is_not_told_but_what_was_told_is_always_taken_back(world: World) -> None:
    old = world.visitor().view().add("X1@10")
    world.pass_time(days=8)
    world.tick()
    assert world.cart()["state"] == "abandoned"
    assert kinds(world) == []
    news = world.visitor().view().add("X3@10")
    bought_ms = world.clock.at_ms + MINUTE
    world.tick()
    world.tick(hours=2)
    assert kinds(world) == ["cart.abandoned"]
    world.pass_time(days=20)
    world.order_from_server("o-1", at_ms=bought_ms, visitor_id=news.id)
    old.view()
    world.tick()
    assert kinds(world) == ["cart.abandoned", "cart.retracted"]


def test_a_rebuild_tells_what_it_finds_and_a_dry_one_nothing(world: World) -> None:
    world.visitor().view().add("X1@10")
    world.pass_time(hours=2)
    world.send()
    world.sessionizer.rebuild(world.site.name, dry_run=True)
    assert kinds(world) == []
    world.sessionizer.rebuild(world.site.name)
    assert kinds(world) == ["cart.abandoned"]
    world.sessionizer.rebuild(world.site.name)
    world.tick()
    assert kinds(world) == ["cart.abandoned"]


class Watched:
    """Which queries were asked of the database."""

    def __init__(self, store: Store) -> None:
        self.store, self.asked = store, cast(list[str], [])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def rows(self, sql: str, **parameters: Any) -> list[Row]:
        self.asked.append(sql)
        return self.store.rows(sql, **parameters)


def test_a_tick_without_any_abandonment_asks_for_no_message(world: World) -> None:
    anna = world.visitor().view().add("X1@10")
    world.tick()
    watched = Watched(world.store)
    world.sessionizer.refolder = type(world.sessionizer.refolder)(cast(Store, watched), teller=world.sessionizer.refolder.teller)
    anna.add("X2@5")
    world.visitor().view().add("X3")
    world.tick(minutes=1)
    assert watched.asked
    assert not [sql for sql in watched.asked if "messages" in sql]
    world.tick(minutes=61)
    assert len([sql for sql in watched.asked if "messages" in sql]) == 1


# --- broken off anywhere -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["messages", "carts"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_broken_off_around_a_write_nothing_stays_untold_and_nothing_stays_wrong(world: World, table: str, moment: str) -> None:
    """Between the messages and the cart a late order arrives: the cart's row never said that it was abandoned."""
    anna = world.visitor().view().add("X1@10")
    bought_ms = world.clock.at_ms + MINUTE
    world.tick()
    world.pass_time(hours=2)
    breaking = Breaking(world.store, table, moment)
    world.sessionizer.refolder = type(world.sessionizer.refolder)(cast(Store, breaking))
    with pytest.raises(OSError, match="cut"):
        world.sessionizer.tick()
    world.start_anew()
    world.order_from_server("o-late", at_ms=bought_ms, visitor_id=anna.id)
    world.tick()
    assert world.cart()["state"] == "bought"
    assert standing(messages(world)) == set()
    assert kinds(world) in ([], ["cart.abandoned", "cart.retracted"])


class Breaking:
    """The process ends before or after a write of this table."""

    def __init__(self, store: Store, table: str, moment: str) -> None:
        self.store, self.table, self.moment = store, table, moment

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def insert(self, table: str, body: bytes, token: str = "") -> None:
        if (table, self.moment) == (self.table, "before"):
            raise OSError("cut")
        self.store.insert(table, body, token)
        if table == self.table:
            raise OSError("cut")


@settings(max_examples=size(2, 60), deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batch=batches(2, 8), seed=st.integers(0, 999))
def test_in_any_order_and_broken_off_anywhere_a_receiver_believes_what_the_carts_say(store: Store, batch: Batch, seed: int) -> None:
    chance = random.Random(seed)
    world = World(store, batch.site()).begin()
    rows = batch.rows(world.site.name)
    for part in parts(rows, chance):
        latest_ms = max((ms(row["received_at"]) for row in part), default=0) + chance.choice((0, HOUR, 3 * HOUR))
        world.clock.at_ms = min(NOW_MS, max(world.clock.at_ms, latest_ms))
        world.send(part)
        world.sessionizer.refolder = type(world.sessionizer.refolder)(cast(Store, Flaky(store, chance.randint(0, 25))))
        with suppress(StoreDown):
            world.sessionizer.tick()
        world.sessionizer.refolder = type(world.sessionizer.refolder)(store)
        if chance.random() < 0.7:
            world.sessionizer.tick()
            believed_rightly(world)
    world.clock.at_ms = NOW_MS
    world.sessionizer.tick()
    believed_rightly(world)
    store.command("DELETE FROM carts WHERE site = {site:String}", site=world.site.name)


def believed_rightly(world: World) -> None:
    said = messages(world)
    carts = {"cart:" + cart["cart_id"]: cart for cart in world.carts()}
    for subject in {row["subject"] for row in said} | carts.keys():
        believed = standing(row for row in said if row["subject"] == subject)
        assert believed <= (holds(carts[subject]) if subject in carts else set())
        if subject in carts and carts[subject]["state"] == "abandoned":
            assert believed >= must_be_told(carts[subject], world.clock.at_ms)
