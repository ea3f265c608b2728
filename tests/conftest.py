"""What every test may use: one embedded database for the whole run, and a site of one's own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tracker.migrate import migrate
from tracker.sites import Site
from tracker.store import Store

# A busy machine is no fault of what is tested: an example may take its time, and so may making it up.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The embedded engine takes one directory per process, so tests share it and keep apart by site."""
    directory: Path = tmp_path_factory.mktemp("clickhouse")
    store = Store(f"chdb://{directory}")
    migrate(store)
    yield store
    store.close()


@pytest.fixture
def site() -> Site:
    name = f"shop-{uuid.uuid4().hex[:8]}"
    return Site(name=name, site_key=f"pk_{name}", origins=("https://shop.example",))
