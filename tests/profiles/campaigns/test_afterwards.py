"""What happens to a pull after it was made: orders that were late, people who are erased, messages to webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from tests.profiles.campaigns.world import a_program, abandoned_carts, address, csv, in_cell, pull, rows
from tests.profiles.conftest import Api
from tests.profiles.lists.world import cart
from tests.profiles.samples import NOW_MS, ago, customer, event, put, visitor
from tests.sessionizer.world import World
from tracker.clock import iso
from tracker.store import Store

ALL = [{"name": "all", "share": 1}]


@pytest.fixture
def world(api: Api) -> Iterator[World]:
    """The sessionizer adds up what its visitors do; API and visitors have one clock."""
    world = World(api.deps.store, api.site).begin()
    api.clock.at_ms = world.clock.at_ms
    yield world
    api.clock.at_ms = NOW_MS


def pulled_at(api: Api, world: World, program_id: str) -> Any:
    api.clock.at_ms = world.clock.at_ms
    return pull(api, program_id)


def retracted(api: Api, pulled: Any) -> dict[str, str]:
    return {row["customer_id"]: row["why"] for row in api.get(f"{address(pulled)}/retractions")["data"]}


def left_behind(world: World, *names: str) -> None:
    for name in names:
        world.visitor(f"v-{name}").view("/shoes").log_in(name).add("X1@10").view("/cart")
    world.tick(minutes=90)


# --- retractions ---------------------------------------------------------------------------------------------------


def test_a_late_order_is_told_beside_the_pull_whose_rows_stay_as_they_are(api: Api, world: World) -> None:
    started_ms = world.clock.at_ms
    left_behind(world, "ann", "ben", "cem")
    program_id = a_program(api, cells=ALL)
    pulled = pulled_at(api, world, program_id)
    before = csv(api, pulled)
    assert (pulled["handed_out"], retracted(api, pulled)) == (3, {})
    world.order_from_server("o-1", at_ms=started_ms + 20 * 60_000, customer_id="ann", items=[{"id": "X1"}])  # before it counted as abandoned
    world.order_from_server("o-2", at_ms=started_ms + 80 * 60_000, customer_id="ben", items=[{"id": "X1"}])  # after that, before the pull
    world.order_from_server("o-3", at_ms=world.clock.at_ms + 1000, customer_id="cem", items=[{"id": "X1"}])  # after the pull: it worked
    world.tick(minutes=5)
    assert retracted(api, pulled) == {"ann": "bought", "ben": "bought"}
    (first, _) = api.get(f"{address(pulled)}/retractions")["data"]
    assert first["at"] >= pulled["pulled_at"]
    assert csv(api, pulled) == before


def test_a_late_touch_and_a_log_in_that_joins_two_carts_take_a_row_back(api: Api, world: World) -> None:
    started_ms = world.clock.at_ms
    left_behind(world, "ann")
    world.visitor("v-nameless").view("/hats").add("X2@5")
    world.tick(minutes=90)
    program_id = a_program(api, cells=ALL)
    pulled = pulled_at(api, world, program_id)
    assert (pulled["handed_out"], retracted(api, pulled)) == (2, {})
    late = {"received_ms": world.clock.at_ms}
    world.event("cart_add", world.clock.at_ms - 60_000, visitor_id="v-ann", items=[{"id": "X9"}], **late)
    world.event("identify", started_ms + 100 * 60_000, visitor_id="v-nameless", customer_id="ann", props={"how": "login"}, **late)
    world.tick(minutes=1)
    told = api.get(f"{address(pulled)}/retractions")["data"]
    assert {row["visitor_ids"][0]: row["why"] for row in told} == {"v-nameless": "gone", "v-ann": "touched"}


def test_a_rebuild_while_a_pull_is_made_changes_nothing_of_it(api: Api, world: World) -> None:
    left_behind(world, *(f"c-{n}" for n in range(8)))
    program_id = a_program(api, cells=ALL, salt="s")
    before = pulled_at(api, world, program_id)
    with ThreadPoolExecutor(1) as aside:
        rebuilt = aside.submit(world.sessionizer.rebuild, world.site.name)
        during = [pull(api, program_id)]
        while not rebuilt.done():
            during.append(pull(api, program_id))
        rebuilt.result()
    members = [[row["member"] for row in rows(api, pulled)] for pulled in (before, *during, pull(api, program_id))]
    assert all(each == members[0] for each in members)
    assert retracted(api, before) == {}


# --- people --------------------------------------------------------------------------------------------------------


@pytest.fixture
def pulled(api: Api, store: Store) -> Any:
    """Two customers with a browser each, one with a browser of somebody else's as well, and a nameless one; all pulled."""
    put(store, "carts", [
        cart(api.site, "k-ann", ago(300), customer_id="c-ann", visitor_ids=["v-ann"]),
        cart(api.site, "k-ben", ago(301), customer_id="c-ben", visitor_ids=["v-ben", "v-kiosk"]),
        cart(api.site, "k-nameless", ago(302), visitor_ids=["v-nameless"]),
    ])  # fmt: skip
    claims = [{"from_at": 0, "until_at": 4_102_444_800, "customer_id": "c-ann", "identified_at": 0, "how": "login", "event_id": "e-1"}]
    put(store, "visitors", [visitor(api.site, "v-ann", claims=claims)])
    put(store, "customers", [customer(api.site, "c-ann", visitor_ids=["v-ann"]), customer(api.site, "c-ben", visitor_ids=["v-ben", "v-kiosk"])])
    put(store, "events", [event(api.site, "v-ann", "e-1", "identify", ago(400), customer_id="c-ann")])
    return pull(api, a_program(api, cells=ALL))


def test_a_persons_export_tells_in_which_pulls_they_were(api: Api, pulled: Any) -> None:
    (contact,) = api.get("/v1/customers/c-ann/export")["contacts"]
    assert (contact["pull_id"], contact["cell"], contact["held_out"], contact["at"]) == (pulled["pull_id"], "all", False, iso(NOW_MS))
    assert contact["member"]["id"] == "k-ann"


def test_an_erased_person_is_in_no_pull_and_no_contact_and_the_others_stay(api: Api, pulled: Any) -> None:
    assert len(rows(api, pulled)) == 3
    erased = api.deps.eraser.erase(api.site, customer_id="c-ann", asked_by="test")
    assert (erased is not None, erased and erased.deleted["pull_rows"]) == (True, 1)
    left = [row["member"]["id"] for row in rows(api, pulled)]
    assert left == ["k-ben", "k-nameless"]
    assert "c-ann" not in csv(api, pulled).decode()
    assert "c-ann" not in in_cell(api, pulled["program_id"])
    api.deps.eraser.erase(api.site, visitor_id="v-nameless", asked_by="test")
    assert [row["member"]["id"] for row in rows(api, pulled)] == ["k-ben"]
    contacts = api.deps.store.rows("SELECT customer_id FROM contacts WHERE site = {site:String}", site=api.site.name)
    assert [row["customer_id"] for row in contacts] == ["c-ben"]


# --- webhooks ------------------------------------------------------------------------------------------------------


def test_a_pushed_pull_is_told_to_the_webhooks_a_hundred_rows_at_a_time_and_once(api: Api) -> None:
    abandoned_carts(api, 250)
    program_id = a_program(api)
    pulled = pull(api, program_id, idempotency_key="k", push=True)
    assert pull(api, program_id, idempotency_key="k", push=True) == pulled
    sql = "SELECT subject, sequence, type, payload, customer_ids FROM messages FINAL WHERE site = {site:String} ORDER BY sequence"
    told = api.deps.store.rows(sql, site=api.site.name)
    payloads = [msgspec.json.decode(row["payload"]) for row in told]
    sent = [row for payload in payloads for row in payload["data"]["rows"]]
    assert {(row["subject"], row["type"]) for row in told} == {(f"list:{pulled['pull_id']}", "list.pulled")}
    assert [len(payload["data"]["rows"]) for payload in payloads] == [100] * (pulled["handed_out"] // 100) + [pulled["handed_out"] % 100]
    assert [payload["data"]["is_last"] for payload in payloads] == [False] * (len(payloads) - 1) + [True]
    assert sent == rows(api, pulled)
    held = {name for name, cell in in_cell(api, program_id).items() if cell == "nobody"}
    assert not held & {name for row in told for name in row["customer_ids"]}
