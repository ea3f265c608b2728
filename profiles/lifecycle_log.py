"""How a customer came to stand where they stand: each change of the stage with its reason (docs/sessions.md).

in   a Life, the site's rhythm, a moment
out  the changes up to that moment, oldest first; pure

The CRM's word takes over from its own time on: what the orders would have said after it stands in the evidence, not here.
"""

from __future__ import annotations

from collections.abc import Sequence

from profiles.answers import StageChange
from profiles.lifecycle import LOYAL_ORDERS, Chapter, Life, Rhythm, chapters, days
from tracker.clock import iso

WHOSE = {
    "own": "four times out of five they waited no longer",
    "site": "four times out of five customers here wait no longer",
    "default": "the site has too few repeated orders to know better",
}


def log(life: Life, site: Rhythm, at_ms: int) -> list[StageChange]:
    known_ms = min(at_ms, life.crm_ms - 1) if is_overruled(life, at_ms) else at_ms
    begun = [chapter for chapter in chapters(life, site) if chapter.at_ms <= known_ms]
    told: dict[int, StageChange] = {}  # who orders at the first moment they are known was never a prospect
    for earlier, later in zip([*begun[:1], *begun], begun, strict=False):
        told[later.at_ms] = StageChange(later.stage, iso(later.at_ms), "derived", because(earlier, later, life.orders_ms))
    return [*told.values(), *([StageChange(life.crm_stage, iso(life.crm_ms), "crm", "the CRM says so")] if is_overruled(life, at_ms) else [])]


def is_overruled(life: Life, at_ms: int) -> bool:
    return bool(life.crm_stage) and life.crm_ms <= at_ms


def because(earlier: Chapter, later: Chapter, orders_ms: Sequence[int]) -> str:
    if not later.orders:
        return "first known by name"
    if later.at_ms == later.last_order_ms:
        return by_order(later, orders_ms)
    if later.stage in ("at_risk", "lapsed"):
        twice = "twice " if later.stage == "lapsed" else ""
        return f"no order for more than {twice}{days(later.rhythm.ms)}: {WHOSE[later.rhythm.whose]}"
    since = "the first order" if earlier.stage == "new" else "the order that won them back"
    return f"30 days since {since}" + (f", {later.orders} orders by now" if later.orders >= LOYAL_ORDERS else "")


def by_order(later: Chapter, orders_ms: Sequence[int]) -> str:
    if later.orders == 1:
        return "the first order"
    wait = days(later.last_order_ms - orders_ms[later.orders - 2])
    lapsed = ", when they had lapsed" if later.stage == "won_back" else ""
    return f"order number {later.orders}, {wait} after the one before{lapsed}"
