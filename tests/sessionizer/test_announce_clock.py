"""The clock of the machine is put back between two looks: what was told of a cart is still what the cart says (docs/guarantees.md, no. 25)."""

from __future__ import annotations

from contextlib import suppress
from typing import cast

import pytest

from tests.sessionizer.test_announce import Breaking, believed_rightly, kinds, messages, standing
from tests.sessionizer.world import MINUTE, World, span_ms
from tracker.store import Store


@pytest.mark.parametrize("back", [{}, {"minutes": 95}, {"hours": 30}], ids=["right", "95min", "30h"])
def test_broken_off_while_the_clock_was_put_back_nothing_stays_taken_back_that_holds(world: World, back: dict[str, float]) -> None:
    """The step that broke off had taken an abandonment back, as by its clock the hour was not over; the next one finds the row that is there."""
    world.visitor().view().add("X1@10")
    world.tick()
    (added,) = (row for row in world.history if row["type"] == "cart_add")
    world.tick(minutes=122)
    told_ms = world.clock.at_ms
    world.clock.at_ms -= span_ms(**back)
    world.send([added])  # a copy: there is nothing new in it, but the cart is looked at
    world.sessionizer.refolder = type(world.sessionizer.refolder)(cast(Store, Breaking(world.store, "carts", "before")))
    with suppress(OSError):
        world.sessionizer.tick()
    world.start_anew()
    world.clock.at_ms = told_ms + MINUTE
    world.send([added])
    world.tick()
    assert world.cart()["state"] == "abandoned"
    believed_rightly(world)


def test_a_clock_that_goes_back_between_two_looks_leaves_told_what_the_carts_say(world: World) -> None:
    world.visitor().view().add("X1@10")
    world.tick()
    (added,) = (row for row in world.history if row["type"] == "cart_add")
    world.tick(minutes=61)
    for minutes in (-50, 20, 300):
        world.send([added])
        world.tick(minutes=minutes)
        believed_rightly(world)
    assert kinds(world) == ["cart.abandoned", "cart.retracted", "cart.abandoned"]
    assert standing(messages(world)) == {("cart.abandoned", world.cart()["abandoned_at"])}
