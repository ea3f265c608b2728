"""The real door on an inherited socket: `python -m tests.faults.crashing_door DATA FD [MOMENT OPERATION HIT]`. Runs until its point, or SIGTERM."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvloop

from tests.faults.crashing import CrashingDisk, Point
from tracker.clock import SystemClock
from tracker.collector import Collector
from tracker.roof.child import Server, inherited, remember_signals
from tracker.settings import Settings


async def main(data: str, fd: str, *point: str) -> None:
    settings = Settings(data=Path(data), segment_max_ms=20, disk_reserve_bytes=4096)
    door = Collector(settings, SystemClock(), CrashingDisk(Point.of([*point])))
    await Server(door, settings, asyncio.Event()).serve(sockets=[inherited(int(fd))])


if __name__ == "__main__":
    remember_signals()
    uvloop.run(main(*sys.argv[1:]))
