"""Where a customer stands (docs/sessions.md), as a pure function of what was ordered and when.

in   times of orders, the time of registration, the site's rhythm, the CRM's word
out  the stage at any moment, since when, and why

The rhythm is the wait between two orders that 80 % of waits do not exceed: the customer's own from three orders on, else the site's,
else 90 days while the site has fewer than 10 waits to judge by; never less than a day, so that two orders of one evening make nobody late.
Stages in the order of precedence: prospect, new, won_back, lapsed, at_risk, loyal, active.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from profiles.answers import Lifecycle
from tracker.clock import iso

DAY_MS = 86_400_000
FRESH_MS = 30 * DAY_MS  # how long a customer is new, or won back
LOYAL_ORDERS = 3
DEFAULT_RHYTHM_MS = 90 * DAY_MS
WAITS_NEEDED = 10
RHYTHM_MIN_MS = DAY_MS

Stage = Literal["prospect", "new", "active", "loyal", "at_risk", "lapsed", "won_back"]


@dataclass(frozen=True, slots=True)
class Rhythm:
    ms: int
    whose: Literal["own", "site", "default"]


@dataclass(frozen=True, slots=True)
class Life:
    """What is known of one customer; orders are in order of time, without the cancelled ones."""

    registered_ms: int
    orders_ms: Sequence[int]
    crm_stage: str = ""
    crm_ms: int = 0


@dataclass(frozen=True, slots=True)
class Chapter:
    """A stage and when it began."""

    at_ms: int
    stage: Stage
    orders: int
    last_order_ms: int
    rhythm: Rhythm


def site_rhythm(waits: int, p80_ms: int) -> Rhythm:
    if waits < WAITS_NEEDED:
        return Rhythm(DEFAULT_RHYTHM_MS, "default")
    return Rhythm(max(p80_ms, RHYTHM_MIN_MS), "site")


def lifecycle(life: Life, site: Rhythm, at_ms: int) -> Lifecycle:
    story = pages(life, site)
    since, latest = chapter_at(chapters_of(story), at_ms), chapter_at(story, at_ms)
    if life.crm_stage and life.crm_ms <= at_ms:
        note = [f"the CRM says {life.crm_stage}; by the orders it would be {latest.stage}"]
        return Lifecycle(stage=life.crm_stage, since=iso(life.crm_ms), source="crm", evidence=note + evidence(latest, at_ms))
    return Lifecycle(stage=since.stage, since=iso(since.at_ms), source="derived", evidence=evidence(latest, at_ms))


def chapters(life: Life, site: Rhythm) -> list[Chapter]:
    """The whole story, oldest first: a chapter where the stage changes, by an order or by time alone."""
    return chapters_of(pages(life, site))


def chapters_of(story: Sequence[Chapter]) -> list[Chapter]:
    return [story[0], *(later for earlier, later in pairwise(story) if later.stage != earlier.stage)]


def pages(life: Life, site: Rhythm) -> list[Chapter]:
    """Every order and every moment at which the stage may change: more than the chapters, and what evidence is told from."""
    story = [Chapter(min([life.registered_ms, *life.orders_ms[:1]]), "prospect", 0, 0, site)]
    waits: list[int] = []
    back_ms: int | None = None  # the order that won the customer back
    rhythm = site
    for number, ordered_ms in enumerate(life.orders_ms, start=1):
        if number > 1:
            wait = ordered_ms - life.orders_ms[number - 2]
            back_ms = ordered_ms if wait > 2 * rhythm.ms else back_ms
            insort(waits, wait)
            rhythm = own_rhythm(waits) if number >= LOYAL_ORDERS else site
        until_ms = life.orders_ms[number] if number < len(life.orders_ms) else None
        story += after_order(life.orders_ms[0], ordered_ms, number, back_ms, rhythm, until_ms)
    return story


def after_order(first_ms: int, ordered_ms: int, number: int, back_ms: int | None, rhythm: Rhythm, until_ms: int | None) -> list[Chapter]:
    """From one order to the next: every moment at which the stage may change."""
    moments = {ordered_ms, first_ms + FRESH_MS, ordered_ms + rhythm.ms + 1, ordered_ms + 2 * rhythm.ms + 1}
    if back_ms is not None:
        moments.add(back_ms + FRESH_MS)
    inside = sorted(at for at in moments if at >= ordered_ms and (until_ms is None or at < until_ms))
    return [Chapter(at, stage(at, first_ms, ordered_ms, number, back_ms, rhythm), number, ordered_ms, rhythm) for at in inside]


def stage(at_ms: int, first_ms: int, ordered_ms: int, number: int, back_ms: int | None, rhythm: Rhythm) -> Stage:
    silent_ms = at_ms - ordered_ms
    if at_ms < first_ms + FRESH_MS:
        return "new"
    if back_ms is not None and at_ms < back_ms + FRESH_MS:
        return "won_back"
    if silent_ms > 2 * rhythm.ms:
        return "lapsed"
    if silent_ms > rhythm.ms:
        return "at_risk"
    return "loyal" if number >= LOYAL_ORDERS else "active"


def own_rhythm(waits: Sequence[int]) -> Rhythm:
    """`waits` sorted. The smallest wait that at least 80 % of them do not exceed."""
    return Rhythm(max(waits[-(-len(waits) * 4 // 5) - 1], RHYTHM_MIN_MS), "own")


def chapter_at(story: Sequence[Chapter], at_ms: int) -> Chapter:
    """Before the first chapter a customer is what the first one says: they were there, only not yet known."""
    return story[max(0, bisect_right([chapter.at_ms for chapter in story], at_ms) - 1)]


def evidence(chapter: Chapter, at_ms: int) -> list[str]:
    if not chapter.orders:
        return [f"registered {days(at_ms - chapter.at_ms)} ago, no order yet"]
    plural = "1 order" if chapter.orders == 1 else f"{chapter.orders} orders"
    told = [f"{plural}, the last {days(at_ms - chapter.last_order_ms)} ago"]
    if chapter.stage in ("new", "won_back"):
        return [*told, "the first order was less than 30 days ago" if chapter.stage == "new" else "came back after lapsing, less than 30 days ago"]
    whose = {
        "own": f"orders again within {days(chapter.rhythm.ms)} four times out of five",
        "site": f"customers of this site order again within {days(chapter.rhythm.ms)} four times out of five",
        "default": f"taken as late after {days(chapter.rhythm.ms)}: the site has too few repeated orders to know better",
    }
    return [*told, whose[chapter.rhythm.whose]]


def days(ms: int) -> str:
    count = max(0, ms) // DAY_MS
    return "less than a day" if count == 0 else "1 day" if count == 1 else f"{count} days"
