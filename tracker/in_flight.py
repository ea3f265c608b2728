"""Which segment was on its way into the database when the process died, and how often that has happened to it.

in   one small file in a spool, written before each segment; no fsync, for it need only outlive the process
out  the order in which segments are tried, and which one is given up
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


class InFlight:
    def __init__(self, directory: Path) -> None:
        self.path = directory / "in-flight"
        self._noted = _read(self.path)
        self.crashes = {name: times for name, times in self._noted.crashes.items() if (directory / name).exists()}
        died_with = self._noted.segment
        if died_with and (directory / died_with).exists():
            self.crashes[died_with] = self.crashes.get(died_with, 0) + 1
        self._write("")

    def order(self, paths: list[Path]) -> list[Path]:
        """Oldest first, but what has brought the process down comes after everything else."""
        return sorted(paths, key=lambda path: (self.crashes.get(path.name, 0), path.name)) if self.crashes else paths

    def is_given_up(self, path: Path) -> bool:
        return self.crashes.get(path.name, 0) >= CRASHES_MAX

    def begin(self, path: Path) -> None:
        self._write(path.name)

    def end(self, path: Path) -> None:
        """However it ended: the process is still there."""
        if self.crashes and not path.exists():
            self.crashes.pop(path.name, None)
        self._write("")

    def _write(self, segment: str) -> None:
        with contextlib.suppress(OSError):  # the disk may be full, and what makes room on it is the writer
            fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                os.write(fd, msgspec.json.encode(_Noted(segment, self.crashes)))
            finally:
                os.close(fd)


def _read(path: Path) -> _Noted:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Noted)
    except (OSError, msgspec.MsgspecError):  # none yet, or the machine went down while it was written
        return _Noted()
