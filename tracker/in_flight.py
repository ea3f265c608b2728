"""Which segment was on its way into the database when the process died, how often that has happened to it, and which were tried in vain.

in   one small file in a spool, written before each segment
out  the order in which segments are tried, which one is given up, and which the database may only believe to have (tracker/mending.py)
A segment that takes the engine down would take it down for ever, and with it all that waits behind. See docs/decisions/0009-ledger.md.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

CRASHES_MAX = 3


class _Noted(msgspec.Struct):
    segment: str = ""
    crashes: dict[str, int] = {}
    tried: list[str] = []


class InFlight:
    def __init__(self, directory: Path) -> None:
        self.path = directory / "in-flight"
        self._noted = _read(self.path)
        self.crashes = {name: times for name, times in self._noted.crashes.items() if (directory / name).exists()}
        self.tried = {name for name in self._noted.tried if (directory / name).exists()}
        died_with = self._noted.segment
        if died_with and (directory / died_with).exists():
            self.crashes[died_with] = self.crashes.get(died_with, 0) + 1
            self.tried.add(died_with)
        self._write("")

    def order(self, paths: list[Path]) -> list[Path]:
        """Oldest first, but what has brought the process down comes after everything else."""
        return sorted(paths, key=lambda path: (self.crashes.get(path.name, 0), path.name)) if self.crashes else paths

    def is_given_up(self, path: Path) -> bool:
        return self.crashes.get(path.name, 0) >= CRASHES_MAX

    def was_tried(self, path: Path) -> bool:
        return path.name in self.tried

    def begin(self, path: Path) -> None:
        self._write(path.name)

    def end(self, path: Path) -> None:
        """However it ended: the process is still there."""
        if path.exists():
            self.tried.add(path.name)
        else:
            self.crashes.pop(path.name, None)
            self.tried.discard(path.name)
        self._write("")

    def _write(self, segment: str) -> None:
        with contextlib.suppress(OSError):  # the disk may be full, and what makes room on it is the writer
            fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                os.write(fd, msgspec.json.encode(_Noted(segment, self.crashes, sorted(self.tried))))
                if segment:
                    os.fdatasync(fd)  # the machine may go down too
            finally:
                os.close(fd)


def _read(path: Path) -> _Noted:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Noted)
    except (OSError, msgspec.MsgspecError):  # none yet, or the machine went down while it was written
        return _Noted()
