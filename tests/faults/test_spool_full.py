"""The disk is full, nearly full, slow, or the database is behind: the door says come again, keeps its memory flat, and goes on by itself.

docs/guarantees.md, no. 12 and 14.
"""

from __future__ import annotations

import asyncio
import errno
import os
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.disk import Disk, Failing, Small, mounted, unmount
from tests.faults.promises import Promises, opened
from tracker.errors import SpoolFull
from tracker.files import DISK, Files
from tracker.segment import backlog_bytes
from tracker.spool import WAITING_MAX_BYTES, Spool

MIB = 1024 * 1024
DISK_BYTES, RESERVE_BYTES = 40 * MIB, 8 * MIB
SOON_S = 60.0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Files]:
    """A disk of 40 MB at tmp_path/disk: a real one where this process may mount it, else one that counts."""
    where = tmp_path / "disk"
    where.mkdir()
    is_real = mounted(where, "size=40m")
    yield DISK if is_real else Small(where, DISK_BYTES)
    if is_real:
        unmount(where)


async def until_taken(promises: Promises, box: Spool) -> None:
    async with asyncio.timeout(SOON_S):
        while not await promises.append(box, count=1):
            await box.tend()


async def fill(promises: Promises, box: Spool, size: int = 16_000) -> None:
    """Until nothing more is taken."""
    while await promises.append(box, count=64, size=size):
        pass


async def test_a_disk_that_fills_up_is_refused_before_it_is_full_and_goes_on_when_there_is_room(tmp_path: Path, disk: Files) -> None:
    directory, promises = tmp_path / "disk" / "spool", Promises()
    box = opened(directory, disk, segment_max_bytes=4 * MIB, spool_max_bytes=1_000 * MIB, disk_reserve_bytes=RESERVE_BYTES)
    await fill(promises, box)
    assert box.room.has_reserve, "nobody had to touch the reserve"
    assert box.counts["abandoned"] == 0, "no write has failed"
    assert disk.free_bytes(directory) >= RESERVE_BYTES // 4 - MIB
    with pytest.raises(SpoolFull, match="nearly full"):
        await asyncio.to_thread(box.check_room)
    await box.tend()
    promises.take(directory)
    await until_taken(promises, box)
    await box.close()
    promises.verdict(directory)


async def test_when_others_fill_the_disk_the_reserve_lets_segments_and_tallies_through(tmp_path: Path, disk: Files) -> None:
    directory, promises = tmp_path / "disk" / "spool", Promises()
    box = opened(directory, disk, segment_max_bytes=4 * MIB, spool_max_bytes=1_000 * MIB, disk_reserve_bytes=RESERVE_BYTES)
    assert await promises.append(box)
    ballast = Ballast(disk, tmp_path / "disk" / "others")
    ballast.fill(directory)
    while await promises.append(box, count=8, size=16_000):
        pass
    assert not box.room.has_reserve, "given up at the first failed write"
    assert box.counts["abandoned"] == 1
    free = disk.free_bytes(directory)
    assert RESERVE_BYTES // 2 < free <= RESERVE_BYTES + MIB, "that is what the database has now"
    assert not await promises.append(box), "and nothing new is taken from it"
    await box.tend()
    promises.note(box)
    await box.tend()
    assert not list(directory.glob("*.open"))
    promises.take(directory)
    ballast.remove()
    await until_taken(promises, box)
    assert box.room.has_reserve, "made again"
    await box.close()
    promises.verdict(directory)


async def test_the_database_gets_the_reserve_also_when_no_request_comes(tmp_path: Path, disk: Files) -> None:
    directory = tmp_path / "disk" / "spool"
    box = opened(directory, disk, disk_reserve_bytes=RESERVE_BYTES)
    Ballast(disk, tmp_path / "disk" / "others").fill(directory)
    await box.tend()
    assert not box.room.has_reserve
    assert disk.free_bytes(directory) >= RESERVE_BYTES
    await box.close()


class Ballast:
    """What others write on the same disk."""

    def __init__(self, disk: Files, path: Path) -> None:
        self.disk, self.path = disk, path

    def fill(self, directory: Path) -> None:
        if isinstance(self.disk, Small):
            self.disk.ballast = self.disk.free_bytes(directory)
            return
        with open(self.path, "wb") as out:
            os.posix_fallocate(out.fileno(), 0, self.disk.free_bytes(directory))

    def remove(self) -> None:
        if isinstance(self.disk, Small):
            self.disk.ballast = 0
        else:
            self.path.unlink()


async def test_a_start_on_a_full_disk_keeps_what_is_there_and_waits_for_room(tmp_path: Path, disk: Files) -> None:
    directory, promises = tmp_path / "disk" / "spool", Promises()
    directory.mkdir()
    (directory / "00000000000000000001-a1.open").write_bytes(promises.group() + b"#group 0000")
    ballast = Ballast(disk, tmp_path / "disk" / "others")
    ballast.fill(directory)
    box = opened(directory, disk, disk_reserve_bytes=RESERVE_BYTES)
    assert not await promises.append(box)
    ballast.remove()
    await until_taken(promises, box)
    await box.close()
    promises.verdict(directory)


async def test_a_killed_run_leaves_its_reserve_to_the_next_one_and_a_clean_end_leaves_none(tmp_path: Path, disk: Files) -> None:
    directory = tmp_path / "disk" / "spool"
    directory.mkdir()
    (directory / "reserve").write_bytes(b"half")
    box = opened(directory, disk, disk_reserve_bytes=RESERVE_BYTES)
    assert (directory / "reserve").stat().st_size == RESERVE_BYTES
    if disk is DISK:
        assert (directory / "reserve").stat().st_blocks * 512 >= RESERVE_BYTES, "real blocks, not a hole"
    await box.close()
    assert not (directory / "reserve").exists()


async def test_above_the_high_water_mark_everything_is_refused_memory_stays_flat_and_it_ends_by_itself(tmp_path: Path) -> None:
    promises = Promises()
    box = opened(tmp_path, Disk(), segment_max_bytes=50_000, spool_max_bytes=300_000)
    await fill(promises, box, size=100)
    assert 250_000 < backlog_bytes(tmp_path) <= 300_000
    with pytest.raises(SpoolFull, match="the database is behind"):
        await asyncio.to_thread(box.check_room)
    lines = [b"x" * 1000] * 100
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    refused = 0
    for _ in range(20):
        answers = await asyncio.gather(*(box.append(lines) for _ in range(100)), return_exceptions=True)
        refused += sum(isinstance(answer, SpoolFull) for answer in answers)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert refused == 2_000, "200 MB were offered"
    assert grown < 1_000_000
    await box.tend()
    promises.take(tmp_path)
    await until_taken(promises, box)
    await box.close()
    promises.verdict(tmp_path)


class Slow(Disk):
    """Every sync waits for `go`."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def fdatasync(self, fd: int) -> None:
        self.go.wait()


@pytest.fixture
def slow() -> Iterator[Slow]:
    disk = Slow()
    yield disk
    disk.go.set()


async def test_a_disk_that_hangs_keeps_only_so_many_requests_waiting_and_answers_them_all(slow: Slow, tmp_path: Path) -> None:
    promises, box = Promises(), opened(tmp_path, slow, spool_max_bytes=1_000 * MIB)
    first = asyncio.create_task(promises.append(box, count=1))
    while not list(tmp_path.glob("*.open")):
        await asyncio.sleep(0)
    offered = 3 * WAITING_MAX_BYTES // (8 * MIB)
    requests = [asyncio.create_task(promises.append(box, count=8, size=MIB)) for _ in range(offered)]
    refused = [answer.result() for answer in (await asyncio.wait(requests, return_when=asyncio.FIRST_COMPLETED))[0]]
    assert refused
    assert not any(refused)
    slow.go.set()
    answers = await asyncio.gather(*requests)
    assert await first
    assert sum(answers) * 8 * MIB <= WAITING_MAX_BYTES
    assert sum(answers) >= WAITING_MAX_BYTES // (8 * MIB) - 1
    await box.tend()
    await until_taken(promises, box)
    await box.close()
    promises.verdict(tmp_path)


async def test_the_log_says_once_that_events_are_refused_and_once_that_they_are_taken_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    disk, promises = Failing(0, errno.EIO, sticky=True, only="fdatasync"), Promises()
    box = opened(tmp_path, disk)
    for nth in (0, 1, 0):
        disk.nth = nth
        for _ in range(5):
            await promises.append(box)
            promises.note(box)
        await box.tend()
    await box.close()
    said = [record.message for record in caplog.records if record.message.startswith("Events are")]
    assert said == [
        f"Events are refused: {tmp_path} cannot be written: Input/output error. Free some space or check the disk.",
        "Events are taken again",
    ]
