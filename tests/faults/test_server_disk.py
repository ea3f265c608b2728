"""The disk of the database becomes full in the middle of the work, and is freed again: the repeated insert gives the exact count."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.full_disk import LINES
from tests.product import ROOT

MOUNTED = 'mount -t tmpfs -o size=64m none "$1" && exec "$2" -m tests.faults.full_disk "$3" "$1"'


@pytest.mark.parametrize("kind", ["embedded", "server"])
def test_a_full_disk_keeps_the_insert_waiting_and_its_repetition_counts_once(tmp_path: Path, kind: str) -> None:
    """The small disk is seen by this one process alone, and gone with it."""
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", MOUNTED, "sh", str(tmp_path), sys.executable, kind]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{done.stderr[-2000:]}\nThis needs a kernel that lets a user mount a tmpfs in a namespace of its own."
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["error"].startswith("StoreDown: Code: 243")
    assert told["before"]["events"] == [LINES, LINES]
    assert told["after"]["events"] == [2 * LINES, 2 * LINES]
    assert {target: both for target, both in told["after"].items() if both[0] != both[1]} == {}
