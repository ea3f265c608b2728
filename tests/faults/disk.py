"""Disks that fail: doubles of tracker/files.py.

in   the operations of a spool
out  errors at the operation a test names, or when the disk is full
Nothing is really synced here: what a sync is good for is the business of tests/faults/power.py.
"""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path
from typing import Any

from tracker.files import Files

OPERATIONS = frozenset(name for name in vars(Files) if not name.startswith("_"))
SHORT = -1  # no errno: the disk takes half of what it is given


def mounted(where: Path, options: str) -> bool:
    """Whether a disk in memory could be put there; that takes root, and in a container more than that."""
    command = ["mount", "-t", "tmpfs", "-o", options, "tracker-test", str(where)]
    return os.geteuid() == 0 and subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0


def unmount(where: Path) -> None:
    subprocess.run(["umount", "-l", str(where)], check=True)


class Disk(Files):
    """Every operation is announced to `before` and reported to `after`; nothing waits for a real disk."""

    def __getattribute__(self, name: str) -> Any:
        operation = super().__getattribute__(name)
        if name not in OPERATIONS:
            return operation

        def run(*args: Any) -> Any:
            self.before(name, *args)
            result = operation(*args)
            self.after(name, result, *args)
            return result

        return run

    def before(self, name: str, *args: Any) -> None: ...

    def after(self, name: str, result: Any, *args: Any) -> None: ...

    def fdatasync(self, fd: int) -> None: ...

    def fsync_directory(self, directory: Path) -> None: ...


class Failing(Disk):
    """Fails the nth operation (from 1), once or from then on until `mend`; counts them, and how often it failed."""

    def __init__(self, nth: int, code: int, *, sticky: bool = False, only: str = "") -> None:
        self.nth, self.code, self.sticky, self.only = nth, code, sticky, only
        self.counted = self.failed = 0
        self.spoilt: set[int] = set()  # descriptors of which a write or sync has failed
        self.touched_again: list[str] = []

    def mend(self) -> None:
        self.nth = 0

    def before(self, name: str, *args: Any) -> None:
        if name in ("write", "fdatasync") and args[0] in self.spoilt:
            self.touched_again.append(name)
        if self.only and name != self.only:
            return
        self.counted += 1
        due = self.counted >= self.nth if self.sticky else self.counted == self.nth
        if self.nth and due:
            self.failed += 1
            self._fail(name, *args)

    def after(self, name: str, result: Any, *args: Any) -> None:
        if name in ("open_new", "open_again"):
            self.spoilt.discard(result)  # the number is used again, for another file

    def _fail(self, name: str, *args: Any) -> None:
        if self.code == SHORT:
            return
        if name in ("write", "fdatasync"):
            self.spoilt.add(args[0])
        if name == "close":
            os.close(args[0])  # as the kernel does, whatever it answers
        raise OSError(self.code, os.strerror(self.code))

    def write(self, fd: int, data: memoryview) -> int:
        half = self.code == SHORT and self.nth and (self.sticky or self.counted == self.nth)
        return os.write(fd, data[: max(len(data) // 2, 1)] if half else data)


class Small(Disk):
    """A disk of so many bytes, counted over one directory; `ballast` is what others have put on it."""

    def __init__(self, directory: Path, size: int) -> None:
        self.directory, self.capacity, self.ballast = directory, size, 0

    def free_bytes(self, directory: Path) -> int:
        used = sum(path.stat().st_size for path in self.directory.rglob("*") if path.is_file() and path.name != "lock")
        return max(self.capacity - self.ballast - used, 0)

    def write(self, fd: int, data: memoryview) -> int:
        room = self.free_bytes(self.directory)
        if room == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.write(fd, data[:room])

    def fill(self, fd: int, at: int, size: int) -> None:
        room = self.free_bytes(self.directory)
        if room == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.pwrite(fd, bytes(min(size, room)), at)

    def truncate(self, fd: int, size: int) -> None:
        if size <= os.fstat(fd).st_size:
            os.ftruncate(fd, size)

    def allocate(self, fd: int, size: int) -> None:
        if size - os.fstat(fd).st_size > self.free_bytes(self.directory):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.ftruncate(fd, size)
