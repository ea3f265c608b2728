"""A spool that cannot be used is told in one sentence with the path, the cause and the cure, and exit code 3 (docs/guarantees.md, no. 15)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.disk import Disk, mounted, unmount
from tests.faults.promises import opened
from tests.product import tracker
from tracker.errors import Unusable

NOBODY = 65534


def collect(data: Path) -> tuple[int, str]:
    """How `tracker collect` ends where it cannot start."""
    ended = tracker(data, "collect", "--port", "0")
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stderr


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder that cannot be written: root is kept off only by a disk that is mounted so, or by the kernel itself."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o500)
    if os.geteuid() != 0:
        yield folder
    elif mounted(folder, "ro,size=1m"):
        yield folder
        unmount(folder)
    else:
        yield Path("/proc/tracker-data")


def test_a_read_only_folder_is_refused_with_its_path_and_the_cure(read_only: Path) -> None:
    code, said = collect(read_only)
    assert code == 3
    assert said.count("\n") == 1
    assert str(read_only) in said
    assert f"Make it writable for user {os.geteuid()}" in said


def test_a_spool_of_another_user_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    spool = tmp_path / "spool" / "collect"
    spool.parent.mkdir()
    if os.geteuid() == 0:
        spool.mkdir()
        os.chown(spool, NOBODY, NOBODY)
    else:
        spool.symlink_to("/")
    code, said = collect(tmp_path)
    assert code == 3
    assert f"{spool} belongs to user {spool.stat().st_uid}, and user {os.geteuid()} runs this. Run it as user" in said
    assert not (spool / "lock").exists()


async def test_a_second_process_on_a_spool_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    box = opened(tmp_path / "spool" / "collect")
    code, said = collect(tmp_path)
    await box.append([b"the first is not disturbed"])
    await box.close()
    assert code == 3
    assert f"{tmp_path / 'spool' / 'collect'} is in use by process {os.getpid()}." in said


def test_serve_refuses_with_the_same_words_and_code(read_only: Path) -> None:
    ended = tracker(read_only, "serve", "--port", "0", "--admin-port", "0")
    assert ended.returncode == 3
    assert f"{read_only} cannot be written" in ended.stderr
    assert "Traceback" not in ended.stderr


class Forbidden(Disk):
    def before(self, name: str, *args: object) -> None:
        if name == "owner":
            raise PermissionError(13, "Permission denied")


def test_a_folder_one_may_not_even_look_at_is_refused_as_well(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=r"cannot be read .Permission denied.. Check its permissions"):
        opened(tmp_path / "spool", Forbidden())
