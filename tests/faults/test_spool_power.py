"""The power goes at any moment, also after an operation has failed: what was acknowledged is there, whatever else the disk has kept.

docs/guarantees.md, no. 6 and 10.
"""

from __future__ import annotations

import asyncio
import logging
import random
from pathlib import Path

from tests.faults.power import Memory, Moment, Powered, PoweredMemory, State, key, states
from tests.faults.promises import Promises, group_of, opened
from tests.faults.sizes import size
from tracker.errors import Unusable
from tracker.files import write_all
from tracker.segment import recover
from tracker.spool import Spool

STATES = size(short=1_500, long=25_000)
LIMIT = size(short=20, long=40)  # of one moment
AGAIN = size(short=1, long=4)  # of one state, the power going again while it is recovered

log = logging.getLogger("faults")


def killed_before(directory: Path, disk: Powered, promises: Promises) -> None:
    """A process that was killed in the middle of a write: nobody has synced the end of its segment."""
    disk.make_directory(directory)
    disk.fsync_directory(directory.parent)
    fd = disk.open_new(directory / "0001-a1.open")
    disk.fsync_directory(directory)
    lines = promises.lines()
    write_all(fd, group_of(lines), disk)
    disk.fdatasync(fd)
    promises.acknowledged.update(lines)
    write_all(fd, group_of(promises.lines())[:-20], disk)
    disk.close(fd)


async def a_day(directory: Path, disk: Powered, promises: Promises, chance: random.Random) -> None:
    """A start after a kill, requests of every size, a writer behind them, an end and another start."""
    if chance.random() < 0.5:
        killed_before(directory, disk, promises)
    if chance.random() < 0.5:
        disk.fails_at = len(disk.moments) + chance.randrange(1, 60)
    for _ in range(2):
        box = started(directory, disk)
        if chance.random() < 0.5:
            take(directory, disk, promises)
        for _ in range(4):
            requests = [promises.append(box, chance.randint(1, 4), chance.choice((10, 300, 700))) for _ in range(chance.randint(1, 3))]
            assert all(await asyncio.gather(*requests)) or disk.fails_at
            if chance.random() < 0.5:
                await box.tend()
            if chance.random() < 0.5:
                take(directory, disk, promises)
        await box.close()


def started(directory: Path, disk: Powered) -> Spool:
    try:
        return opened(directory, disk, segment_max_bytes=2_000)
    except Unusable:
        assert disk.fails_at
        return opened(directory, disk, segment_max_bytes=2_000)


def take(directory: Path, disk: Powered, promises: Promises) -> None:
    try:
        promises.take(directory, disk)
    except OSError:
        assert disk.fails_at


def judge(moment: Moment, directory: Path, chance: random.Random, seen: set[int], *, once: bool) -> None:
    """The states of one moment that have not been judged before."""
    for state in states(moment, LIMIT, chance):
        if key(state, moment.promises) not in seen:
            seen.add(key(state, moment.promises))
            survived(state, directory, moment.promises, chance, once=once)


def survived(state: State, directory: Path, promises: Promises, chance: random.Random, *, once: bool) -> None:
    if directory not in state:
        assert not promises.acknowledged, "the folder itself was lost"
        return
    disk = PoweredMemory(directory.parent, promises, state)
    assert recover(directory, disk) == []
    promises.verdict(directory, disk, refused_may_be_there=True, all_noted=False, once=once)
    for again in states(chance.choice([*disk.moments, disk.now()]), AGAIN, chance):
        second = Memory(again)
        for _ in range(3):
            assert recover(directory, second) == []
        promises.verdict(directory, second, refused_may_be_there=True, all_noted=False, once=once)


async def test_nothing_acknowledged_is_lost_when_the_power_goes(tmp_path: Path) -> None:
    seen: set[int] = set()
    days = 0
    while len(seen) < STATES:
        days += 1
        chance, promises = random.Random(days), Promises()
        base = tmp_path / f"day-{days}"
        base.mkdir()
        disk = Powered(base, promises)
        await a_day(base / "spool", disk, promises, chance)
        for moment in (*disk.moments, disk.now()):
            # After a failed sync a refused group may outlive the power, and its segment come back under another token: its lines count once by id.
            judge(moment, base / "spool", chance, seen, once=not disk.fails_at)
    log.info("%d different states of %d days", len(seen), days)
