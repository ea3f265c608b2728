"""What follows an answer: done, another try and when, or no more: pure."""

from __future__ import annotations

import random
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Literal

# Between one try and the next; the last is after 23 h 35 min.
WAITS_S = (5, 300, 1800, 7200, 18_000, 28_800, 28_800)
JITTER = 0.1  # of the wait, either way: receivers that came back are not met by all at once
RETRY_AFTER_MAX_S = 12 * 3600
GONE = 410
BUSY = (429, 503)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one try. `answer` is the HTTP status, 0 where none came; `why` says in plain words what went wrong, '' = nothing."""

    answer: int
    why: str = ""
    took_ms: int = 0
    retry_after_s: int | None = None

    @property
    def is_good(self) -> bool:
        return 200 <= self.answer < 300 and not self.why


@dataclass(frozen=True, slots=True)
class Next:
    status: Literal["delivered", "waiting", "dead"]
    next_ms: int = 0


def after(outcome: Outcome, attempts: int, now_ms: int, chance: random.Random) -> Next:
    """`attempts` includes this one."""
    if outcome.is_good:
        return Next("delivered", now_ms)
    if attempts > len(WAITS_S):
        return Next("dead", now_ms)
    wait_s = WAITS_S[attempts - 1] * (1 + JITTER * (2 * chance.random() - 1))
    if outcome.retry_after_s is not None:
        wait_s = max(wait_s, min(outcome.retry_after_s, RETRY_AFTER_MAX_S))
    return Next("waiting", now_ms + round(wait_s * 1000))


def retry_after_s(text: str, now_ms: int) -> int | None:
    """Seconds, or a date; None where it says neither."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return int(text[:9])
    try:
        return max(0, int(parsedate_to_datetime(text).timestamp()) - now_ms // 1000)
    except (ValueError, TypeError, OverflowError):
        return None


def in_words(answer: int) -> str:
    """Why an answer of this status is a failure; '' = it is none."""
    if 200 <= answer < 300:
        return ""
    if 300 <= answer < 400:
        return f"answered {answer}: it redirects, and redirects are not followed"
    if answer == GONE:
        return "answered 410: it wants no more messages"
    return f"answered {answer}"
