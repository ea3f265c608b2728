"""The clock: the one place where the time is read. Passed in, so that tests can move it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

EPOCH = datetime(1970, 1, 1)  # its zone is written by hand


class Clock(Protocol):
    def now_ms(self) -> int:
        """Wall clock, integer milliseconds since the epoch, UTC."""
        ...


class SystemClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


def iso(at_ms: int) -> str:
    """1732233601123 -> 2024-11-22T00:00:01.123Z, the form of every time the API gives."""
    minute, ms = divmod(at_ms, 60_000)
    return f"{day(minute // 1440)}{hour_and_minute(minute % 1440)}{ms // 1000:02d}.{ms % 1000:03d}Z"


@lru_cache(4096)
def day(number: int) -> str:
    return (EPOCH + timedelta(days=number)).isoformat()[:11]


@lru_cache(1440)
def hour_and_minute(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}:"


def ms_of_iso(text: str) -> int:
    """The way back; takes an offset too. Raises ValueError where the text is no time or names no zone."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone; write 2024-11-22T00:00:01Z")
    delta = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000
