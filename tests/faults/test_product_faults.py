"""A running product whose halves are stopped, crashed and challenged; at the end everything acknowledged lies in the database once."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.faults.oracle import Oracle
from tests.faults.settling import fresh_event_is_seen, settled
from tests.faults.sizes import size
from tests.faults.stored import stored
from tests.product import Product, Shop, child_pid, tracker, until

SILENT_S = size(10, 75)  # how long store may be silent
BATCHES_PER_S = 40
EVENTS_PER_S = BATCHES_PER_S * 12


@dataclass
class World:
    product: Product
    shop: Shop
    oracle: Oracle

    @property
    def store(self) -> int | None:
        return child_pid(self.product.process.pid, "store")

    def said(self, sentence: str) -> bool:
        return any(re.search(sentence, line) for line in self.product.said)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data = tmp_path_factory.mktemp("faults")
    product = Product(data, "--demo", "--silent-s", str(SILENT_S))
    shop = Shop(product, "shop")
    oracle = Oracle(lambda: product.public, shop.keys["site_key"], batches_per_s=BATCHES_PER_S)
    yield World(product, shop, oracle)
    shop.close()
    assert product.stop() == 0, "\n".join(product.said)
    oracle.verdict(stored(data, shop.keys["site"]))


def test_while_store_is_stopped_for_less_than_its_limit_the_door_goes_on_and_nobody_intervenes(world: World) -> None:
    store = world.product.children["store"]
    with world.oracle as oracle:
        oracle.more_acknowledged(EVENTS_PER_S // 4)
        os.kill(store, signal.SIGSTOP)
        oracle.more_acknowledged(EVENTS_PER_S * size(2, 60), timeout_s=240)
        os.kill(store, signal.SIGCONT)
    assert oracle.of("refused") == set()
    settled(world.shop, oracle)
    fresh_event_is_seen(world.shop, oracle)
    assert world.store == store, "\n".join(world.product.said)


def test_a_store_that_stays_silent_is_ended_and_another_takes_over(world: World) -> None:
    store = world.store
    assert store
    with world.oracle as oracle:
        oracle.more_acknowledged(EVENTS_PER_S // 4)
        os.kill(store, signal.SIGSTOP)
        until(lambda: world.store not in (None, store), SILENT_S + 60, "another store")
    assert world.said(f"store has been silent for {SILENT_S} s and is ended .process {store}.")
    settled(world.shop, oracle)
    fresh_event_is_seen(world.shop, oracle)


def test_a_crash_of_the_engine_is_seen_at_once_and_loses_nothing(world: World) -> None:
    store = world.store
    assert store
    with world.oracle as oracle:
        oracle.more_acknowledged(EVENTS_PER_S // 4)
        os.kill(store, signal.SIGSEGV)
        until(lambda: world.said("store was killed by SIGSEGV"), SILENT_S + 60, "the end of store by its own crash, before its silence is noticed")
        oracle.more_acknowledged(EVENTS_PER_S // 4)
    assert not world.said(f"is ended .process {store}.")
    settled(world.shop, oracle)
    fresh_event_is_seen(world.shop, oracle)


@pytest.mark.parametrize(("command", "child"), [("collect", "collect"), ("profiles", "store")])
def test_a_second_process_on_one_folder_is_refused_and_told_by_whom(world: World, command: str, child: str) -> None:
    holder = child_pid(world.product.process.pid, child)
    port = "--port" if command == "collect" else "--admin-port"
    refused = tracker(world.product.data, command, port, "0")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert re.search(rf"tracker: {world.product.data}/\S+ is in use by process {holder}\. ", refused.stderr), refused.stderr
    with world.oracle as oracle:
        oracle.more_acknowledged(EVENTS_PER_S // 4)
    settled(world.shop, oracle)
