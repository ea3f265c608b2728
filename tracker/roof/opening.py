"""Opening the database of these settings: its lock first, then the schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracker.errors import BadSetting
from tracker.lock import DirectoryLock
from tracker.migrate import migrate
from tracker.settings import Settings
from tracker.store import Store


@contextmanager
def opened(settings: Settings, readers: int = 4, *, bring_up_to_date: bool = True) -> Iterator[Store]:
    """The store with its schema up to date. Raises Held where another process has the embedded database, StoreDown where it does not answer."""
    if settings.embedded:
        directory = Path(settings.dsn.removeprefix("chdb://"))
        if not directory.is_absolute():
            raise BadSetting(f"TRACKER_STORE is {settings.dsn}: the path must be absolute, as in chdb:///var/lib/tracker")
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = DirectoryLock(directory.parent / f"{directory.name}-lock")
    else:
        lock = None
    try:
        store = Store(settings.dsn, readers=readers, query_max_s=settings.query_max_s, memory_max_bytes=settings.memory_max_bytes)
        try:
            if bring_up_to_date:
                migrate(store, settings.cluster)
            yield store
        finally:
            store.close()
    finally:
        if lock is not None:
            lock.release()
