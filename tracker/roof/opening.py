"""Opening the database of these settings: its lock first, then the schema."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from tracker.errors import BadSetting, StoreDown, StoreMisfit
from tracker.lock import DirectoryLock
from tracker.migrate import migrate
from tracker.settings import Settings
from tracker.store import Store

log = logging.getLogger("tracker.store")

WAIT_MAX_S = 30.0

T = TypeVar("T")
Wait = Callable[[float], bool]  # waits so many seconds; True where there is nothing to wait for any more


@contextmanager
def opened(settings: Settings, readers: int = 4, *, bring_up_to_date: bool = True, wait: Wait | None = None) -> Iterator[Store]:
    """The store with its schema up to date. Raises Held where another process has the embedded database, StoreDown where it does not answer.

    With `wait`, a server that does not answer is asked again until it does.
    """
    with ExitStack() as stack:
        if settings.embedded:
            stack.callback(locked(settings).release)
            wait = None
        store = stack.enter_context(answering(settings, readers, wait))
        if bring_up_to_date:
            patiently(lambda: migrate(store, settings.cluster), wait)
        yield store


def locked(settings: Settings) -> DirectoryLock:
    directory = Path(settings.dsn.removeprefix("chdb://"))
    if not directory.is_absolute():
        raise BadSetting(f"TRACKER_STORE is {settings.dsn}: the path must be absolute, as in chdb:///var/lib/tracker")
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    return DirectoryLock(directory.parent / f"{directory.name}-lock")


@contextmanager
def adding_up(settings: Settings) -> Iterator[None]:
    """Two sessionizers would write into each other's tables of work. Raises Held where one runs on this data folder already.

    Embedded, the database itself is held. Of other machines nothing is known here: docs/operations.md says to run one.
    """
    if settings.embedded:
        yield
        return
    lock = DirectoryLock(settings.data / "sessionizer")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def answering(settings: Settings, readers: int, wait: Wait | None) -> Iterator[Store]:
    limits = {"query_max_s": settings.query_max_s, "memory_max_bytes": settings.memory_max_bytes, "insert_max_s": settings.insert_max_s}
    store = patiently(lambda: Store(settings.dsn, readers=readers, **limits), wait)
    try:
        yield store
    finally:
        store.close()


def patiently(work: Callable[[], T], wait: Wait | None) -> T:
    """What needs a person is not waited for. Ends the process, as it was asked to, where `wait` says so."""
    wait_s = 0.5
    while True:
        try:
            return work()
        except StoreMisfit:
            raise
        except StoreDown as error:
            if wait is None:
                raise
            log.warning("%s Trying again in %.1f s; what the door takes meanwhile is in the spool.", error, wait_s)
            if wait(wait_s):
                raise SystemExit(0) from error
            wait_s = min(wait_s * 2, WAIT_MAX_S)
