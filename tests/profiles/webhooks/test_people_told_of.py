"""What was told of a person is handed out to them, and goes when they go (docs/privacy.md; docs/guarantees.md, no. 64)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from profiles import persons
from profiles.erasing import Eraser
from profiles.webhooks.ladder import Outcome
from tests.profiles.conftest import Api
from tests.profiles.webhooks.conftest import Post
from tests.profiles.webhooks.receiver import Receiver
from tests.sessionizer.world import World
from tracker.store import Store


@pytest.fixture
def world(post: Post) -> Iterator[World]:
    world = World(post.store, post.site, post.clock).begin()
    world.sessionizer.arrivals.look()
    post.webhook("/", "cart.abandoned")
    world.visitor("anns-phone").view().log_in("customer-ann").add("X1@10")
    world.visitor("bens-phone").view().log_in("customer-ben").add("X2@10")
    world.visitor("kiosk").view().log_in("customer-ann").log_out().view().log_in("customer-ben").view()
    world.tick()
    world.tick(minutes=61)
    yield world
    post.store.command("DELETE FROM carts WHERE site = {site:String}", site=post.site.name)


def held(store: Store, site: str, word: str) -> list[str]:
    """Tables of ours that hold the word in a row of this site."""
    sql = {
        "messages": "SELECT formatRow('JSONEachRow', *) AS line FROM messages WHERE site = {site:String}",
        "deliveries": "SELECT formatRow('JSONEachRow', *) AS line FROM deliveries WHERE site = {site:String}",
    }
    return [table for table, asked in sql.items() if word in " ".join(row["line"] for row in store.rows(asked, site=site))]


def test_an_erased_person_is_in_no_message_and_others_are(world: World, post: Post, receiver: Receiver, tmp_path: Path) -> None:
    post.go()
    anns = next(got.message_id for got in receiver.got if b"customer-ann" in got.body)
    assert held(post.store, post.site.name, anns) == ["messages", "deliveries"]

    erased = Eraser(post.store, post.clock, tmp_path).erase(post.site, customer_id="customer-ann", asked_by="test")

    assert erased is not None
    assert (erased.deleted["messages"] > 0, erased.deleted["deliveries"] > 0) == (True, True)
    assert [held(post.store, post.site.name, word) for word in ("customer-ann", "anns-phone", anns)] == [[], [], []]
    assert held(post.store, post.site.name, "customer-ben") == ["messages"]
    world.tick(seconds=1)
    post.go()
    assert held(post.store, post.site.name, "customer-ann") == []
    assert len(receiver.got) == 2


def test_a_note_that_comes_back_after_the_erasure_brings_nobody_back(world: World, post: Post, receiver: Receiver, tmp_path: Path) -> None:
    """The message was on its way while its person was erased."""
    post.deliverer.look()
    wanted = post.deliverer.claimed(post.deliverer.claim_due())
    assert len(wanted) == 2
    Eraser(post.store, post.clock, tmp_path).erase(post.site, customer_id="customer-ann", asked_by="test")
    post.deliverer.landed = {delivery.delivery_id: (delivery, Outcome(200)) for delivery, _ in wanted}
    post.deliverer.note_landed()
    left = post.store.rows("SELECT status FROM deliveries FINAL WHERE site = {site:String}", site=post.site.name)
    assert left == [{"status": "delivered"}]
    assert post.deliverer.flying == {}


def test_a_person_is_handed_out_what_was_told_of_them_and_who_took_it(world: World, post: Post, receiver: Receiver, api: Api) -> None:
    post.go()
    api.clock.at_ms = post.clock.at_ms
    export = persons.export(api.deps, post.site, "customer-ann")
    assert export is not None
    (told,) = export.messages
    assert told.type == "cart.abandoned"
    assert json.loads(told.told)["data"]["owner"]["customer_id"] == "customer-ann"
    assert told.taken_by == [receiver.url()]
    browser = persons.export_visitor(api.deps, post.site, "bens-phone")
    assert browser is not None
    assert len(browser.messages) == 1
