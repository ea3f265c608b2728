"""The door starts in well under a second because it carries no database."""

from __future__ import annotations

import subprocess
import sys

from tests.house.tree import ROOT

HEAVY = ("chdb", "clickhouse_connect", "pandas", "pyarrow", "numpy")


def loaded_by(statement: str) -> set[str]:
    """The top-level packages that a new interpreter has loaded after this statement."""
    code = f"{statement}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_door_knows_no_database_client() -> None:
    assert loaded_by("import tracker.roof.collect").isdisjoint(HEAVY)


def test_a_command_that_needs_no_database_loads_none() -> None:
    assert loaded_by("import tracker.__main__").isdisjoint({"chdb", "pandas", "pyarrow"})
