"""Erasing and handing out a person, in the process that has the database.

in   a site and one id
out  JSON: what was deleted; everything that is stored
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import msgspec

from profiles import persons
from profiles.deps import Deps
from profiles.erasing import Eraser
from sessionizer.loop import Sessionizer
from tracker.clock import SystemClock
from tracker.errors import BadInput, StoreDown
from tracker.files import DISK
from tracker.registry import Registry
from tracker.segment import ours
from tracker.settings import Settings
from tracker.sites import Site
from tracker.store import Store, load
from tracker.tombstones import FOLLOW_S

PATIENCE_S = 30.0
DISK_S = 60.0
TICKS_S = 5.0  # a sessionizer elsewhere has done its tick by then
ENDINGS = (".open", ".seg")


class Whom(msgspec.Struct):
    """One of the two ids."""

    site: str
    customer_id: str = ""
    visitor_id: str = ""


def eraser(
    settings: Settings, store: Store, sessionizer: Sessionizer | None, directories: Sequence[Path], write: Callable[[], None] | None = None,
    telling: AbstractContextManager[Any] | None = None,
) -> Eraser:  # fmt: skip
    """`write` brings what is spooled into the database; without it, somebody else does and is waited for. The same with the sessionizer.

    `telling` is the lock of the webhooks, where they are sent from here.
    """

    def settle() -> None:
        if write is None:
            wait_for(waiting(directories), directories)
        else:
            write()
        if sessionizer is None:
            time.sleep(TICKS_S)
        else:
            sessionizer.tick()

    @contextmanager
    def quiet() -> Iterator[None]:
        with telling or nullcontext():
            if sessionizer is None:
                yield
                return
            with sessionizer.lock:
                yield
                sessionizer.builder.clear()

    # where other writers and the sessionizer are processes of their own: what they had in hand comes within this time
    rounds_s = (0.0,) if store.embedded else (0.0, FOLLOW_S + TICKS_S)
    return Eraser(store, SystemClock(), settings.data, directories, settle=settle, quiet=quiet, rounds_s=rounds_s)


def wait_for(there: set[str], directories: Sequence[Path], patience_s: float = PATIENCE_S) -> None:
    """Until these segments are in the database.

    Raises StoreDown where that takes long: who a browser belongs to may stand in one of them, and be left out with it.
    """
    deadline = time.monotonic() + patience_s
    while left := there & waiting(directories):
        if time.monotonic() > deadline:
            raise StoreDown(f"{len(left)} segments of the spool still wait for the database. Erase again when it has caught up: tracker doctor")
        time.sleep(0.05)


def waiting(directories: Sequence[Path]) -> set[str]:
    return {Path(name).stem for directory in directories if directory.is_dir() for ending in ENDINGS for name in ours(directory, ending, DISK)}


def forgotten(deps: Deps, whom: Whom) -> bytes:
    """Returns when the bytes are gone as well, or with `left_on_disk` where that takes long. Raises BadInput."""
    check(whom)
    site = known(deps.registry, whom.site)
    erased = deps.eraser.erase(site, customer_id=whom.customer_id, visitor_id=whom.visitor_id, asked_by="command line")
    left = deps.eraser.leave_the_disk(DISK_S)
    return msgspec.json.encode(msgspec.to_builtins(erased) | {"left_on_disk": left})


def exported(deps: Deps, whom: Whom) -> bytes:
    """Raises BadInput where there is nobody of that id."""
    check(whom)
    site = known(deps.registry, whom.site)
    told = persons.export(deps, site, whom.customer_id) if whom.customer_id else persons.export_visitor(deps, site, whom.visitor_id)
    if told is None:
        raise BadInput(f"Nothing is stored about {whom.customer_id or whom.visitor_id!r} at site {whom.site!r}")
    return msgspec.json.encode(told)


def known(registry: Registry, name: str) -> Site:
    """Also a site that was removed: what was stored stays until it is forgotten. Raises BadInput."""
    docs = [row["doc"] for row in registry.store.rows(load("tracker", "sites")) if row["removed"]]
    removed = next((site for site in (msgspec.json.decode(doc, type=Site) for doc in docs) if site.name == name), None)
    return removed or registry.site(name)


def check(whom: Whom) -> None:
    if bool(whom.customer_id) == bool(whom.visitor_id):
        raise BadInput("Name one person: --customer ID or --visitor ID")
