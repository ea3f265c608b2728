"""The errors of the product, as one tree: catch the level you can handle.

TrackerError                 anything this product raises itself
├── BadSetting               a setting, flag or map file cannot be used as it stands
├── BadInput                 a person or program gave something unusable (a file line, a site name)
├── Held                     another process holds this directory; names its pid
├── Unusable                 this directory is read-only or another user's; says what to do
├── StoreError               the database
│   ├── StoreDown            not reachable or out of resources: the same call may go through later
│   │   └── StoreMisfit      it answers, and a person must mend it first: password, grants, a missing table, a quota
│   └── StoreRefused         it said no for good: a bad row, a bad query
└── SpoolError               the spool on disk
    └── SpoolFull            no room, or above the high-water mark: say 503 and come again
"""

from __future__ import annotations

from pathlib import Path


class TrackerError(Exception):
    """The message names the thing, the value and the cure; it is fit to be shown to a person."""


class BadSetting(TrackerError):
    pass


class BadInput(TrackerError):
    pass


class Held(TrackerError):
    def __init__(self, directory: Path, pid: int | None) -> None:
        holder = f"process {pid}" if pid else "another process"
        folder = str(directory).removesuffix("-lock")
        super().__init__(f"{folder} is in use by {holder}. End that process, or choose another folder with --data.")
        self.directory = directory
        self.pid = pid


class Unusable(TrackerError):
    def __init__(self, directory: Path, why: str, cure: str) -> None:
        super().__init__(f"{directory} {why}. {cure}, or choose another folder with --data.")
        self.directory = directory


class StoreError(TrackerError):
    pass


class StoreDown(StoreError):
    pass


class StoreMisfit(StoreDown):
    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


class StoreRefused(StoreError):
    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code  # ClickHouse's error code, 0 where it gave none


class SpoolError(TrackerError):
    pass


class SpoolFull(SpoolError):
    pass
