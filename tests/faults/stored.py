"""What lies in the embedded database of a stopped product, row by row.

in   the data folder, a site
out  rows of events (sql/stored.sql) and dead letters (sql/dead.sql)
Opened in a process of its own: the engine takes one directory per process. `python -m tests.faults.stored DATA SITE` is that process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.product import ROOT, environment
from tracker.roof.opening import opened
from tracker.settings import Settings
from tracker.store import load

Row = dict[str, Any]


@dataclass(frozen=True)
class Stored:
    events: list[Row]
    dead: list[Row]


def stored(data: Path, site: str) -> Stored:
    command = [sys.executable, "-m", "tests.faults.stored", str(data), site]
    done = subprocess.run(command, cwd=ROOT, env=environment(data), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return Stored([row for row in rows if "line" not in row], [row for row in rows if "line" in row])


def main(data: str, site: str) -> None:
    with opened(Settings(data=Path(data)), readers=1, bring_up_to_date=False) as store:
        for query in ("stored", "dead"):
            for row in store.rows(load("tests.faults", query), site=site):
                sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
