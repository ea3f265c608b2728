"""What the tests of writer, accounting and dead letters share: rows, segments, and databases that fail at a chosen moment.

The engine is the real one; the doubles stand at its end: they refuse, fall silent or lose the reply, and pass everything else on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from tests.faults.disk import Disk
from tracker import ledger
from tracker.contents import admitted
from tracker.event import EventRow
from tracker.ledger import Tally
from tracker.segment import framed, new_name
from tracker.sites import Site
from tracker.store import Store

AT_S = 1_764_000_000.123


def row(site: Site, number: int, **fields: Any) -> bytes:
    given = {"site": site.name, "visitor_id": f"v{number}", "event_id": f"e{number:05d}", "type": "page_view", "at": AT_S, "received_at": AT_S + 0.5}
    return msgspec.json.encode(EventRow(**{**given, "source": "tag", **fields}))


def segment(directory: Path, lines: Iterable[bytes], tally: Tally | None = None, name: str = "") -> Path:
    """A sealed segment of one group, with its ledger line; by default each line received and accepted."""
    directory.mkdir(exist_ok=True)
    lines = list(lines)
    path = directory / f"{name or new_name()}.seg"
    path.write_bytes(framed([*lines, ledger.line(admitted(lines) if tally is None else tally)]))
    return path


def stored(store: Store, site: Site) -> list[str]:
    """Every row, copies too."""
    return [found["event_id"] for found in store.rows("SELECT event_id FROM events WHERE site = {site:String} ORDER BY event_id", site=site.name)]


def letters(store: Store, site: Site) -> list[dict[str, Any]]:
    asked = "SELECT line, reason, message, segment FROM dead_letters WHERE site = {site:String} ORDER BY line"
    return store.rows(asked, site=site.name)


def told(store: Store, site: Site) -> dict[tuple[str, str], int]:
    """What the ledger says of a site."""
    rows = store.rows("SELECT outcome, reason, sum(events) AS n FROM ledger WHERE site = {site:String} GROUP BY outcome, reason", site=site.name)
    return {(found["outcome"], found["reason"]): found["n"] for found in rows if found["n"]}


class Through(Store):
    """The same engine, another end; `inserts` lists what was asked of it: (table, rows, token)."""

    def __init__(self, store: Store) -> None:
        self.__dict__.update(store.__dict__)
        self.inserts: list[tuple[str, int, str]] = []

    def insert(self, table: str, body: bytes, token: str = "") -> None:
        self.inserts.append((table, body.count(b"\n"), token))
        self.before(table, body)
        super().insert(table, body, token)
        self.after(table)

    def before(self, table: str, body: bytes) -> None: ...

    def after(self, table: str) -> None: ...


class Refusing(Through):
    """Raises what `refusal` makes of an insert of events, where it makes something."""

    def __init__(self, store: Store, refusal: Callable[[bytes], Exception | None]) -> None:
        super().__init__(store)
        self.refusal = refusal

    def before(self, table: str, body: bytes) -> None:
        error = self.refusal(body) if table == "events" else None
        if error is not None:
            raise error


class Killed(BaseException):
    """The process is gone: nothing after this line happens."""


class DyingStore(Through):
    """Dies after the nth insert or command that the database took, and before anybody heard so."""

    def __init__(self, store: Store, nth: int) -> None:
        super().__init__(store)
        self.nth, self.done = nth, 0

    def after(self, table: str) -> None:
        self.done += 1
        if self.done == self.nth:
            raise Killed

    def command(self, sql: str, alone: str = "", **parameters: Any) -> None:
        super().command(sql, alone, **parameters)
        self.after("command")


class DyingDisk(Disk):
    """Dies before the nth operation that changes something, or after it."""

    CHANGES = ("open_new", "open_again", "write", "fill", "truncate", "fdatasync", "close", "fsync_directory", "rename", "unlink", "make_directory")

    def __init__(self, nth: int, *, after: bool = False) -> None:
        self.nth, self.dies_after, self.met = nth, after, 0

    def before(self, name: str, *args: Any) -> None:
        if name in self.CHANGES:
            self.met += 1
            if self.met == self.nth and not self.dies_after:
                raise Killed

    def after(self, name: str, result: Any, *args: Any) -> None:
        if name in self.CHANGES and self.met == self.nth and self.dies_after:
            raise Killed
