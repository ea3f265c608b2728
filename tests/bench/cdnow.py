"""Real orders of 23,570 customers over 18 months, and what happened in the seven days after any moment.

in   CDNOW (Fader and Hardie), the file that the package `lifetimes` ships; a customer's orders of one day are one
out  Counts: of customers alike at a moment, how many there were and how many ordered within a week; for fitting, and held out
"""

from __future__ import annotations

import importlib.util
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

FIRST_DAY = date(1997, 1, 1)
KNOWN_DAYS = 90  # all customers of the file ordered first in these days
LAST_DAY = 545
STEP_DAYS = 28
HORIZON_DAYS = 7
Alike = tuple[int, int, int, int]  # days since the last order, days with orders, days from the first to the last, days since the first
Counts = tuple[Counter[Alike], Counter[Alike]]  # how many were like this; how many of them ordered within a week


@cache
def orders() -> dict[int, list[int]]:
    """Customer -> the days on which they ordered, since FIRST_DAY."""
    days: dict[int, set[int]] = defaultdict(set)
    for line in path().read_text().splitlines():
        fields = line.split()
        if len(fields) == 4 and fields[0].isdigit():
            when = date(int(fields[1][:4]), int(fields[1][4:6]), int(fields[1][6:]))
            days[int(fields[0])].add((when - FIRST_DAY).days)
    return {customer: sorted(found) for customer, found in days.items()}


def path() -> Path:
    found = importlib.util.find_spec("lifetimes")
    if found is None or found.origin is None:
        raise SystemExit("The orders are in the package `lifetimes`, which is not installed: make setup")
    return Path(found.origin).parent / "datasets" / "CDNOW_master.txt"


def counts(held_out: bool) -> Counts:
    """Every fifth customer is held out: fitted on the others, judged on these."""
    all_alike, bought = Counter[Alike](), Counter[Alike]()
    for customer, days in orders().items():
        if (customer % 5 == 0) == held_out:
            for alike, is_bought in moments(days):
                all_alike[alike] += 1
                bought[alike] += is_bought
    return all_alike, bought


def moments(days: list[int]) -> Iterator[tuple[Alike, bool]]:
    for moment in range(KNOWN_DAYS, LAST_DAY - HORIZON_DAYS + 1, STEP_DAYS):
        past = bisect_right(days, moment)
        if past:
            alike = moment - days[past - 1], past, days[past - 1] - days[0], moment - days[0]
            yield alike, bisect_right(days, moment + HORIZON_DAYS) > past
