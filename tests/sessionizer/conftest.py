"""A world per test, on a site of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sessionizer.world import World
from tracker.sites import Site
from tracker.store import Store


@pytest.fixture
def world(store: Store, site: Site) -> Iterator[World]:
    yield World(store, site).begin()
    # Another test's clock would let these carts fall due.
    store.command("DELETE FROM carts WHERE site = {site:String}", site=site.name)
