"""The product against the oracle: a second, slow model of DESIGN.md section 3 (tests/sessionizer/oracle)."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from sessionizer.arrivals import Arrivals
from tests.faults.sizes import size
from tests.sessionizer.batches import NOW_MS, Batch, batches
from tests.sessionizer.world import World
from tracker.store import Store


@settings(max_examples=size(16, 400), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(batch=batches(5, 12))
def test_the_tables_say_what_the_rules_say(store: Store, arrivals: Arrivals, batch: Batch) -> None:
    world = World(store, batch.site())
    world.sessionizer.arrivals = arrivals
    world.clock.at_ms = NOW_MS
    world.send(batch.rows(world.site.name))
    world.sessionizer.rebuild(world.site.name)
    found = batch.tables(world)
    store.command("DELETE FROM carts WHERE site = {site:String}", site=world.site.name)
    assert found == batch.told()
