"""The whole way: carts are left behind, the list is pulled, a letter is answered, an order comes, and the report tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.profiles.campaigns.world import a_program, address, in_cell, pull, rows
from tests.profiles.conftest import Api
from tests.profiles.samples import NOW_MS
from tests.sessionizer.world import World

PEOPLE = [f"person-{n}" for n in range(24)]


@pytest.fixture
def world(api: Api) -> Iterator[World]:
    """The sessionizer adds up what its visitors do; API and visitors have one clock."""
    world = World(api.deps.store, api.site).begin()
    yield world
    api.clock.at_ms = NOW_MS


def test_from_a_cart_left_behind_to_the_report(api: Api, world: World) -> None:
    for name in PEOPLE:
        world.visitor(f"v-{name}").view("/shoes").log_in(name).add("X1@50").view("/cart")
    world.tick(minutes=90)
    api.clock.at_ms = world.clock.at_ms
    program_id = a_program(api, salt="journey")
    pulled = pull(api, program_id)
    letters = {row["member"]["customer_id"]: row["response_code"] for row in rows(api, pulled)}
    held = sorted(set(PEOPLE) - set(letters))
    assert {cell for name, cell in in_cell(api, program_id).items() if name in held} == {"nobody"}
    clicks, calls, orders_by_post, silent = sorted(letters)[:4]

    world.pass_time(hours=20)
    link = f"https://shop.example/shoes?rc={letters[clicks]}"
    answered = world.visitor("v-new-phone").act("page_view", page_id="p-1", url=link)
    answered.log_in(clicks).add("X1@50").order("o-clicks", "X1@50", value=50)
    world.order_from_server("o-post", customer_id=orders_by_post, items=[{"id": "X1"}], value=80, props={"response_code": letters[orders_by_post]})
    world.order_from_server("o-held", customer_id=held[0], items=[{"id": "X1"}], value=30)
    world.visitor(f"v-{silent}").view("/about")
    api.clock.at_ms = world.clock.at_ms
    called = api.call("POST", "/v1/responses", json={"response_code": letters[calls], "at": "2026-09-28T09:00:00Z", "customer_id": calls})
    assert called.json() == {"accepted": 1, "refused": []}
    api.deps.store.insert("events", api.spool.lines[-1])
    world.tick(minutes=5)
    api.clock.at_ms = world.clock.at_ms

    told = {cell["cell"]: cell for cell in api.get(f"/v1/programs/{program_id}/report")["cells"]}
    mail, nobody = told["mail"], told["nobody"]
    assert (mail["people"], mail["contacted"], nobody["people"], nobody["contacted"]) == (len(letters), len(letters), len(held), 0)
    assert (mail["responded"]["people"], mail["responses_of_others"]) == (3, 0)
    assert (mail["returned"]["people"], mail["ordered"]["people"], nobody["ordered"]["people"]) == (2, 2, 1)
    assert [(value["currency"], value["value"]) for value in mail["value"]] == [("EUR", 130)]
    assert mail["against_hold_out"]["ordered"]["verdict"] == "too_early"
    assert api.get(f"{address(pulled)}/retractions")["data"] == []
    assert how_recovered(api, orders_by_post) == how_recovered(api, clicks) == "response"
    assert how_recovered(api, held[0]) == "organic"


def how_recovered(api: Api, customer_id: str) -> Any:
    (cart,) = api.get("/v1/carts", customer_id=customer_id, state="recovered")["data"]
    return cart["recovered"]["how"]
