"""A store whose way to a real server leads through a bad network, and a spool that a writer moves there.

in   the server and the proxy of conftest.py
out  segments of known events; what of them is stored, and whether everything that hangs on it agrees
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.faults.clickhouse import ClickHouse
from tests.faults.proxy import Proxy
from tests.product import until
from tests.tracker.spooled import AT_S, letters, row, segment, told
from tracker.errors import StoreDown
from tracker.migrate import migrate
from tracker.sites import Site
from tracker.store import Store, load
from tracker.writer import Writer

PATIENT_S, IMPATIENT_S = 30, 1  # a machine that does other things too may need seconds for an insert
DAY_S = 86_400
TYPES = ({"type": "page_view", "title": "A page"}, {"type": "cart_add"}, {"type": "identify"}, {"type": "page_view", "at": AT_S - DAY_S})


class Far:
    """One database of its own, one site, one spool. `straight` goes past the proxy."""

    def __init__(self, server: ClickHouse, proxy: Proxy, folder: Path) -> None:
        self.server, self.proxy, self.folder = server, proxy, folder
        self.database = server.new_database()
        self.site = Site(name="shop", site_key="pk_shop")
        self.store = self.opened(proxy.port)
        migrate(self.store)
        self.writer = Writer(self.store, [folder])
        self.spooled = 0

    def opened(self, port: int = 0, user: str = "default", insert_max_s: int = PATIENT_S) -> Store:
        return Store(self.server.dsn(self.database, port=port, user=user), readers=1, insert_max_s=insert_max_s)

    def close(self) -> None:
        self.store.close()

    @contextlib.contextmanager
    def impatient(self) -> Iterator[Writer]:
        """A writer that gives an insert up after a second."""
        store = self.opened(self.proxy.port, insert_max_s=IMPATIENT_S)
        yield Writer(store, [self.folder])
        store.close()

    def spool(self, segments: int, lines: int = 40) -> int:
        """More events, each of a visitor of its own, on two days of kinds that every materialized view looks at. Returns how many there are."""
        for _ in range(segments):
            segment(self.folder, [self.line(self.spooled + number) for number in range(lines)])
            self.spooled += lines
        return self.spooled

    def line(self, number: int) -> bytes:
        fields = TYPES[number % len(TYPES)]
        return row(self.site, number, **fields, customer_id=f"c{number}" if fields["type"] == "identify" else "")

    def is_drained(self, writer: Writer | None = None) -> bool:
        """Tries once more; a failure is what the test is about."""
        writer = writer or self.writer
        with contextlib.suppress(StoreDown):
            writer.drain()
        return not [path for folder in writer.directories for path in folder.glob("*.seg")]

    def drained(self, timeout_s: float = 120) -> None:
        until(self.is_drained, timeout_s, "an empty spool")

    def more_moved(self, segments: int) -> None:
        """Waits for the writer beside."""
        wanted = self.writer.total.segments + segments
        until(lambda: self.writer.total.segments >= wanted, what=f"{segments} more segments moved")

    @contextlib.contextmanager
    def draining(self) -> Iterator[None]:
        """Beside what happens within."""
        stop = threading.Event()

        def drain() -> None:
            while not stop.is_set():
                self.is_drained()

        thread = threading.Thread(target=drain)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def verdict(self) -> None:
        """Every event that was spooled is stored once, and everything that follows from it was counted once."""
        store = self.opened()
        try:
            found = {row["target"]: (row["stored"], row["counted"]) for row in store.rows(load("tests.faults", "recount"), site=self.site.name)}
            assert found["events"] == (self.spooled, self.spooled), f"{found['events']} of {self.spooled}"
            differ = {target: counts for target, counts in found.items() if counts[0] != counts[1]}
            assert differ == {}, f"stored and counted of {differ}"
            assert letters(store, self.site) == []
            assert told(store, self.site) == dict.fromkeys([("received", ""), ("accepted", ""), ("stored", "")], self.spooled)
        finally:
            store.close()
