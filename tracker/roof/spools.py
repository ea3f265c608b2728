"""The two spools of a data folder: the door's, and the store process's own for what comes by the API."""

from __future__ import annotations

from pathlib import Path

from tracker.settings import Settings
from tracker.spool import Spool


def spool_directories(settings: Settings) -> list[Path]:
    """What the writer drains."""
    return [settings.data / "spool" / "collect", settings.data / "spool" / "api"]


def api_spool(settings: Settings) -> Spool:
    return Spool(
        settings.data / "spool" / "api",
        segment_max_bytes=settings.segment_max_bytes, segment_max_ms=settings.segment_max_ms, spool_max_bytes=settings.spool_max_bytes,
        disk_reserve_bytes=settings.disk_reserve_bytes,
    )  # fmt: skip
