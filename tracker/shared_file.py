"""Small files of the data folder that several processes read and some of them write: a reader sees the old one or the new one, never half.

in   a path, the whole content
out  the file, on disk, readable by its owner only; beside it `.lock` while several processes may write it
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def sole_writer(path: Path) -> Iterator[None]:
    """No other process or thread writes this file meanwhile; waits for one that does. What the file is made from is read in here too."""
    with open(os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600), "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def replace(path: Path, data: bytes) -> None:
    """By its sole writer only: two at once would take the temporary file from each other."""
    temporary = path.with_suffix(".tmp")
    with open(temporary, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(path)
