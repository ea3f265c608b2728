"""A tick that breaks off anywhere is done again with the same result, also for days that lie long behind."""

from __future__ import annotations

import time
from typing import cast

import pytest

from tests.sessionizer.test_determinism import Flaky
from tests.sessionizer.world import World
from tracker.errors import StoreDown
from tracker.store import Store

LONG_AGO_S = 60  # longer than what a new process looks at again


@pytest.mark.parametrize("calls", [8, 14, 20, 26, 32, 38])
def test_a_log_in_claims_an_earlier_visit_also_where_its_tick_breaks_off(world: World, calls: int) -> None:
    ann = world.visitor().view(inserted_at=f"{time.time() - LONG_AGO_S:.3f}").wait(days=3)
    world.send()
    world.sessionizer.rebuild(world.site.name)
    ann.view().log_in("c-1")
    world.send()
    world.start_anew(cast(Store, Flaky(world.store, calls)))
    with pytest.raises(StoreDown):
        world.sessionizer.tick()
    world.start_anew()
    world.sessionizer.tick()
    assert [session["customer_id"] for session in world.sessions()] == ["c-1", "c-1"]


def test_no_visitor_is_left_on_the_bench(world: World) -> None:
    world.visitor().view().log_in("c-1")
    world.tick()
    assert world.store.rows("SELECT * FROM folded") == []
