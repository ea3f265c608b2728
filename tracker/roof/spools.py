"""The two spools of a data folder: the door's, and the store process's own for what comes by the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tracker.lock import DirectoryLock
from tracker.settings import Settings
from tracker.spool import Spool

COLLECT, API = "collect", "api"


def spool_directories(settings: Settings) -> list[Path]:
    return [settings.data / "spool" / name for name in (COLLECT, API)]


@contextmanager
def drained(settings: Settings, *names: str) -> Iterator[list[Path]]:
    """The spools that one writer drains. Raises Held where another writer does."""
    with ExitStack() as stack:
        directories = [settings.data / "spool" / name for name in names]
        for directory in directories:
            stack.callback(DirectoryLock(directory / "writer").release)
        yield directories


def quarantined(settings: Settings) -> list[Path]:
    """Pieces of segments that could not be read, and files that are none."""
    return sorted(path for directory in spool_directories(settings) for path in (directory / "quarantine").glob("*"))


def api_spool(settings: Settings) -> Spool:
    return Spool(
        settings.data / "spool" / API,
        segment_max_bytes=settings.segment_max_bytes, segment_max_ms=settings.segment_max_ms, spool_max_bytes=settings.spool_max_bytes,
        disk_reserve_bytes=settings.disk_reserve_bytes,
    )  # fmt: skip
