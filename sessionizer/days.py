"""Which days of a visitor must be rebuilt together with the touched ones.

in   visitor -> touched days
out  visitor -> these days and all that could share a session with them

Two days belong together where the silence between them is no longer than the site's gap, or where they share a page or an event
(the copy of an event that came again with another time; a page left open over days): then all days between them do, too.
Who was there on the newest day only, and not near midnight, has no neighbours to look for: mostly that is everybody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import cast

from sessionizer.components import chunks
from tracker.store import Store, load

EPOCH = date(1970, 1, 1)
LAST_DAY = 47_481  # 2099-12-31
Days = dict[str, set[int]]
Day = tuple[int, int, int]  # number, first and last moment in ms


def date_of(day: int) -> date:
    return EPOCH + timedelta(days=day)


def closed(store: Store, site: str, touched: Mapping[str, set[int]], gap_ms: int) -> Days:
    """These visitors lie in the table work."""
    done = {visitor: set(days) for visitor, days in touched.items()}
    newest = {max((day for days in touched.values() for day in days), default=0)}
    tied = {row["visitor_id"]: row["spans"] for row in store.rows(load("sessionizer", "tied_days"), site=site)}
    reaching = {row["visitor_id"] for row in store.rows(load("sessionizer", "near_midnight"), site=site, day=date_of(*newest), gap_ms=gap_ms)}
    for some in chunks(visitor for visitor, days in touched.items() if days != newest or visitor in reaching or visitor in tied):
        done.update(widened(store, site, {visitor: touched[visitor] for visitor in some}, tied, gap_ms))
    return done


def widened(store: Store, site: str, wanted: Mapping[str, set[int]], tied: Mapping[str, list[tuple[int, int]]], gap_ms: int) -> Days:
    """Looks two days around at first; only for a visitor whose chain reaches the rim it looks on, twice as far each time."""
    done: Days = {}
    reach = 2
    while wanted:
        named = [*(min(days) for days in wanted.values()), *(max(days) for days in wanted.values())]
        named += [day for visitor in wanted for span in tied.get(visitor, ()) for day in span]
        first, last = max(0, min(named) - reach), min(LAST_DAY, max(named) + reach)
        seen = dict(days_of(store, site, list(wanted), first, last))
        again: dict[str, set[int]] = {}
        for visitor, days in wanted.items():
            found = chain(seen.get(visitor, []), days, tied.get(visitor, ()), gap_ms)
            if found and ((min(found) == first and first > 0) or (max(found) == last and last < LAST_DAY)):
                again[visitor] = days
            done[visitor] = found | days
        wanted, reach = again, reach * 4
    return done


def days_of(store: Store, site: str, visitors: list[str], first: int, last: int) -> Iterator[tuple[str, list[Day]]]:
    for some in chunks(visitors):
        rows = store.rows(load("sessionizer", "days"), site=site, visitors=some, from_day=date_of(first), to_day=date_of(last))
        yield from ((row["visitor_id"], cast("list[Day]", row["days"])) for row in rows)


def chain(days: list[Day], touched: set[int], ties: tuple[tuple[int, int], ...] | list[tuple[int, int]], gap_ms: int) -> set[int]:
    """The touched days with all days that hang together with one of them; `days` is sorted."""
    groups: list[list[int]] = []
    last_ms = 0
    for number, first_ms, until_ms in days:
        over_tie = any(first < number <= last for first, last in ties)
        if groups and (over_tie or first_ms - last_ms <= gap_ms):
            groups[-1].append(number)
        else:
            groups.append([number])
        last_ms = max(last_ms, until_ms)
    return {number for group in groups if touched.intersection(group) for number in group}


def of_range(store: Store, site: str, visitors: tuple[str, str], between: tuple[date, date]) -> Days:
    """The days with rows of a range of visitors (see rebuild_work.sql), from one day to another."""
    found: Days = defaultdict(set)
    first, last = max(EPOCH, between[0]), min(date_of(LAST_DAY), between[1])
    for row in store.rows(
        load("sessionizer", "days_of_range"), site=site, from_visitor=visitors[0], until_visitor=visitors[1], from_day=first, to_day=last
    ):
        found[row["visitor_id"]].add(row["day"])
    return found


def since(store: Store, site: str, since_ms: Mapping[str, int]) -> Days:
    """The days of each visitor from a moment on."""
    found: Days = defaultdict(set)
    if since_ms:
        first = max(0, min(since_ms.values()) // 86_400_000)
        for visitor, days in days_of(store, site, list(since_ms), first, LAST_DAY):
            found[visitor] = {number for number, _, _ in days if number >= since_ms[visitor] // 86_400_000}
    return found


def batches(work: Days, visitors_max: int) -> Iterator[Days]:
    """Cut so that days times visitors, which is what is read, stays near what is needed: today's visitors are not read over somebody's month."""
    batch: Days = {}
    union: set[int] = set()
    needed = 0
    for visitor, days in sorted(work.items(), key=lambda pair: (-min(pair[1]), pair[0])):
        wider = union | days
        if batch and (len(batch) >= visitors_max or (len(batch) + 1) * len(wider) > 2 * (needed + len(days)) + 2000):
            yield batch
            batch, wider, needed = {}, set(days), 0
        batch[visitor] = days
        union = wider
        needed += len(days)
    if batch:
        yield batch
