"""How likely an order is within the next seven days: readiness-1, points that add up to log-odds.

in   when was ordered, what lies in the cart, the latest visits, now
out  Readiness: a probability and its evidence, each sentence with its figure and its points; or null, and why

What the points stand on, how well they fit and where they do not: docs/readiness.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from profiles.answers import Corrected
from profiles.answers_people import Readiness
from profiles.lifecycle import DAY_MS, days
from profiles.views.words import NBSP, money
from tracker.store import Row

MODEL = "readiness-1"
HORIZON_DAYS = 7
VISITS_MAX = 10  # the latest ones
HOUR_MS = 3_600_000
Table = Sequence[tuple[float, float]]  # (up to, points), the first that fits

# Fitted on CDNOW: customers by what is known of their orders, and whether they ordered within seven days.
BASE = -3.36  # one order, in the last week
LAST_ORDER: Table = ((7, 0.0), (14, -0.12), (30, -0.23), (60, -0.55), (90, -0.81), (180, -1.15), (math.inf, -2.03))  # days since
ORDER_DAYS: Table = ((1, 0.0), (2, 0.65), (4, 1.09), (9, 1.50), (19, 1.96), (math.inf, 2.90))  # days with an order
# Measured on REES46: who has no order and nothing in the cart, but was here within the hour.
BASE_WITHOUT_ORDER = -3.74
# Judgement: REES46 says 2.7 for a cart while its owner is in the shop, and nothing about later.
CART: Table = ((1, 2.0), (24, 1.2), (168, 0.6), (math.inf, 0.2))  # hours since it was touched
PURPOSE = {"purchase": 0.8, "browsing": 0.3, "information": 0.1}  # a visit of the last day
FADING: Table = ((1, 1.0), (3, 0.5), (7, 0.25))  # days since the visit: what is left of its points
ABSENT = -0.3  # no visit within seven days, of somebody whose visits we see


@dataclass(frozen=True, slots=True)
class Aside:
    """A cart that is open or abandoned."""

    touched_ms: int
    value: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Visit:
    """`score` is the model's for this purpose; 1 where a person said it."""

    ended_ms: int
    purpose: str
    score: float
    is_bought: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """`is_seen`: a browser of theirs is known, so that no visit means that they stayed away. Any order."""

    orders_ms: Sequence[int]
    cart: Aside | None = None
    visits: Sequence[Visit] = ()
    is_seen: bool = True


@dataclass(frozen=True, slots=True)
class Point:
    points: float
    sentence: str

    def __str__(self) -> str:
        return f"{self.sentence} ({self.points:+.2f})"


def visits(sessions: Sequence[Row], corrected: Mapping[str, Corrected]) -> list[Visit]:
    """Of sessions as stored, the latest first, and what persons said of them; robots left out."""
    return [visit(session, corrected.get(session["session_id"])) for session in sessions[:VISITS_MAX] if not session["quarantine_reason"]]


def visit(session: Row, said: Corrected | None) -> Visit:
    purpose = said.label if said else session["purpose"]
    return Visit(session["ended_ms"], purpose, 1.0 if said else float(session.get(f"score_{purpose}", 0.0)), bool(session["purchases"]))


def readiness(facts: Facts, now_ms: int) -> Readiness:
    recent = [visit for visit in facts.visits if now_ms - visit.ended_ms <= HORIZON_DAYS * DAY_MS]
    if not (facts.orders_ms or facts.cart or recent):
        why = f"too little to go on: no order yet, nothing in the cart, no visit in the last {HORIZON_DAYS} days"
        return Readiness(None, [why], HORIZON_DAYS, MODEL)
    points = [*ordered(facts.orders_ms, now_ms), *once(put_aside(facts.cart, now_ms), visited(facts, recent, now_ms))]
    start = Point(BASE, "every customer begins with") if facts.orders_ms else Point(BASE_WITHOUT_ORDER, "no order yet")
    odds = math.exp(start.points + sum(point.points for point in points))
    told = sorted(points, key=lambda point: -abs(point.points))
    return Readiness(round(odds / (1 + odds), 4), [str(point) for point in (*told, start)], HORIZON_DAYS, MODEL)


def worth(table: Table, measure: float) -> float:
    return next(points for limit, points in table if measure <= limit)


def ordered(orders_ms: Sequence[int], now_ms: int) -> list[Point]:
    if not orders_ms:
        return []
    silent_ms, order_days = max(0, now_ms - max(orders_ms)), len({at_ms // DAY_MS for at_ms in orders_ms})
    many = "ordered on one day so far" if order_days == 1 else f"ordered on {order_days} days so far"
    return [Point(worth(LAST_ORDER, silent_ms // DAY_MS), f"the last order {days(silent_ms)} ago"), Point(worth(ORDER_DAYS, order_days), many)]


def once(cart: Point | None, visit: Point | None) -> list[Point]:
    """The cart and the visit in which it was filled tell of one wish: the stronger counts."""
    if cart is None or visit is None or visit.points < 0:
        return [point for point in (cart, visit) if point]
    if cart.points >= visit.points:
        return [cart, Point(0.0, f"{visit.sentence}, which the cart tells already")]
    return [visit, Point(0.0, f"{cart.sentence}, which the visit tells already")]


def put_aside(cart: Aside | None, now_ms: int) -> Point | None:
    if cart is None:
        return None
    idle_ms = max(0, now_ms - cart.touched_ms)
    what = money(cart.value, cart.currency).replace(NBSP, " ") if cart.value else "goods"
    return Point(worth(CART, idle_ms / HOUR_MS), f"{what} in the cart, touched {since(idle_ms)} ago")


def visited(facts: Facts, recent: Sequence[Visit], now_ms: int) -> Point | None:
    """The strongest of the visits since the last order: many weak ones are not one strong one. A visit that bought is told by its order."""
    if not recent:
        return Point(ABSENT, f"no visit in the last {HORIZON_DAYS} days") if facts.is_seen else None
    last_order_ms = max(facts.orders_ms, default=0)
    fresh = [visit for visit in recent if visit.ended_ms > last_order_ms and not visit.is_bought and visit.purpose in PURPOSE]
    found = [visit_point(visit, max(0, now_ms - visit.ended_ms)) for visit in fresh]
    return max(found, key=lambda point: (point.points, point.sentence), default=None)


def visit_point(visit: Visit, gone_ms: int) -> Point:
    points = PURPOSE[visit.purpose] * worth(FADING, gone_ms / DAY_MS)
    return Point(points, f"a visit {since(gone_ms)} ago, purpose {visit.purpose} {visit.score:.2f}")


def since(ms: int) -> str:
    hours = ms // HOUR_MS
    if ms >= 2 * DAY_MS:
        return days(ms)
    return "less than an hour" if hours == 0 else "1 hour" if hours == 1 else f"{hours} hours"
