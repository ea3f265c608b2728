"""A start on files that are not as they were left: all that can be read is delivered, all that cannot is kept, and every start succeeds.

docs/guarantees.md, no. 7, 8, 9, 10 and 32, and of scenario 1 the start with a full spool.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.faults.disk import Disk
from tests.faults.promises import Promises, opened, read
from tracker.errors import Unusable
from tracker.files import Files
from tracker.ledger import is_line
from tracker.segment import framed, groups, recover, sealed

GOLDEN = Path(__file__).parent / "golden"
NAME = "00000000000000000001-a1"


def delivered(directory: Path) -> list[bytes]:
    """Everything a writer finds, without the tallies."""
    return [line for path in sealed(directory) for line in read(path) if not is_line(line)]


def aside(directory: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in directory.glob("quarantine/*"))


def test_a_segment_cut_at_any_byte_of_its_last_three_groups_gives_all_whole_ones_and_nothing_else(tmp_path: Path) -> None:
    bodies = [[b"kept"], [b"one", b"two"], [b"#group 00000004 12345678", b"three"], [b"four"]]
    whole = b"".join(map(framed, bodies))
    ends = [len(b"".join(map(framed, bodies[: n + 1]))) for n in range(len(bodies))]
    for size in range(ends[0], len(whole)):
        directory = tmp_path / str(size)
        directory.mkdir()
        (directory / f"{NAME}.open").write_bytes(whole[:size])
        for _ in range(3):
            assert recover(directory) == []
        there = [line for body, end in zip(bodies, ends, strict=True) if end <= size for line in body]
        assert delivered(directory) == there, size
        assert (directory / f"{NAME}.seg").stat().st_size == max(end for end in ends if end <= size)
        assert aside(directory) == [], "a torn tail was never promised and is no damage"


@pytest.mark.parametrize("state", ["open", "seg"])
def test_a_bit_flipped_anywhere_in_a_group_costs_that_group_and_it_is_kept_aside(tmp_path: Path, state: str) -> None:
    first, second, third = framed([b"first"]), framed([b"second", b"more of it"]), framed([b"third"])
    for at in range(len(second)):
        directory = tmp_path / str(at)
        directory.mkdir()
        damaged = bytearray(second)
        damaged[at] ^= 1 << at % 8
        (directory / f"{NAME}.{state}").write_bytes(first + damaged + third)
        assert recover(directory) == []
        assert delivered(directory) == delivered(directory) == [b"first", b"third"], at
        assert b"".join(aside(directory)) == bytes(damaged), at


STRANGE = {
    "empty": b"",
    "one byte": b"x",
    "zeros": bytes(4096),
    "a header without numbers": b"#group zzzzzzzz 00000000\n",
    "a group that is longer than it says": b"#group 00000002 00000000\nxxxxxxxxxxxx\n",
    "another version": b"#group9 00000003\nabc",
    "something else": b"\x1f\x8b\x08 a gzip file, perhaps",
}


@pytest.mark.parametrize("ending", ["open", "seg"])
@pytest.mark.parametrize("kind", STRANGE)
def test_a_strange_file_is_kept_aside_and_no_reason_not_to_start(tmp_path: Path, kind: str, ending: str) -> None:
    (tmp_path / f"{NAME}.{ending}").write_bytes(STRANGE[kind])
    (tmp_path / "00000000000000000002-a2.open").write_bytes(framed([b"a good one"]))
    for _ in range(3):
        assert recover(tmp_path) == []
    assert delivered(tmp_path) == [b"a good one"]
    assert aside(tmp_path) == ([STRANGE[kind]] if STRANGE[kind] else [])


def test_a_copy_a_second_file_of_a_name_a_folder_and_a_link_are_kept_aside(tmp_path: Path) -> None:
    good = framed([b"good"])
    (tmp_path / f"{NAME}.seg").write_bytes(good)
    (tmp_path / f"{NAME}.open").write_bytes(good)
    (tmp_path / f"{NAME} (copy).seg").write_bytes(good)
    (tmp_path / "00000000000000000003-a3.seg").mkdir()
    (tmp_path / "00000000000000000004-a4.open").symlink_to(tmp_path / f"{NAME}.seg")
    (tmp_path / "notes.txt").write_text("not ours, not touched")
    for _ in range(3):
        assert recover(tmp_path) == []
    assert delivered(tmp_path) == [b"good"]
    assert len(list(tmp_path.glob("quarantine/*"))) == 4
    assert (tmp_path / "notes.txt").exists()


class Unreadable(Disk):
    """Root may read everything, so the disk says no."""

    def __init__(self, name: str) -> None:
        self.name = name

    def read(self, path: Path) -> bytes:
        if path.name == self.name:
            raise PermissionError(13, "Permission denied")
        return path.read_bytes()


async def test_a_file_that_may_not_be_read_stays_and_the_rest_goes_on(tmp_path: Path) -> None:
    promises, disk = Promises(), Unreadable(f"{NAME}.open")
    (tmp_path / f"{NAME}.open").write_bytes(promises.group())
    (tmp_path / "00000000000000000002-a2.open").write_bytes(promises.group())
    box = opened(tmp_path, disk)
    assert [path.name for path in sealed(tmp_path)] == ["00000000000000000002-a2.seg"]
    assert await promises.append(box)
    disk.name = "now it may"
    await box.tend()
    await box.close()
    promises.verdict(tmp_path)


class Counting(Disk):
    def __init__(self) -> None:
        self.reads: list[str] = []

    def before(self, name: str, *args: object) -> None:
        if name == "read":
            self.reads.append(str(args[0]))


async def test_a_start_does_not_read_what_is_sealed_however_much_it_is(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number:020d}-ab.seg").write_bytes(framed([b"x" * 100]))
    (tmp_path / "00000000000000009999-ab.open").write_bytes(framed([b"x" * 100]))
    disk = Counting()
    await opened(tmp_path, disk).close()
    assert disk.reads == [str(tmp_path / "00000000000000009999-ab.open")]
    assert len(delivered(tmp_path)) == 301


class Vanishing(Files):
    """The writer of an earlier process takes files away while they are listed."""

    def read(self, path: Path) -> bytes:
        path.unlink()
        return path.read_bytes()

    def size(self, path: Path) -> int:
        path.unlink(missing_ok=True)
        return path.stat().st_size


async def test_a_file_that_is_gone_when_it_is_looked_at_is_no_error(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.open").write_bytes(framed([b"gone"]))
    (tmp_path / "00000000000000000002-a2.seg").write_bytes(framed([b"gone"]))
    await opened(tmp_path, Vanishing()).close()
    assert delivered(tmp_path) == []


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.seg")), ids=lambda path: path.stem)
@pytest.mark.parametrize("ending", ["open", "seg"])
def test_every_version_of_the_format_stays_readable(tmp_path: Path, path: Path, ending: str) -> None:
    shutil.copy(path, tmp_path / f"{NAME}.{ending}")
    assert recover(tmp_path) == []
    assert [line[:34] for line in delivered(tmp_path)] == [b'{"site":"shop","event_id":"0192-%c"' % letter for letter in b"abc"]
    assert aside(tmp_path) == []


def test_what_this_version_writes_is_what_the_newest_golden_file_holds() -> None:
    """Another format needs another word than #group, and a golden file of its own."""
    newest = max(GOLDEN.glob("*.seg")).read_bytes()
    assert b"".join(framed(group.body.splitlines()) for group in groups(newest)) == newest


async def test_files_of_a_newer_version_are_kept_byte_by_byte_until_it_is_back(tmp_path: Path) -> None:
    newer = b"#batch 2 00000010\nwhatever it may be\n"
    (tmp_path / f"{NAME}.open").write_bytes(newer)
    (tmp_path / "00000000000000000002-a2.seg").write_bytes(newer)
    await opened(tmp_path).close()
    assert delivered(tmp_path) == []
    assert aside(tmp_path) == [newer, newer]


async def test_a_directory_that_cannot_be_listed_is_told_in_a_sentence(tmp_path: Path) -> None:
    class Broken(Disk):
        def before(self, name: str, *args: object) -> None:
            if name == "listing":
                raise OSError(5, "Input/output error")

    with pytest.raises(Unusable, match=f"{tmp_path} cannot be read .Input/output error.. Check the disk, or choose another folder"):
        opened(tmp_path, Broken())
    await opened(tmp_path).close()
