"""A database as the version before the ledger left it, brought up to date: a process of its own, for an engine holds one directory.

in   `python -m tests.tracker.upgrading FOLDER`
out  one line of JSON: what the accounting says before and after the old spool is written
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import msgspec

from tests.tracker.spooled import row
from tracker import migrate
from tracker.accounting import Accounting
from tracker.ledger import OUTCOMES
from tracker.segment import framed, new_name
from tracker.sites import Site
from tracker.store import Store
from tracker.writer import Writer

SITE = Site(name="shop", site_key="")
LAST_WITHOUT_LEDGER = 3


def old_database(store: Store) -> None:
    """Three stored events, of which one came twice, and a dead one."""
    migrate.applied(store)
    for migration in migrate.migrations()[:LAST_WITHOUT_LEDGER]:
        for statement in migration.statements():
            store.command(statement)
        store.insert("migrations", msgspec.json.encode({"number": migration.number, "name": migration.name, "checksum": migration.checksum}))
    store.insert("events", b"\n".join(row(SITE, number % 3) for number in range(4)))
    store.insert("dead_letters", msgspec.json.encode({"site": "shop", "reason": "code_27", "message": "", "segment": "old", "line": "x"}))


def told(store: Store, spool: Path) -> dict[str, int]:
    account = Accounting(store, [spool], threading.Lock()).read("shop")
    outcomes = {outcome: account.total(outcome) for outcome in OUTCOMES if account.total(outcome)}
    return outcomes | {"in_spool": account.in_spool("shop"), "missing": sum(account.differences().values())}


def main(folder: Path) -> None:
    store = Store(f"chdb://{folder / 'clickhouse'}")
    old_database(store)
    spool = folder / "spool"
    spool.mkdir()
    (spool / f"{new_name()}.seg").write_bytes(framed([row(SITE, 7), row(SITE, 8)]))  # groups had no ledger line then
    for statement in migrate.migrations()[LAST_WITHOUT_LEDGER].statements():  # and the machine went down before it was noted
        store.command(statement)
    migrate.migrate(store)
    before = told(store, spool)
    Writer(store, [spool]).drain()
    print(json.dumps([before, told(store, spool)]))  # noqa: T201 - the output of this program
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
