"""`python -m tests.faults.full_disk embedded|server DISK`: a database on a small disk that becomes full, and is freed again.

in   the small disk's folder
out  one line of JSON: the error of an insert into the full disk, and targets with stored and counted rows (sql/recount.sql) before, and after
     that insert was repeated under its token
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.faults.clickhouse import ClickHouse
from tests.tracker.spooled import row
from tracker.errors import StoreDown
from tracker.migrate import migrate
from tracker.sites import Site
from tracker.store import Store, load

SITE = Site(name="shop", site_key="pk_shop")
LINES = 2000


@contextmanager
def database(kind: str, disk: Path) -> Iterator[str]:
    """A DSN."""
    if kind == "embedded":
        yield f"chdb://{disk}/clickhouse"
        return
    server = ClickHouse(disk)
    server.start()
    yield server.dsn("tracker")
    server.close()


def fill(path: Path) -> None:
    with open(path, "wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while True:
                    file.write(os.urandom(size))


def lines(first: int) -> bytes:
    return b"\n".join(row(SITE, number, type="cart_add") for number in range(first, first + LINES)) + b"\n"


def counts(store: Store) -> dict[str, list[int]]:
    return {found["target"]: [found["stored"], found["counted"]] for found in store.rows(load("tests.faults", "recount"), site=SITE.name)}


def main(kind: str, folder: str) -> int:
    disk = Path(folder)
    with database(kind, disk) as dsn:
        store = Store(dsn, readers=1)
        migrate(store)
        store.insert("events", lines(0), "before")
        before = counts(store)
        fill(disk / "filler")
        try:
            store.insert("events", lines(LINES), "full")
            error = ""
        except StoreDown as down:
            error = f"{type(down).__name__}: {down}"
        (disk / "filler").unlink()
        store.insert("events", lines(LINES), "full")
        store.insert("events", lines(LINES), "full")
        sys.stdout.write(json.dumps({"error": error, "before": before, "after": counts(store)}) + "\n")
        store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
