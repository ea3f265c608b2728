"""How much may still be written: the high-water mark of a spool, the free space of its disk, and a reserve for when there is none.

in   the size of what is about to be written
out  SpoolFull while there still is room for the rest: sealing, tallies, what the database has to end
The reserve is a file of real blocks. It is given up when the disk is full, so that the database can take what is spooled and make room,
and made again when there is room; without it nothing is promised.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import time
from pathlib import Path

from tracker.errors import SpoolFull
from tracker.files import DISK, Files
from tracker.segment import backlog_bytes

LOOK_S = 1.0
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

log = logging.getLogger("tracker.spool")


class Room:
    """Used by one thread, the spool's. Raises OSError at the start where the directory cannot be read."""

    def __init__(self, directory: Path, spool_max_bytes: int, reserve_bytes: int, files: Files = DISK) -> None:
        self.directory, self.files = directory, files
        self.spool_max_bytes, self.reserve_bytes = spool_max_bytes, reserve_bytes
        self.reserve = directory / "reserve"
        self.has_reserve = reserve_bytes == 0
        self._looked = self._listed = time.monotonic()
        self._backlog_bytes = backlog_bytes(directory, files)
        self._free_bytes = 0
        if any(name == self.reserve.name for name, _ in files.listing(directory)):  # of a run that was killed
            self._make()
        self.look()

    def take(self, more_bytes: int) -> None:
        """Raises SpoolFull where there is no room for so many bytes; they count as written from here on."""
        self.check(more_bytes)
        self._backlog_bytes += more_bytes
        self._free_bytes -= more_bytes

    def check(self, more_bytes: int) -> None:
        """Raises SpoolFull above the high-water mark and where the disk is nearly full, at most a second late."""
        now = time.monotonic()
        try:
            if now - self._looked > LOOK_S:
                self.look()
            if self._backlog_bytes + more_bytes > self.spool_max_bytes and now - self._listed > LOOK_S:
                self._listed, self._backlog_bytes = now, backlog_bytes(self.directory, self.files)
        except OSError as error:
            raise SpoolFull(f"{self.directory} cannot be read: {error.strerror}. Check the disk.") from error
        if self._backlog_bytes + more_bytes > self.spool_max_bytes:
            raise SpoolFull(f"The spool {self.directory} holds {self._backlog_bytes} of {self.spool_max_bytes} bytes: the database is behind")
        if not self.has_reserve or self._free_bytes < self.reserve_bytes // 4 + more_bytes:
            raise SpoolFull(f"The disk of {self.directory} is nearly full: {self._free_bytes} bytes are free. Make room on it.")

    def look(self) -> None:
        """The reserve is also given up where others have filled the disk: the database could not take what is spooled."""
        self._looked = time.monotonic()
        self._free_bytes = self.files.free_bytes(self.directory)
        if self.has_reserve and self._free_bytes < self.reserve_bytes // 16:
            self._give_up()
        elif not self.has_reserve and self._free_bytes >= self.reserve_bytes + self.reserve_bytes // 4:
            self._make()
            self._free_bytes = self.files.free_bytes(self.directory)

    def notice(self, error: OSError) -> None:
        """A failed operation: where the disk was full, the reserve goes."""
        if error.errno in FULL and self.has_reserve and self.reserve_bytes:
            self._give_up()

    def _give_up(self) -> None:
        log.error("The disk of %s is full: its reserve of %d bytes is given up, and nothing new is taken", self.directory, self.reserve_bytes)
        self.let_go()

    def let_go(self) -> None:
        """Also at the end of a run: a spool that nobody writes needs none."""
        self.has_reserve = self.reserve_bytes == 0
        with contextlib.suppress(OSError):
            self.files.unlink(self.reserve)

    def _make(self) -> None:
        try:
            fd = self.files.open_again(self.reserve)
            try:
                self.files.truncate(fd, self.reserve_bytes)
                self.files.allocate(fd, self.reserve_bytes)
            finally:
                self.files.close(fd)
            self.has_reserve = True
        except OSError as error:
            log.warning("The reserve %s of %d bytes cannot be made: %s", self.reserve, self.reserve_bytes, error.strerror)
            self.let_go()
