"""A world per test, on a site of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sessionizer.arrivals import Arrivals
from tests.sessionizer.world import World
from tracker.sites import Site
from tracker.store import Store


@pytest.fixture(scope="session")
def arrivals(store: Store) -> Arrivals:
    """Remembered from test to test, so that no test works in again what another left."""
    return Arrivals(store)


@pytest.fixture
def world(store: Store, site: Site, arrivals: Arrivals) -> Iterator[World]:
    world = World(store, site)
    world.sessionizer.arrivals = arrivals
    yield world
    # Another test's clock would let these carts fall due.
    store.command("DELETE FROM carts WHERE site = {site:String}", site=site.name)
