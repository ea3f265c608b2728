"""One process per directory; the file `lock` in it tells who it is.

in   a directory, made where it does not exist
out  a lock until it is released or the process ends; Held, or Unusable where the directory cannot be written
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from pathlib import Path

from tracker.errors import Held, Unusable
from tracker.files import DISK, Files, make_directories


class DirectoryLock:
    def __init__(self, directory: Path, files: Files = DISK) -> None:
        try:
            make_directories(directory, files)
            if not files.may_write(directory):
                raise PermissionError(errno.EACCES, "no permission, or a read-only disk")
            self._fd = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            cure = f"Make it writable for user {os.geteuid()}, who runs this"
            raise Unusable(directory, f"cannot be written ({error.strerror})", cure) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.read(self._fd, 20).strip()
            os.close(self._fd)
            raise Held(directory, int(text) if text.isdigit() else None) from None
        with contextlib.suppress(OSError):  # a full disk: the lock holds all the same, it only cannot say by whom
            os.ftruncate(self._fd, 0)
            os.write(self._fd, str(os.getpid()).encode())

    def release(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1


def check_owner(directory: Path, files: Files) -> None:
    """A spool with files of two users in it would stop one of them later, in the middle of its work."""
    try:
        owner = files.owner(directory)
    except FileNotFoundError:
        return
    except OSError as error:
        raise Unusable(directory, f"cannot be read ({error.strerror})", "Check its permissions") from error
    if owner != os.geteuid():
        raise Unusable(directory, f"belongs to user {owner}, and user {os.geteuid()} runs this", f"Run it as user {owner}, or `chown -R` the folder")
