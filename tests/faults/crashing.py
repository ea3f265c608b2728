"""The real door and the real writer, each in a process that kills itself at a named point. Nothing in the product knows of it.

in   `python -m tests.faults.crashing door|writer DATA FD MOMENT OPERATION HIT`; the disk and the database are doubles that count operations
out  SIGKILL before or after the nth hit of that operation; without MOMENT no fault: the door runs until SIGTERM, the writer until all is stored
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from tests.faults.disk import Disk
from tests.product import ROOT, environment, tracker
from tracker.clock import SystemClock
from tracker.collector import Collector
from tracker.roof.child import Server, inherited, remember_signals
from tracker.settings import Settings
from tracker.store import Store
from tracker.writer import Writer

CHANGES = ("make_directory", "open_new", "open_again", "write", "truncate", "allocate", "fdatasync", "close", "fsync_directory", "rename", "unlink")
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

    def reach(self, moment: str, operation: str) -> None:
        if (moment, operation) == (self.moment, self.operation):
            self.met += 1
            if self.met == self.hit:
                os.kill(os.getpid(), signal.SIGKILL)


NOWHERE = Point("", "", 0)


class CrashingDisk(Disk):
    def __init__(self, point: Point) -> None:
        self.point = point

    def before(self, name: str, *args: Any) -> None:
        self.point.reach("before", name)

    def after(self, name: str, result: Any, *args: Any) -> None:
        self.point.reach("after", name)


class CrashingStore(Store):
    def __init__(self, dsn: str, point: Point) -> None:
        super().__init__(dsn, readers=1)
        self.point = point

    def insert(self, table: str, body: bytes, token: str = "") -> None:
        self.point.reach("before", f"insert {table}")
        super().insert(table, body, token)
        self.point.reach("after", f"insert {table}")


async def door(data: Path, fd: int, point: Point) -> None:
    settings = Settings(data=data, segment_max_ms=20, disk_reserve_bytes=4096)
    await Server(Collector(settings, SystemClock(), CrashingDisk(point)), settings, asyncio.Event()).serve(sockets=[inherited(fd)])


def writer(data: Path, point: Point) -> None:
    store = CrashingStore(f"chdb://{data / 'clickhouse'}", point)
    Writer(store, [data / "spool" / "collect"], files=CrashingDisk(point)).drain()
    store.close()


def prepare(data: Path) -> None:
    """The schema, once for all lives of the writer."""
    done = tracker(data, "migrate")
    assert done.returncode == 0, done.stderr


def start(part: str, data: Path, fd: int = -1, point: Point = NOWHERE) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.faults.crashing", part, str(data), str(fd), point.moment, point.operation, str(point.hit)]
    return subprocess.Popen(command, cwd=ROOT, env=environment(data), pass_fds=[fd] if fd >= 0 else [], stderr=subprocess.PIPE, text=True)


def main(part: str, data: str, fd: str, moment: str, operation: str, hit: str) -> None:
    point = Point(moment, operation, int(hit))
    if part == "door":
        remember_signals()
        uvloop.run(door(Path(data), int(fd), point))
    else:
        writer(Path(data), point)


if __name__ == "__main__":
    main(*sys.argv[1:])
