"""What rules met of a person is handed out to them, and goes when they go: in the database and in the file for the public door."""

from __future__ import annotations

import msgspec
import pytest

from tests.profiles.conftest import Api
from tests.profiles.rules.world import World
from tests.profiles.samples import NOW_MS, ago, customer, session, visitor

READS = {"field": "page_views", "operator": "at_least", "value": 1}


@pytest.fixture
def world(api: Api) -> World:
    """Two customers with an offer each."""
    api.clock.at_ms = ago(180)
    world, site = World(api), api.site
    world.rule(READS, subject="session", action={"kind": "offer", "offer_id": "ten-percent"})
    api.clock.at_ms = NOW_MS
    for number in (1, 2):
        claim = {"from_at": 0, "until_at": 4_000_000_000, "customer_id": f"c-{number}", "identified_at": 1, "how": "login", "event_id": "e"}
        world.put("visitors", visitor(site, f"visitor-{number}", claims=[claim]))
        world.put("customers", customer(site, f"c-{number}", visitor_ids=[f"visitor-{number}"]))
        world.put("sessions", session(site, f"visitor-{number}", f"s{number}", ago(20), customer_id=f"c-{number}"))
    assert world.look() == 2
    return world


def file_of(world: World) -> bytes:
    return (world.api.deps.settings.data / "offers.json").read_bytes()


def test_a_person_is_told_what_rules_met_of_them(world: World) -> None:
    [met] = world.api.get("/v1/customers/c-1/export")["rule_matches"]
    assert (met["subject_id"], met["action"], met["target"], met["held_out"]) == ("s1", "offer", "ten-percent", False)
    assert met["why"] == ["its number of page views is at least 1"]


def test_an_erased_person_is_in_no_match_and_in_no_offer_and_the_others_stay(world: World) -> None:
    assert b"visitor-1" in file_of(world)
    erased = world.api.call("DELETE", "/v1/customers/c-1").json()
    assert (erased["deleted"]["rule_matches"], erased["deleted"]["offers"]) == (1, 1)
    assert list(msgspec.json.decode(file_of(world))[world.site]) == ["visitor-2"]
    world.look()
    assert list(msgspec.json.decode(file_of(world))[world.site]) == ["visitor-2"]
    rows = world.api.deps.store.rows("SELECT customer_id FROM rule_matches WHERE site = {site:String}", site=world.site)
    assert [row["customer_id"] for row in rows] == ["c-2"]


def test_who_is_erased_while_the_rules_look_is_not_met(world: World) -> None:
    world.api.call("DELETE", "/v1/customers/c-1")
    world.put("sessions", session(world.api.site, "visitor-1", "s3", ago(15), customer_id="c-1"))  # written by one who had read it before
    assert world.look() == 0
