"""A folder of the version before the ledger: all that was ever stored is in the account, and what waits is written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.product import ROOT


def test_what_came_before_the_ledger_is_counted_in_and_the_old_spool_is_written(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.tracker.upgrading", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    before, after = json.loads(done.stdout)
    assert before == {"received": 7, "accepted": 7, "stored": 4, "dead": 1, "in_spool": 2, "missing": 0}
    assert after == {"received": 7, "accepted": 7, "stored": 6, "dead": 1, "in_spool": 0, "missing": 0}
