"""What failed in this process and was gone on from: counted by part, so that an alert says what else only a log would.

in   a part's name and what it met
out  counts since the process began; which parts fail just now, in words
"""

from __future__ import annotations

import threading
import time
from collections import Counter

from tracker.errors import StoreError

LATELY_S = 90.0  # a part that fails is tried again within half a minute: one that has not failed for so long goes well


class Failures:
    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()  # (part, why)
        self._last: dict[str, tuple[float, str]] = {}
        self._lock = threading.Lock()

    def note(self, part: str, error: BaseException) -> None:
        """Where a part goes on after a failure. Why: `database`, that did not answer or refused, or `fault`, one of ours."""
        with self._lock:
            self.counts[part, "database" if isinstance(error, StoreError) else "fault"] += 1
            self._last[part] = (time.monotonic(), type(error).__name__)

    def told(self) -> dict[tuple[str, str], int]:
        with self._lock:
            return dict(self.counts)

    def lately(self, now_s: float | None = None) -> dict[str, str]:
        """Part -> the kind of what it met last. Its text may name a person, and stays in the log."""
        now = time.monotonic() if now_s is None else now_s
        with self._lock:
            return {part: text for part, (at, text) in sorted(self._last.items()) if now - at < LATELY_S}


FAILURES = Failures()
