"""What was promised is on disk, whatever happened to the file afterwards."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tracker import segment
from tracker.errors import Held, SpoolFull
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
    async with asyncio.timeout(10):
        while not segment.sealed(tmp_path):
            await asyncio.sleep(0.01)
    stop.set()
    await sealing
    await box.close()
    assert lines_in(tmp_path) == [b"lonely"]


async def test_a_second_process_is_told_who_holds_the_spool(tmp_path: Path) -> None:
    box = opened(tmp_path)
    with pytest.raises(Held, match="process"):
        opened(tmp_path)
    await box.close()
    await opened(tmp_path).close()


def test_a_torn_tail_is_cut_at_every_byte_and_no_whole_group_is_lost(tmp_path: Path) -> None:
    whole = segment.framed([b"first"]) + segment.framed([b"second", b"third"])
    kept = len(segment.framed([b"first"]))
    for length in range(len(whole)):
        directory = tmp_path / str(length)
        directory.mkdir()
        (directory / "0001-aa.open").write_bytes(whole[:length])
        segment.recover(directory)
        assert lines_in(directory) == ([b"first"] if length >= kept else [])
        assert not list(directory.glob("*.open"))


def test_a_flipped_bit_costs_its_group_and_nothing_else() -> None:
    first, second, third = (segment.framed([name]) for name in (b"first", b"second", b"third"))
    whole = first + second + third
    for at in range(len(first), len(first) + len(second)):
        damaged = bytearray(whole)
        damaged[at] ^= 1
        found = list(segment.groups(bytes(damaged)))
        assert [group.body for group in found if group.sound] == [b"first\n", b"third\n"], at
        assert b"".join(damaged[group.start : group.end] for group in found if not group.sound) == damaged[len(first) : len(first) + len(second)]


@pytest.mark.parametrize("content", [b"", b"\0" * 4096, b"x", b"#group \n", b"#group zzzzzzzz 00000000\n"])
def test_a_file_with_nothing_in_it_is_no_reason_not_to_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "0001-aa.open").write_bytes(content)
    assert segment.recover(tmp_path) == []
    assert not list(tmp_path.glob("*.open"))
    assert b"".join(path.read_bytes() for path in tmp_path.glob("quarantine/*")) == content


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
