"""What was promised is on disk, whatever happened to the file afterwards."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path

import pytest

from tracker import ledger, segment
from tracker.errors import Held, SpoolFull
from tracker.files import Files
from tracker.ledger import Tally
from tracker.spool import Spool


def opened(directory: Path, segment_max_bytes: int = 1_000_000, spool_max_bytes: int = 10_000_000) -> Spool:
    return Spool(directory, segment_max_bytes=segment_max_bytes, segment_max_ms=50, spool_max_bytes=spool_max_bytes)


def lines_in(directory: Path) -> list[bytes]:
    found = [group for path in segment.sealed(directory) for group in segment.groups(path.read_bytes())]
    return [line for group in found if group.sound for line in group.body.splitlines()]


async def test_lines_are_on_disk_when_append_returns(tmp_path: Path) -> None:
    box = opened(tmp_path)
    await box.append([b"one", b"two"])
    (path,) = tmp_path.glob("*.open")
    assert [group.body for group in segment.groups(path.read_bytes())] == [b"one\ntwo\n"]
    await box.close()


async def test_requests_that_come_together_share_a_group(tmp_path: Path) -> None:
    box = opened(tmp_path)
    await asyncio.gather(*(box.append([b"%d" % n]) for n in range(50)))
    await box.close()
    (path,) = segment.sealed(tmp_path)
    assert len(list(segment.groups(path.read_bytes()))) < 10
    assert sorted(map(int, lines_in(tmp_path))) == list(range(50))


async def test_a_segment_is_sealed_at_its_size(tmp_path: Path) -> None:
    box = opened(tmp_path, segment_max_bytes=200)
    for n in range(10):
        await box.append([b"x" * 90 + b"%d" % n])
    assert len(segment.sealed(tmp_path)) == 5
    await box.close()
    assert len(lines_in(tmp_path)) == 10


async def test_a_segment_is_sealed_at_its_age_however_small(tmp_path: Path) -> None:
    box = opened(tmp_path)
    stop = asyncio.Event()
    sealing = asyncio.create_task(box.seal_when_old(stop))
    await box.append([b"lonely"])
    async with asyncio.timeout(30):
        while not segment.sealed(tmp_path):
            await asyncio.sleep(0.01)
    stop.set()
    await sealing
    await box.close()
    assert lines_in(tmp_path) == [b"lonely"]


async def test_a_segment_under_load_is_filled_ahead_and_sealed_without_what_was_filled(tmp_path: Path) -> None:
    box = opened(tmp_path, segment_max_bytes=100_000)
    for n in range(60):
        await box.append([b"x" * 100 + b"%d" % n])
    (path,) = tmp_path.glob("*.open")
    held = path.read_bytes()
    assert held.endswith(b"\0" * 100)
    assert [group.sound for group in segment.groups(held)] == [True] * 60
    await box.close()
    (path,) = segment.sealed(tmp_path)
    assert path.read_bytes() == held.rstrip(b"\0")


async def test_a_disk_that_cannot_fill_ahead_takes_what_comes_all_the_same(tmp_path: Path) -> None:
    class Hole(Files):
        def fill(self, fd: int, at: int, size: int) -> None:
            raise OSError(errno.ENOSPC, "full")

    box = Spool(tmp_path, segment_max_bytes=1000, segment_max_ms=50, spool_max_bytes=10_000_000, files=Hole())
    for n in range(60):
        await box.append([b"%d" % n])
    await box.close()
    assert lines_in(tmp_path) == [b"%d" % n for n in range(60)]


@pytest.mark.parametrize("ending", ["open", "seg"])
def test_zeros_at_the_end_of_a_segment_are_no_damage(tmp_path: Path, ending: str, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / f"{segment.new_name()}.{ending}"
    path.write_bytes(segment.framed([b"one", b"two"]) + bytes(300_000))
    assert segment.recover(tmp_path) == []
    assert lines_in(tmp_path) == [b"one", b"two"]
    assert (caplog.messages, list(tmp_path.glob("quarantine/*"))) == ([], [])


async def test_a_backlog_is_kept_in_few_long_segments(tmp_path: Path) -> None:
    box = opened(tmp_path)
    for n in range(6):  # nobody takes them
        await box.append([b"%d" % n])
        assert box._growing is not None
        box._growing.born -= 1.0  # older than a segment gets
        await box.tend()
    waiting = segment.sealed(tmp_path)
    assert len(waiting) == 4
    waiting[0].unlink()  # somebody took the oldest
    await box.tend()
    assert len(segment.sealed(tmp_path)) == 4
    await box.append([b"6"])
    assert box._growing is not None
    box._growing.born -= 60.0  # in any case
    await box.tend()
    assert len(segment.sealed(tmp_path)) == 5
    await box.close()
    assert lines_in(tmp_path) == [b"1", b"2", b"3", b"4", b"5", b"6"]


async def test_a_second_process_is_told_who_holds_the_spool(tmp_path: Path) -> None:
    box = opened(tmp_path)
    with pytest.raises(Held, match="process"):
        opened(tmp_path)
    await box.close()
    await opened(tmp_path).close()


async def test_above_the_high_water_mark_nothing_is_promised(tmp_path: Path) -> None:
    box = opened(tmp_path, spool_max_bytes=100)
    await box.append([b"x" * 60])
    with pytest.raises(SpoolFull, match="behind"):
        await box.append([b"x" * 60])
    await box.close()
    assert lines_in(tmp_path) == [b"x" * 60]


async def test_after_closing_nothing_is_promised(tmp_path: Path) -> None:
    box = opened(tmp_path)
    await box.close()
    with pytest.raises(SpoolFull):
        await box.append([b"late"])


def tally(received: int, accepted: int) -> Tally:
    return Tally({("shop", "received", ""): received, ("shop", "accepted", ""): accepted})


def groups_in(directory: Path) -> list[list[bytes]]:
    paths = sorted((*directory.glob("*.seg"), *directory.glob("*.open")))
    return [group.body.splitlines() for path in paths for group in segment.groups(path.read_bytes()) if group.sound]


async def test_what_became_of_all_requests_of_a_group_is_one_line_at_its_end(tmp_path: Path) -> None:
    box = opened(tmp_path)
    box.note(Tally({("shop", "received", ""): 1, ("shop", "refused", "item"): 1}))
    await asyncio.gather(box.append([b"one"], tally(2, 1)), box.append([b"two", b"three"], tally(2, 2)), box.append([b"four"]))
    (group,) = groups_in(tmp_path)
    assert group[:-1] == [b"one", b"two", b"three", b"four"]
    assert ledger.tally_of(group[-1]) == tally(5, 3) + Tally({("shop", "refused", "item"): 1})
    await box.close()


async def test_what_is_noted_without_a_request_is_on_disk_by_itself(tmp_path: Path) -> None:
    box = opened(tmp_path)
    for _ in range(3):
        box.note(tally(1, 0))
    async with asyncio.timeout(30):
        while not groups_in(tmp_path):
            await asyncio.sleep(0.01)
    assert groups_in(tmp_path) == [[ledger.line(tally(3, 0))]]
    box.note(tally(7, 0))
    await box.close()
    assert groups_in(tmp_path)[1:] == [[ledger.line(tally(7, 0))]], "the last ones are written when it ends"


async def test_a_request_that_went_away_disturbs_nobody_and_is_counted_if_it_is_stored(tmp_path: Path) -> None:
    box = opened(tmp_path)
    gone = asyncio.create_task(box.append([b"gone"], tally(1, 1)))
    other = asyncio.create_task(box.append([b"other"], tally(1, 1)))
    await asyncio.sleep(0)
    gone.cancel()
    await other
    await box.close()
    assert groups_in(tmp_path) == [[b"gone", b"other", ledger.line(tally(2, 2))]]


class Broken(Files):
    times = 1

    def write(self, fd: int, data: memoryview) -> int:
        taken = super().write(fd, data[:10])
        if self.times:
            self.times -= 1
            raise MemoryError("a fault nobody thought of")
        return taken


async def test_whatever_goes_wrong_no_request_waits_for_ever(tmp_path: Path) -> None:
    box = Spool(tmp_path, segment_max_bytes=1_000_000, segment_max_ms=50, spool_max_bytes=10_000_000, files=Broken())
    answers = await asyncio.gather(*(box.append([b"%d" % n]) for n in range(10)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [SpoolFull] * 10
    assert "a fault nobody thought of" in str(answers[0])
    await box.append([b"and it goes on"])
    await box.close()
    assert [path.read_bytes() for path in segment.sealed(tmp_path)] == [segment.framed([b"and it goes on"])]
