"""The product against the oracle: a second, slow model of the rules (tests/sessionizer/oracle)."""

from __future__ import annotations

import json

import msgspec
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.faults.sizes import size
from tests.sessionizer.batches import NOW_MS, Batch, batches
from tests.sessionizer.oracle.events import event_time
from tests.sessionizer.world import DAY, NOON_MS, World
from tracker import event
from tracker.event import Receipt
from tracker.sites import Site
from tracker.store import Store


@settings(max_examples=size(12, 400), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(batch=batches(8, 12))
def test_the_tables_say_what_the_rules_say(store: Store, batch: Batch) -> None:
    world = World(store, batch.site()).begin()
    world.clock.at_ms = NOW_MS
    world.send(batch.rows(world.site.name))
    world.sessionizer.tick()
    found = batch.tables(world)
    store.command("DELETE FROM carts WHERE site = {site:String}", site=world.site.name)
    assert found == batch.told()


@example(at=NOON_MS - 7 * DAY, sent=NOON_MS, received=NOON_MS)
@example(at=NOON_MS - 7 * DAY - 1, sent=NOON_MS, received=NOON_MS)
@example(at=NOON_MS + 1, sent=NOON_MS, received=NOON_MS)
@given(at=st.integers(0, 2 * NOON_MS), sent=st.integers(0, 2 * NOON_MS), received=st.integers(NOON_MS, NOON_MS + DAY))
def test_the_door_gives_an_event_the_time_that_the_rules_say(at: int, sent: int, received: int) -> None:
    line = json.dumps({"id": "e-1", "type": "logout", "at": at}).encode()
    receipt = Receipt(site=Site(name="shop", site_key="pk_x"), received_ms=received, sent_ms=sent, visitor_id="v0")
    (row,) = event.parse([msgspec.Raw(line)], receipt).rows
    assert round(row.at * 1000) == event_time(at, sent, received)
