"""What every test may use: one embedded database for the whole run, and a site of one's own."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tracker.migrate import migrate
from tracker.sites import Site
from tracker.store import Store

# A busy machine is no fault of what is tested: an example may take its time, and so may making it up.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


MEMORY, ROOM_BYTES = Path("/dev/shm"), 1 << 30


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The embedded engine takes one directory per process, so tests share it and keep apart by site."""
    with shelf(tmp_path_factory) as folder:
        store = Store(f"chdb://{folder}")
        migrate(store)
        yield store
        store.close()


@contextmanager
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """In memory where there is room: an insert waits until eight tables are on the disk, and nobody cuts this database's power."""
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ROOM_BYTES:
        yield tmp_path_factory.mktemp("clickhouse")
        return
    for left in MEMORY.glob("tracker-tests-*"):
        if not Path("/proc", left.name.rpartition("-")[2]).exists():  # its process was killed
            shutil.rmtree(left, ignore_errors=True)
    folder = MEMORY / f"tracker-tests-{os.getpid()}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def site() -> Site:
    name = f"shop-{uuid.uuid4().hex[:8]}"
    return Site(name=name, site_key=f"pk_{name}", origins=("https://shop.example",))
