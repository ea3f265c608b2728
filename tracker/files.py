"""The disk, one operation a method: everything the spool and the writer do to a file goes through here, so that tests can let each operation fail.

in   paths, descriptors, bytes
out  what the kernel answers; every failure is an OSError
"""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import NamedTuple


class Entry(NamedTuple):
    name: str
    is_file: bool


class Files:
    """A descriptor is an int, as the kernel gives it. Nothing here retries, and nothing is buffered."""

    def make_directory(self, path: Path) -> None:
        path.mkdir(mode=0o700)

    def open_new(self, path: Path) -> int:
        """For writing from the start; the file must not exist."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def open_again(self, path: Path) -> int:
        """For writing from the start; made where it does not exist, otherwise left as it is."""
        return os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)

    def write(self, fd: int, data: memoryview) -> int:
        """How many bytes were taken; may be fewer than given."""
        return os.write(fd, data)

    def fill(self, fd: int, at: int, size: int) -> None:
        """Zeros from there on, as many as the disk takes; where the next `write` goes stays as it was."""
        os.pwrite(fd, bytes(size), at)

    def truncate(self, fd: int, size: int) -> None:
        os.ftruncate(fd, size)

    def allocate(self, fd: int, size: int) -> None:
        """Blocks of the disk, not a hole."""
        os.posix_fallocate(fd, 0, size)

    def fdatasync(self, fd: int) -> None:
        os.fdatasync(fd)

    def close(self, fd: int) -> None:
        os.close(fd)

    def fsync_directory(self, directory: Path) -> None:
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EBADF):  # some network disks know no such thing; PostgreSQL goes on there as well
                raise
        finally:
            os.close(fd)

    def rename(self, old: Path, new: Path) -> None:
        os.rename(old, new)

    def unlink(self, path: Path) -> None:
        os.unlink(path)

    def read(self, path: Path) -> bytes:
        return path.read_bytes()

    def listing(self, directory: Path) -> list[Entry]:
        with os.scandir(directory) as entries:
            return [Entry(entry.name, entry.is_file(follow_symlinks=False)) for entry in entries]

    def size(self, path: Path) -> int:
        return path.stat().st_size

    def owner(self, path: Path) -> int:
        return path.stat().st_uid

    def may_write(self, directory: Path) -> bool:
        return os.access(directory, os.W_OK | os.X_OK)

    def free_bytes(self, directory: Path) -> int:
        status = os.statvfs(directory)
        return status.f_bavail * status.f_frsize


DISK = Files()


def write_all(fd: int, data: bytes, files: Files = DISK) -> None:
    view = memoryview(data)
    while view:
        taken = files.write(fd, view)
        if taken == 0:
            raise OSError(errno.EIO, "The disk takes nothing more")
        view = view[taken:]


def make_directories(directory: Path, files: Files = DISK) -> None:
    """Each missing one, with its entry in its parent on disk: else a power cut could take the folder with all that was acknowledged in it.

    Those that are there are synced too: a process may have been killed between making and syncing them.
    """
    for path in reversed((directory, *directory.parents[:-1])):
        made = not path.exists()
        if made:
            with contextlib.suppress(FileExistsError):  # another process of ours was faster
                files.make_directory(path)
        elif path.stat().st_uid != os.geteuid():
            continue
        try:
            files.fsync_directory(path.parent)
        except PermissionError:
            if made:
                raise
