"""What lies in the embedded database of a stopped product, row by row.

in   the data folder, a site
out  rows of events (sql/stored.sql), dead letters (sql/dead.sql), sums of the ledger (sql/ledger.sql)
Opened in a process of its own: the engine takes one directory per process. `python -m tests.faults.stored DATA SITE` is that process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.product import ROOT, environment
from tracker.roof.opening import opened
from tracker.settings import Settings
from tracker.store import Store, load

Row = dict[str, Any]


@dataclass(frozen=True)
class Stored:
    events: list[Row]
    dead: list[Row]
    ledger: dict[str, int]  # outcome -> events


def stored(data: Path, site: str) -> Stored:
    command = [sys.executable, "-m", "tests.faults.stored", str(data), site]
    done = subprocess.run(command, cwd=ROOT, env=environment(data), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return Stored(found["events"], found["dead"], found["ledger"])


def rows_of(store: Store, site: str) -> Stored:
    events, dead, sums = (store.rows(load("tests.faults", query), site=site) for query in ("stored", "dead", "ledger"))
    return Stored(events, dead, {row["outcome"]: row["counted"] for row in sums})


def main(data: str, site: str) -> None:
    with opened(Settings(data=Path(data)), readers=1, bring_up_to_date=False) as store:
        json.dump(asdict(rows_of(store, site)), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
