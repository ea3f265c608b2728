"""The disk fails at the first operation, at the second, … until a day goes by without having met it (docs/guarantees.md, no. 11 and 17)."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
from pathlib import Path

import pytest

from tests.faults.disk import SHORT, Failing
from tests.faults.promises import Promises, opened
from tracker.errors import Unusable
from tracker.segment import framed, recover
from tracker.spool import Spool

ERRORS = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC, "EINTR": errno.EINTR, "EROFS": errno.EROFS, "short": SHORT}


def left_behind(directory: Path, promises: Promises) -> None:
    """What a crash may leave: a torn tail, damage in the middle, nothing but a torn group, an empty file, another version, a strange name."""
    directory.mkdir(parents=True)
    damaged = bytearray(framed([b"damaged"]))
    damaged[-3] ^= 1
    (directory / "0001-a1.open").write_bytes(promises.group() + b"#group 000000ff 0000")
    (directory / "0002-a2.open").write_bytes(promises.group() + damaged + promises.group())
    (directory / "0003-a3.open").write_bytes(b"#group 000000ff 00001111\nbegun")
    (directory / "0004-a4.open").touch()
    (directory / "0005-a5.open").write_bytes(b"#group9 another version\n")
    (directory / "copy of 0005.seg").write_bytes(b"what is this?")


def started(directory: Path, files: Failing) -> Spool:
    try:
        return opened(directory, files)
    except Unusable:  # a sentence and an exit code; when the disk is mended, the next start finds everything
        files.mend()
        return opened(directory, files)


async def a_day(directory: Path, files: Failing, promises: Promises) -> None:
    """A start on what was left behind, three rounds of requests with a writer behind them; then the disk is mended, and all goes on."""
    left_behind(directory, promises)
    box = started(directory, files)
    for _ in range(3):
        await asyncio.gather(*(promises.append(box) for _ in range(3)))
        promises.note(box)
        await box.tend()
        with contextlib.suppress(OSError):
            promises.take(directory, files)
    files.mend()
    await box.tend()
    assert await promises.append(box), "it must go on without a restart"
    await box.tend()
    assert not list(directory.glob("*.open")), "the writer must get everything without a restart"
    await box.close()


@pytest.mark.parametrize("sticky", [False, True], ids=["once", "for ever"])
@pytest.mark.parametrize("name", ERRORS)
async def test_whichever_operation_fails_nothing_acknowledged_is_lost_or_there_twice(tmp_path: Path, name: str, sticky: bool) -> None:
    for nth in itertools.count(1):
        directory, promises, files = tmp_path / str(nth) / "spool", Promises(), Failing(nth, ERRORS[name], sticky=sticky)
        await a_day(directory, files, promises)
        for _ in range(3):
            assert recover(directory) == []
        promises.verdict(directory)
        assert files.touched_again == [], f"operation {nth}: a file was used again after a failed write or sync"
        if not files.failed:
            break
    assert nth > 60, "a day has more operations than that"
    assert not promises.refused, "the last day had no fault"


@pytest.mark.parametrize("operation", ["write", "fdatasync", "rename", "fsync_directory", "open_new"])
async def test_a_disk_that_fails_for_long_keeps_no_pile_of_files_and_no_memory(tmp_path: Path, operation: str) -> None:
    promises, files = Promises(), Failing(1, errno.EIO, sticky=True, only=operation)
    files.mend()
    box = opened(tmp_path / "spool", files)
    assert await promises.append(box)
    files.nth = 1
    for _ in range(200):
        await promises.append(box)
    assert len(list((tmp_path / "spool").iterdir())) < 30
    files.mend()
    await box.tend()
    assert await promises.append(box)
    await box.close()
    promises.verdict(tmp_path / "spool")
