"""The power goes at any moment: what was acknowledged is there, whatever else the disk has kept (FAULTS.md, scenarios 6 and 10)."""

from __future__ import annotations

import asyncio
import logging
import random
import shutil
from pathlib import Path

from tests.faults.disk import Disk
from tests.faults.power import Moment, Powered, key, lay_out, states
from tests.faults.promises import Promises, group_of, opened
from tests.faults.sizes import size
from tracker.files import write_all
from tracker.segment import recover

STATES = size(short=1_000, long=10_000)
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
    for _ in range(2):
        box = opened(directory, disk, segment_max_bytes=2_000)
        if chance.random() < 0.5:
            promises.take(directory, disk)
        for _ in range(4):
            requests = [promises.append(box, chance.randint(1, 4), chance.choice((10, 300, 700))) for _ in range(chance.randint(1, 3))]
            assert all(await asyncio.gather(*requests))
            if chance.random() < 0.5:
                await box.tend()
            if chance.random() < 0.5:
                promises.take(directory, disk)
        await box.close()


def recovered(moment: Moment, folder: Path, base: Path, chance: random.Random, seen: set[int]) -> None:
    """Judges the states of one moment that have not been judged before."""
    folder.mkdir()
    for state in states(moment, LIMIT, chance):
        if key(state, moment.promises) not in seen:
            seen.add(key(state, moment.promises))
            under = folder / str(len(seen))
            lay_out(state, base, under)
            survived(under, moment.promises, chance)
    shutil.rmtree(folder)


def survived(under: Path, promises: Promises, chance: random.Random) -> None:
    directory = under / "spool"
    if not directory.is_dir():
        assert not promises.acknowledged, "the folder itself was lost"
        return
    again = Powered(under, promises)
    assert recover(directory, again) == []
    promises.verdict(directory, refused_may_be_there=True, all_noted=False)
    moment = chance.choice([*again.moments, again.now()])
    for number, state in enumerate(states(moment, AGAIN, chance)):
        lay_out(state, under, under / f"again-{number}")
        for _ in range(3):
            assert recover(under / f"again-{number}" / "spool", Disk()) == []
        promises.verdict(under / f"again-{number}" / "spool", refused_may_be_there=True, all_noted=False)


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
        for number, moment in enumerate([*disk.moments, disk.now()]):
            recovered(moment, tmp_path / f"states-{number}", base, chance, seen)
    log.info("%d different states of %d days", len(seen), days)
