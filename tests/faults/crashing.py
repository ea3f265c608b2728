"""A process that kills itself at a named point; nothing in the product knows of it.

in   the operations of the disk and of the database, counted by doubles of both
out  SIGKILL before or after the nth hit of one of them
tests/faults/crashing_door.py and crashing_writer.py are the processes.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import Any

from tests.faults.disk import Disk

CHANGES = (
    "make_directory", "open_new", "open_again", "write", "fill", "truncate", "allocate", "fdatasync", "close", "fsync_directory", "rename", "unlink",
)  # fmt: skip
INSERTS = ("insert events", "insert dead_letters", "insert ledger")


@dataclass
class Point:
    """Where to die: `moment` is before or after the operation."""

    moment: str
    operation: str
    hit: int
    met: int = 0

    def __str__(self) -> str:
        return f"{self.moment} {self.operation} no. {self.hit}"

    @classmethod
    def of(cls, arguments: list[str]) -> Point:
        """MOMENT OPERATION HIT, or nothing for a life without a fault."""
        return cls(arguments[0], arguments[1], int(arguments[2])) if arguments else cls("", "", 0)

    def reach(self, moment: str, operation: str) -> None:
        if (moment, operation) == (self.moment, self.operation):
            self.met += 1
            if self.met == self.hit:
                os.kill(os.getpid(), signal.SIGKILL)


class CrashingDisk(Disk):
    def __init__(self, point: Point) -> None:
        self.point = point

    def before(self, name: str, *args: Any) -> None:
        self.point.reach("before", name)

    def after(self, name: str, result: Any, *args: Any) -> None:
        self.point.reach("after", name)
