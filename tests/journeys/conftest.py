"""A street per test, on a site of its own; the small worlds of the sessionizer's tests where no API is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sessionizer.loop import Sessionizer
from tests.journeys.street import START_MS, Street
from tests.profiles.conftest import api, api_of, registry
from tests.sessionizer.conftest import world
from tests.sessionizer.world import pass_over
from tracker.sites import Site
from tracker.store import Store

__all__ = ["api", "api_of", "registry", "world"]


@pytest.fixture
def street(store: Store, site: Site, api_of: Any) -> Iterator[Street]:
    asked = api_of(site)
    asked.clock.at_ms = START_MS
    sessionizer = Sessionizer(store, lambda: {asked.site.name: asked.site}, asked.clock)
    pass_over(sessionizer)
    yield Street(asked, sessionizer)
    store.command("DELETE FROM carts WHERE site = {site:String}", site=site.name)  # another test's clock would let these carts fall due
