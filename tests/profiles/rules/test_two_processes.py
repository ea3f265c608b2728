"""Two processes hold the same rules against one database: one looks, the other is there when it is gone; and at once, they meet everything once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from profiles.rules.lease import Lease
from profiles.rules.loop import Runner
from tests.profiles.conftest import Api
from tests.profiles.rules.world import World
from tests.profiles.samples import NOW_MS, ago, cart, customer, item, session


@pytest.fixture
def world(api: Api) -> World:
    api.clock.at_ms = ago(180)
    return World(api)


def process(world: World, settle_s: float = 0.0) -> Runner:
    deps = world.api.deps
    return Runner(deps, Lease(deps.store, deps.clock, alone=False, settle_s=settle_s))


def turn(world: World, runner: Runner) -> None:
    world.only_here(runner)
    runner.turn()


def left(world: World, *names: str) -> None:
    world.put("carts", *(cart(world.api.site, name, ago(120), item("X1", 199.9), visitor_ids=[f"v-{name}"]) for name in names))


def test_one_looks_and_the_other_goes_on_where_it_ended(world: World) -> None:
    rule = world.rule()
    world.api.clock.at_ms = NOW_MS
    first, second = process(world), process(world)
    left(world, "a")
    turn(world, first)
    left(world, "b")
    turn(world, second)
    assert [match["subject_id"] for match in world.matches(rule)] == ["a"]
    world.pass_by(1)  # the first was killed
    turn(world, second)
    turn(world, first)  # or it slept
    assert {message["data"]["subject_id"] for message in world.messages()} == {"a", "b"}
    assert len(world.messages()) == len(world.matches(rule)) == 2
    assert (first.lease.is_mine(), second.lease.is_mine()) == (False, True)


def test_of_two_that_ask_at_the_same_moment_one_may_look(world: World) -> None:
    world.api.clock.at_ms = NOW_MS + 3_600_000
    both = [process(world, settle_s=1.5).lease for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(Lease.is_mine, both)) == [False, True]


@pytest.mark.parametrize("once", [{"per": "session"}, {"per": "customer", "days": 1}])
def test_two_that_look_at_the_same_moment_do_everything_once(world: World, monkeypatch: pytest.MonkeyPatch, once: dict[str, Any]) -> None:
    rule = world.rule({"field": "page_views", "operator": "at_least", "value": 5}, subject="session", once=once)
    world.api.clock.at_ms = NOW_MS
    world.put("customers", customer(world.api.site, "c-1"))
    world.put("sessions", *(session(world.api.site, "v-1", name, ago(60), customer_id="c-1") for name in ("s-1", "s-2")))
    first, second = process(world), process(world)
    remembered = first.remembered

    def meanwhile(*asked: Any) -> Any:
        memory = remembered(*asked)
        second.look()
        return memory

    monkeypatch.setattr(first, "remembered", meanwhile)
    for each in (first, second):
        world.only_here(each)
    first.look()
    met = 2 if once["per"] == "session" else 1
    assert [match["done"] for match in world.matches(rule)] == [True] * met
    assert len(world.messages()) == met
