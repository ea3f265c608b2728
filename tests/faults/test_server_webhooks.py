"""Webhooks from a ClickHouse server, where several processes may send."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from profiles.erasing import Eraser
from tests.faults.far import Far
from tests.profiles.webhooks.conftest import Post
from tests.profiles.webhooks.receiver import Receiver
from tests.sessionizer.world import World
from tracker.sites import Site


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def test_on_a_server_two_processes_send_each_message_once_and_an_erased_person_is_in_none(far: Far, receiver: Receiver, tmp_path: Path) -> None:
    site = Site(name="shop", site_key="pk_shop")
    post = Post(far.store, site, receiver, try_s=10)
    world = World(far.store, site, post.clock)
    post.webhook("/", "cart.abandoned")
    for number in range(5):
        world.visitor(f"v-{number}").view().log_in(f"customer-{number}").add("X1@10")
    world.tick()
    world.tick(minutes=61)

    both = [post.another(alone=False, settle_s=1.5) for _ in range(2)]
    threads = [threading.Thread(target=post.go, args=(each,)) for each in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    post.go(both[0])

    told = [json.loads(got.body)["data"]["owner"]["customer_id"] for got in receiver.got]
    assert sorted(told) == [f"customer-{number}" for number in range(5)]

    erased = Eraser(far.store, post.clock, tmp_path).erase(site, customer_id="customer-3", asked_by="test")
    assert erased is not None
    assert erased.deleted["messages"] > 0
    left = far.store.rows("SELECT DISTINCT arrayJoin(customer_ids) AS customer FROM messages WHERE site = 'shop' ORDER BY customer")
    assert [row["customer"] for row in left] == ["customer-0", "customer-1", "customer-2", "customer-4"]
