"""Two processes on one server settle the same message at the same moment: it has one body, whoever sends it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from profiles.webhooks import keeping
from profiles.webhooks.fanout import FanOut
from tests.profiles.webhooks.conftest import Post
from tests.sessionizer.world import World
from tracker.store import Store

SETTLE_S = 0.3


class Watched:
    """A store that notes which bodies were written, by stage, and lets something happen just before the first one is."""

    def __init__(self, store: Store, before: Callable[[], None] = lambda: None) -> None:
        self.store, self.before = store, before
        self.written: dict[str, set[str]] = {"ready": set(), "done": set()}
        self.has_written = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def insert(self, table: str, body: bytes, token: str = "") -> None:
        rows = [json.loads(line) for line in body.splitlines()] if table == "messages" else []
        if rows and not self.has_written.is_set():
            self.before()
        self.store.insert(table, body, token)
        for row in (row for row in rows if row["body"]):  # of one that nobody takes there is none
            self.written[row["stage"]].add(row["body"])
        if rows:
            self.has_written.set()


@pytest.fixture
def world(post: Post) -> Iterator[World]:
    world = World(post.store, post.site, post.clock)
    world.sessionizer.arrivals.look()
    post.webhook("/", "cart.abandoned")
    world.visitor("anna").view().log_in("c-1").add("X1@10")
    world.tick()
    world.tick(minutes=61)
    yield world
    post.store.command("DELETE FROM carts WHERE site = {site:String}", site=post.site.name)


def fan_out(post: Post, store: Watched) -> FanOut:
    return FanOut(cast(Store, store), lambda: {post.site.name: post.site}, SETTLE_S)


def test_of_two_who_settle_a_message_at_once_both_send_the_same_bytes(world: World, post: Post) -> None:
    """The second one knows of an order that the first did not know of, and writes its body before the first has written its own."""
    second = Watched(post.store)
    webhooks = keeping.of_site(post.store, post.site.name)
    other = threading.Thread(target=fan_out(post, second).step, args=(webhooks, post.clock.at_ms))

    def meanwhile() -> None:
        world.order_from_server("o-1", customer_id="c-1", items=[{"id": "X1"}])
        world.tick(seconds=1)
        other.start()
        assert second.has_written.wait(60)

    first = Watched(post.store, meanwhile)
    fan_out(post, first).step(webhooks, post.clock.at_ms)
    other.join()
    assert [json.loads(body)["data"]["suppressed"] for body in (*first.written["ready"], *second.written["ready"])] == [[], ["bought_same_item_30d"]]
    assert first.written["done"] == second.written["done"] == first.written["ready"]


def test_what_another_process_has_settled_is_taken_as_it_is(world: World, post: Post) -> None:
    """It was killed before it had made a delivery of it."""
    webhooks = keeping.of_site(post.store, post.site.name)
    killed, after = Watched(post.store), Watched(post.store)
    rows = fan_out(post, killed).pending()
    fan_out(post, killed).agreed([(row, b'{"data":"settled"}') for row in rows if row["site"] == post.site.name])
    fan_out(post, after).step(webhooks, post.clock.at_ms)
    assert (after.written["ready"], after.written["done"]) == (set(), {'{"data":"settled"}'})
